"""TIFFs of every depth, layout and meaning. Chromium draws none: each is compared with the picture that it was made of."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import tifffile
from PIL import Image, ImageOps

from judge_pipeline_tests.models.images.kinds.kind import Kind, encoded, scene
from judge_pipeline_tests.models.images.tiff_writer import SUBSAMPLING, Numbers, Page, page_of, tiff_of

COLOUR = ImageOps.autocontrast(scene(96, 64))
GREY = ImageOps.autocontrast(COLOUR.convert("L"))
RGB, L = np.asarray(COLOUR), np.asarray(GREY)
"""Both use all values from 0 to 255."""

CORNER = (slice(4, 20), slice(6, 30))
USED, RANGE, NO_DATA, NEGATIVE = (
    "of 16 bits",
    "are shown as black to white",
    "stand for no data",
    "smallest value is shown as white",
)
NO_SCALE, DEPTH = "no scale of their own", "its values are"


def png(picture: Image.Image) -> Callable[[], bytes]:
    """The picture as Chromium draws it."""
    return lambda: encoded(picture, "PNG")


def tiff(values: Any, photometric: str = "minisblack", **options: Any) -> Callable[[], bytes]:
    """A file of these samples."""

    def make() -> bytes:
        file = BytesIO()
        tifffile.imwrite(file, np.asarray(values), photometric=photometric, metadata=None, **options)
        return file.getvalue()

    return make


def grey(name: str, values: Any, *notes: str, photometric: str = "minisblack", **options: Any) -> Kind:
    """A grey TIFF that shows `GREY`."""
    return Kind(f"TIFF, grey, {name}", tiff(values, photometric, **options), png(GREY), notes)


def colour(name: str, values: Any, *notes: str, **options: Any) -> Kind:
    """A TIFF that shows `COLOUR`."""
    return Kind(f"TIFF, RGB, {name}", tiff(values, "rgb", **options), png(COLOUR), notes)


def with_corner(values: Any, value: float, **options: Any) -> Callable[[], bytes]:
    """A grey file with a rectangle of one value."""
    changed = np.array(values)
    changed[CORNER] = value
    return tiff(changed, **options)


def without_corner() -> Image.Image:
    """`GREY` with the same rectangle black."""
    shown = L.copy()
    shown[CORNER] = 0
    return Image.fromarray(shown)


def missing(name: str, values: Any, value: float, **options: Any) -> Kind:
    """A grey TIFF with a rectangle without data."""
    make = with_corner(values, value, **options)
    return Kind(f"TIFF, {name}", make, png(without_corner()), (NO_DATA, NO_SCALE))


def planes(values: Numbers) -> Numbers:
    """Bands first."""
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def packed(name: str, picture: Image.Image, bits: int, photometric: int, *notes: str, negative: bool = False) -> Kind:
    """Samples of a depth that is no whole number of bytes."""
    most = 2**bits - 1
    values = np.asarray(picture).astype(np.uint64) * most // 255
    shown = Image.fromarray(np.round(values * (255 / most)).astype(np.uint8))
    stored = most - values if negative else values
    return Kind(f"TIFF, {name}", lambda: tiff_of(page_of(stored, bits, photometric)), png(shown), notes)


def subsampled(across: int, down: int) -> Callable[[], bytes]:
    """Uncompressed YCbCr, as digital cameras of about 2000 wrote it."""
    light, *tints = (np.asarray(band) for band in COLOUR.convert("YCbCr").split())
    height, width = light.shape
    blocks = light.reshape(height // down, down, width // across, across).transpose(0, 2, 1, 3)
    units = [blocks.reshape(*blocks.shape[:2], -1)]
    units += [tint[down // 2 :: down, across // 2 :: across, None] for tint in tints]
    tags, _ = page_of(np.zeros((height, width, 3), np.uint8), 8, 6)
    return lambda: tiff_of(({**tags, SUBSAMPLING: [across, down]}, [np.concatenate(units, axis=2).tobytes()]))


WIDE, WHOLE = L.astype(np.uint16), RGB.astype(np.uint16)
INK = 255 - np.asarray(COLOUR.convert("CMYK"))[..., :3]
UNPAINTED = Image.fromarray(INK)
FOUR = np.dstack([255 - INK, np.zeros(L.shape, np.uint8)]).astype(np.uint16)
ALPHA = np.asarray(Image.linear_gradient("L").resize(COLOUR.size).point(lambda value: 40 + value * 200 // 255))
MULTIPLIED = np.dstack([np.round(RGB * (ALPHA[..., None] / 255)), ALPHA])
LAYER = Image.fromarray(np.dstack([RGB, ALPHA]))
GREY_LAYER = Image.fromarray(np.dstack([L, L, L, ALPHA]))

DEPTHS = (
    grey("16 bits", WIDE * 257),
    grey("16 bits, big-endian", WIDE * 257, byteorder=">"),
    grey("16 bits of which 14 are used", WIDE * 64, USED),
    grey("16 bits of which 12 are used", WIDE * 16, USED),
    grey("16 bits of which 10 are used", WIDE * 4, USED),
    grey("16 bits of which 8 are used", WIDE, USED),
    grey("16 bits of a narrow range", WIDE * 3 + 7300, RANGE),
    grey("16 bits of few values", WIDE // 8, RANGE),
    grey("8 bits, signed", (L.astype(np.int16) - 128).astype(np.int8), NO_SCALE, DEPTH),
    grey("16 bits, signed", L.astype(np.int16) * 100 - 12000, NO_SCALE),
    grey("32 bits, signed", L.astype(np.int32) * 100_000 - 12_000_000, NO_SCALE),
    grey("64 bits, signed", L.astype(np.int64) * 10**15, NO_SCALE),
    grey("32 bits, unsigned", L.astype(np.uint32) * 16_843_009, DEPTH),
    grey("32 bits, unsigned, small values", L.astype(np.uint32) * 7 + 3, NO_SCALE),
    grey("64 bits, unsigned", L.astype(np.uint64) * 72_340_172_838_076_673),
    grey("half floats", (L / 255).astype(np.float16), NO_SCALE),
    grey("floats", (L / 7 - 3).astype(np.float32), NO_SCALE),
    grey("floats, big-endian", (L / 7 - 3).astype(np.float32), NO_SCALE, byteorder=">"),
    grey("doubles", L / 7 - 3, NO_SCALE),
    colour("16 bits", WHOLE * 257),
    colour("16 bits of which 12 are used", WHOLE * 16, USED),
    colour("16 bits of which 8 are used", WHOLE, USED),
    colour("32 bits", RGB.astype(np.uint32) * 16_843_009, DEPTH),
    colour("16 bits, signed", RGB.astype(np.int16) * 100 - 12000, NO_SCALE),
    colour("floats to 1", (RGB / 255).astype(np.float32), NO_SCALE),
    colour("floats to 255", RGB.astype(np.float32), NO_SCALE),
    colour("doubles of any range", RGB * 3.0 - 100, NO_SCALE),
    packed("grey of 2 bits, packed", GREY, 2, 1),
    packed("grey of 6 bits, packed", GREY, 6, 1),
    packed("grey of 10 bits, packed", GREY, 10, 1),
    packed("grey of 12 bits, packed", GREY, 12, 1, DEPTH),
    packed("grey of 14 bits, packed", GREY, 14, 1),
    packed("grey of 24 bits", GREY, 24, 1),
    packed("RGB of 7 bits, packed", COLOUR, 7, 2),
    packed("RGB of 12 bits, packed", COLOUR, 12, 2, DEPTH),
    packed("grey of 12 bits, white is zero", GREY, 12, 0, DEPTH, negative=True),
    packed("grey of 5 bits, white is zero", GREY, 5, 0, negative=True),
)

WHITE_IS_ZERO = tuple(
    grey(f"white is zero, {name}", values, *notes, photometric="miniswhite")
    for name, values, notes in (
        ("8 bits", 255 - L, ()),
        ("16 bits", 65_535 - WIDE * 257, (NEGATIVE,)),
        ("16 bits of which 12 are used", 4095 - WIDE * 16, (USED, NEGATIVE)),
        ("16 bits, signed", 300 - L.astype(np.int16), (NO_SCALE,)),
        ("32 bits, unsigned", 2**32 - 1 - L.astype(np.uint32) * 16_843_009, (DEPTH,)),
        ("floats", (1 - L / 255).astype(np.float32), (NO_SCALE, NEGATIVE)),
        ("doubles", 1 - L / 255, (NO_SCALE,)),
    )
)

ELEVATION = L.astype(np.float32) * 2 + 300
WITHOUT_DATA = (
    missing("NaN", ELEVATION, np.nan),
    missing("the value of GDAL_NODATA", ELEVATION, 311.0, extratags=[(42113, 2, 0, "311", True)]),
    missing("the lowest float", ELEVATION, -3.4028235e38),
    missing("1e20", ELEVATION, 1e20),
    missing("-9999 in doubles", ELEVATION.astype(np.float64), -9999),
    missing("-32768 in 16-bit integers", ELEVATION.astype(np.int16), -32768),
    missing("GDAL_NODATA of NaN and 255", ELEVATION, np.nan, extratags=[(42113, 2, 0, "nan", True)]),
    Kind("TIFF, infinities", with_corner(ELEVATION, -np.inf), png(without_corner()), ("infinite", NO_SCALE)),
    Kind("TIFF, nothing but NaN", tiff(np.full((8, 8), np.nan, np.float32)), refused="has no value to show"),
)


def layer(name: str, values: Any, extra: str, shown: Image.Image, **options: Any) -> Kind:
    """A TIFF with transparency."""
    make = tiff(values, "minisblack" if shown is GREY_LAYER else "rgb", extrasamples=(extra,), **options)
    return Kind(f"TIFF, {name}", make, png(shown))


def file_of(name: str, *pages: Page, note: str = "") -> Kind:
    """A TIFF of these pages that shows `GREY`."""
    return Kind(f"TIFF, {name}", lambda: tiff_of(*pages), png(GREY), (note,) if note else ())


def unread(name: str, make: Callable[[], bytes], what: str) -> Kind:
    """A TIFF that is refused by what it is."""
    return Kind(f"TIFF, {name}", make, refused=f"a kind of TIFF ({what}) that is not read")


GREY_MULTIPLIED = np.dstack([np.round(L * (ALPHA / 255)), ALPHA])
BOTH, DEEP = {"planarconfig": "contig"}, np.dstack([WIDE, ALPHA]).astype(np.uint16) * 257
SEPARATED = tiff(planes(FOUR * 257), "separated", planarconfig="separate")

BANDS = (
    colour("16 bits, planes", planes(WHOLE * 257), "separate planes", planarconfig="separate"),
    colour("16 bits, planes, deflated", planes(WHOLE * 257), planarconfig="separate", compression="zlib"),
    colour("8 bits, planes", planes(RGB), planarconfig="separate"),
    colour("8 bits, tiles", RGB, tile=(32, 48)),
    colour("16 bits, tiles, predictor", WHOLE * 257, tile=(32, 48), compression="zlib", predictor=2),
    colour("5 bands", np.dstack([WHOLE * 257, WIDE, WIDE]), extrasamples=(0, 0)),
    colour("5 bands, planes", planes(np.dstack([RGB, L, L])), planarconfig="separate", extrasamples=(0, 0)),
    colour("BigTIFF", RGB, bigtiff=True),
    colour("BigTIFF, big-endian", RGB, bigtiff=True, byteorder=">"),
    colour("BigTIFF of floats", (RGB / 255).astype(np.float32), NO_SCALE, bigtiff=True),
    Kind("TIFF, CMYK of 16 bits, planes", SEPARATED, png(UNPAINTED), ("separate planes",)),
    Kind("TIFF, CMYK of floats", tiff((FOUR / 255).astype(np.float32), "separated"), png(UNPAINTED), (NO_SCALE,)),
    Kind("TIFF, YCbCr 2 x 1, uncompressed", subsampled(2, 1), png(COLOUR)),
    Kind("TIFF, YCbCr 2 x 2, uncompressed", subsampled(2, 2), png(COLOUR)),
    layer("alpha", np.asarray(LAYER), "unassalpha", LAYER),
    layer("associated alpha", MULTIPLIED.astype(np.uint8), "assocalpha", LAYER),
    layer("associated alpha of 16 bits", MULTIPLIED.astype(np.uint16) * 257, "assocalpha", LAYER),
    layer("grey, associated alpha", GREY_MULTIPLIED.astype(np.uint8), "assocalpha", GREY_LAYER, **BOTH),
    layer("grey, alpha of 16 bits", DEEP, "unassalpha", GREY_LAYER, **BOTH),
    unread(
        "5 bands of which none is called a colour",
        tiff(np.dstack([WIDE] * 5), extrasamples=(0, 0, 0, 0), **BOTH),
        "5 bands of 16-bit unsigned integers that the file does not call colours",
    ),
    unread("complex numbers", tiff(L.astype(np.complex64)), "1 band of 64-bit complex numbers"),
)

PICTURE, OVERVIEW, SECOND = page_of(L, 8, 1), page_of(L[::4, ::4], 8, 1, subfile=1), "page 2 is shown"
PAGES = (
    file_of("an overview before the picture", OVERVIEW, PICTURE, note=SECOND),
    file_of("a mask before 16 bits", page_of(L // 128, 1, 4, subfile=4), page_of(WIDE * 257, 16, 1), note=SECOND),
    file_of("an overview after the picture", PICTURE, OVERVIEW),
    file_of("nothing but an overview", page_of(L, 8, 1, subfile=1)),
)

HALVED, FIFTHS = [*range(0, 256, 2), *[0] * 128], [min(n // 5, 255) * 257 for n in range(65_536)]
ODD = (
    file_of("which value is white unsaid", page_of(L, 8), note="which value is white"),
    file_of("palette of 8 bits", page_of(L // 2, 8, 3, colour_map=HALVED * 3), note="palette"),
    file_of("palette of 16 bits", page_of(WIDE * 5, 16, 3, colour_map=FIFTHS * 3)),
    unread("LogLuv", lambda: tiff_of(page_of(L, 16, 32844, compression=34676)), "SGI LogL light values"),
    unread("JPEG 2000", lambda: tiff_of(page_of(L, 8, 1, compression=34712)), "compressed as JPEG 2000"),
    unread("LERC", lambda: tiff_of(page_of(L, 8, 1, compression=34887)), "compressed as LERC"),
)

TIFFS = (*DEPTHS, *WHITE_IS_ZERO, *WITHOUT_DATA, *BANDS, *PAGES, *ODD)
