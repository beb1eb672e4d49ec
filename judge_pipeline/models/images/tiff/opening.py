"""TIFF files: which page, and who decodes it.

Pillow decodes what it reads right: samples of 8 bits and fewer in its usual layouts. Everything else (more bits, floats, separate
planes, unusual bands) is decoded by tiff_page: Pillow misreads some of it without an error, and refuses the rest
without a reason. See docs/decisions/tiff.md.
"""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image
from PIL.ExifTags import Base as Tag

from judge_pipeline.models.images.tiff.page import (
    ASSOCIATED,
    BLACK_IS_ZERO,
    CMYK,
    COLOURS,
    LAB,
    PALETTE,
    RGB,
    UNASSOCIATED,
    WHITE_IS_ZERO,
    YCBCR,
    TiffPage,
    subsampling,
)
from judge_pipeline.models.images.tiff.samples import (
    DEFLATE,
    FLOAT,
    OLD_DEFLATE,
    PACKBITS,
    RAW,
    SIGNED,
    UNPACKED,
    UNSIGNED,
    WEBP,
    Layout,
)
from judge_pipeline.models.images.tiff.tags import Tags, tags_of_pages
from judge_pipeline.models.images.treatments import Treatment
from judge_pipeline.models.images.unreadable import UnreadableImage

OTHER_PHOTOMETRIC = {
    4: "a transparency mask",
    9: "ICC Lab colours",
    10: "ITU Lab colours",
    32803: "raw data of a camera's sensor",
    32844: "SGI LogL light values",
    32845: "SGI LogLuv colours",
    34892: "linear raw data of a camera",
}

JPEG, FAX, MODIFIED_FAX = (6, 7), (2, 3, 4), 32771
OTHER_COMPRESSIONS = {
    32809: "ThunderScan",
    32908: "Pixar film",
    32909: "Pixar log",
    34661: "JBIG",
    34676: "SGI log",
    34677: "SGI log24",
    34712: "JPEG 2000",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG of DNG",
    34933: "PNG",
    34934: "JPEG XR",
    50002: "JPEG XL",
    52546: "JPEG XL",
}

REDUCED, MASK = 1, 4
"""Bits of NewSubfileType."""

GDAL_NODATA = 42113
MAX_UNPACKED = 640_000_000
"""Bytes of samples in a file: those of 80 million pixels of 64 bits. They are not in memory at once."""

MAX_BLOCK = 240_000_000
"""Bytes of samples in a strip or tile; these are."""


def open_tiff(data: bytes, treatments: list[Treatment]) -> Image.Image | TiffPage:
    """The first page that is neither an overview nor a mask: opened by Pillow if it reads such pages right.

    Raises:
        UnreadableImage: it is a kind of TIFF that is not read. Other exceptions: the file's beginning is damaged.
    """
    number, tags = _page(data)
    compression = tags.first(Tag.Compression, RAW)
    photometric = tags.first(Tag.PhotometricInterpretation, _usual_photometric(tags, compression))
    _check_kind(photometric, compression)
    if number:
        sentence = f"page {number + 1} is shown: those before it are overviews or masks"
        treatments.append(Treatment("tiff page", sentence))
    if Tag.TileWidth in tags:
        tile_bits = tags.first(Tag.SamplesPerPixel, 1) * max(_bits(tags)) * tags.first(Tag.TileWidth)
        _check_block(tile_bits * tags.first(Tag.TileLength) // 8)
    is_pillows = not (tags.is_big and tags.order == ">")
    if compression in (*JPEG, *FAX, MODIFIED_FAX) and not is_pillows:
        raise _not_read("a big-endian BigTIFF compressed as JPEG or fax")
    if compression in JPEG and set(_bits(tags)) != {8}:
        raise _not_read(f"a JPEG of {max(_bits(tags))} bits inside")
    if is_pillows and (compression in (*JPEG, *FAX, MODIFIED_FAX) or _pillow_reads(tags, photometric, compression)):
        picture = Image.open(BytesIO(data), formats=["TIFF"])
        picture.seek(number)
        return picture
    return _read_here(data, tags, photometric, compression, treatments)


def _usual_photometric(tags: Tags, compression: int) -> int:
    """What libtiff takes a page for that does not say which value is white, as some old scanners wrote."""
    if compression in (*FAX, MODIFIED_FAX):
        return WHITE_IS_ZERO
    return RGB if tags.first(Tag.SamplesPerPixel, 1) >= 3 else BLACK_IS_ZERO


def _page(data: bytes) -> tuple[int, Tags]:
    first = None
    for number, tags in enumerate(tags_of_pages(data)):
        if not tags.first(Tag.NewSubfileType, 0) & (REDUCED | MASK):
            return number, tags
        first = first or tags
    if first is None:
        raise ValueError("no page")
    return 0, first


def _check_kind(photometric: int, compression: int) -> None:
    if photometric not in COLOURS:
        raise _not_read(OTHER_PHOTOMETRIC.get(photometric, f"PhotometricInterpretation {photometric}"))
    if compression not in {*UNPACKED, *JPEG, *FAX, MODIFIED_FAX}:
        raise _not_read(f"compressed as {OTHER_COMPRESSIONS.get(compression, f'number {compression}')}")


def _check_block(unpacked_bytes: int) -> None:
    if unpacked_bytes > MAX_BLOCK:
        raise UnreadableImage(
            f"the image has a strip or tile of {unpacked_bytes / 1e6:.0f} MB unpacked, at most {MAX_BLOCK / 1e6:g} MB are read;"
            " save it with smaller ones"
        )


def _pillow_reads(tags: Tags, photometric: int, compression: int) -> bool:
    bits, extra = _bits(tags), tags.all(Tag.ExtraSamples)
    if compression == WEBP or Tag.PhotometricInterpretation not in tags:
        return False
    if bits[0] not in {1, 2, 4, 8} or len(set(bits)) > 1 or set(tags.all(Tag.SampleFormat, UNSIGNED)) != {UNSIGNED}:
        return False
    if Tag.TileWidth in tags and Tag.TileOffsets not in tags:  # tiles under the names of strips
        return False
    if photometric == PALETTE:
        return max(tags.all(Tag.ColorMap)) > 255
    if photometric in {YCBCR, LAB}:
        return photometric == LAB or compression != RAW or subsampling(tags) == (1, 1)
    if photometric in {RGB, CMYK} and bits[0] != 8:
        return False
    is_usual = extra in ((), (0,)) or (extra == (UNASSOCIATED,) and photometric != CMYK)
    return is_usual or (photometric == RGB and tags.first(Tag.PlanarConfiguration, 1) == 1)


def _read_here(data: bytes, tags: Tags, photometric: int, compression: int, treatments: list[Treatment]) -> TiffPage:
    samples = tags.first(Tag.SamplesPerPixel, 1)
    bits, formats = _bits(tags), tags.all(Tag.SampleFormat, UNSIGNED)[:samples]
    extra = tags.all(Tag.ExtraSamples)
    what = _description(samples, bits, formats)
    sample_format = UNSIGNED if formats[0] == 4 else formats[0]  # 4: undefined
    is_whole = sample_format == UNSIGNED and 1 <= bits[0] <= 32
    if (
        len(set(bits)) > 1
        or len(set(formats)) > 1
        or not (
            is_whole
            or (sample_format in {UNSIGNED, SIGNED} and bits[0] in {8, 16, 32, 64})
            or (sample_format == FLOAT and bits[0] in {16, 32, 64})
        )
    ):
        raise _not_read(what)
    colours = COLOURS[photometric]
    if photometric == LAB or (photometric == YCBCR and not _is_subsampled_ycbcr(tags, bits[0], compression)):
        raise _not_read(f"{'YCbCr' if photometric == YCBCR else 'Lab'} colours: {what}")
    if samples < colours or (colours == 1 and samples > 2):
        raise _not_read(f"{what} that the file does not call colours")
    layout = _layout(tags, samples, bits[0], sample_format, compression)
    if layout.unpacked_bytes > MAX_UNPACKED:
        raise UnreadableImage(
            f"the image has {layout.unpacked_bytes / 1e6:.0f} MB unpacked ({what}), at most {MAX_UNPACKED / 1e6:g} MB are read"
        )
    if compression not in {RAW, DEFLATE, OLD_DEFLATE}:  # of which only a few rows are in memory
        _check_block(layout.block_bytes)
    # a fourth band of RGB without ExtraSamples is transparency for Pillow, as for most programs
    first = extra[0] if extra else (UNASSOCIATED if photometric == RGB and samples == 4 else 0)
    is_alpha = first in {ASSOCIATED, UNASSOCIATED} and samples > colours and photometric not in {CMYK, PALETTE}
    if Tag.PhotometricInterpretation not in tags and bits[0] <= 8:
        sentence = "the file does not say which value is white: the largest is shown as white"
        treatments.append(Treatment("tiff photometric", sentence))
    if photometric == PALETTE and max(tags.all(Tag.ColorMap)) <= 255:
        treatments.append(Treatment("tiff palette", "its palette has 8 bits a colour, not 16 as TIFF wants"))
    return TiffPage(data, layout, photometric, first if is_alpha else 0, _no_data(tags), tags)


def _layout(tags: Tags, samples: int, bits: int, sample_format: int, compression: int) -> Layout:
    width, height = tags.first(Tag.ImageWidth), tags.first(Tag.ImageLength)
    is_tiled = Tag.TileWidth in tags
    names = (
        (Tag.TileOffsets, Tag.TileByteCounts) if Tag.TileOffsets in tags else (Tag.StripOffsets, Tag.StripByteCounts)
    )
    if min(width, height) < 1:
        raise ValueError("no pixels")
    rows = tags.first(Tag.RowsPerStrip, height)
    return Layout(
        width=width,
        height=height,
        samples=samples,
        bits=bits,
        sample_format=sample_format,
        is_planar=tags.first(Tag.PlanarConfiguration, 1) == 2 and samples > 1,
        compression=compression,
        predictor=tags.first(Tag.Predictor, 1) if compression not in {RAW, WEBP, PACKBITS} else 1,  # as libtiff
        fill_order=tags.first(Tag.FillOrder, 1),
        is_big_endian=tags.order == ">",
        is_tiled=is_tiled,
        block_width=tags.first(Tag.TileWidth) if is_tiled else width,
        block_height=tags.first(Tag.TileLength) if is_tiled else min(rows, height),
        offsets=tags.all(names[0]),
        byte_counts=tags.all(names[1]),
    )


def _bits(tags: Tags) -> tuple[int, ...]:
    """Of each sample; some files list more samples than they have."""
    return tags.all(Tag.BitsPerSample, 1)[: max(1, tags.first(Tag.SamplesPerPixel, 1))]


def _is_subsampled_ycbcr(tags: Tags, bits: int, compression: int) -> bool:
    is_usual = compression == RAW and bits == 8 and tags.first(Tag.SamplesPerPixel, 1) == 3
    is_usual = is_usual and tags.first(Tag.PlanarConfiguration, 1) == 1 and Tag.TileWidth not in tags
    return is_usual and all(1 <= each <= 4 for each in subsampling(tags))


def _no_data(tags: Tags) -> float | None:
    text = tags.content(GDAL_NODATA)
    try:
        return None if text is None else float(text.strip(b" \0"))
    except ValueError:
        return None


def _description(samples: int, bits: Sequence[int], formats: Sequence[int]) -> str:
    names = {
        UNSIGNED: "unsigned integers",
        SIGNED: "signed integers",
        FLOAT: "floating-point numbers",
        4: "undefined values",
    }
    depth = " and ".join(str(each) for each in dict.fromkeys(bits))
    kind = " and ".join(names.get(each, "complex numbers") for each in dict.fromkeys(formats))
    return f"{samples} {'band' if samples == 1 else 'bands'} of {depth}-bit {kind}"


def _not_read(what: str) -> UnreadableImage:
    return UnreadableImage(f"this is a kind of TIFF ({what}) that is not read; save it as RGB or grey of 8 or 16 bits")
