"""TIFFs are read as what their tags say; what Pillow reads right, it reads as ever.

The kinds with their pictures are in kinds/tiffs.py; `test_as_chromium_draws.py` prepares each of them.
"""

import itertools
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from judge_pipeline.models.images.preparation import RECIPE, prepare_image
from judge_pipeline.models.images.unreadable import UnreadableImage
from judge_pipeline_tests.models.images.kinds.kind import Kind, encoded
from judge_pipeline_tests.models.images.kinds.tiffs import COLOUR, GREY, RGB, TIFFS, WIDE, L, tiff
from judge_pipeline_tests.models.images.pictures import shown
from judge_pipeline_tests.models.images.test_as_chromium_draws import difference
from judge_pipeline_tests.models.images.tiff_writer import page_of, tiff_of

SPECIMENS = Path(__file__).parent / "specimens" / "tiff"


def assert_looks_like(file: bytes, picture: Image.Image) -> None:
    """What is sent of the file is what would be sent of the picture."""
    prepared, wanted = prepare_image(file), prepare_image(encoded(picture, "PNG"))
    assert difference(shown(prepared), shown(wanted).convert("RGBA")) < 3, prepared.notes


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("twelve_of_sixteen.tif", "grey.png"),
        ("planar16.tif", "colour.png"),
        ("white_is_zero16.tif", "grey.png"),
        ("white_is_zero8_is_right.tif", "grey.png"),
        ("big.tif", "colour.png"),
        ("rgb_float32.tif", "colour.png"),
    ],
)
def test_each_given_file_is_shown_as_its_reference(name: str, reference: str) -> None:
    assert_looks_like((SPECIMENS / name).read_bytes(), Image.open(SPECIMENS / reference))


@pytest.mark.parametrize("name", ["nan.tif", "nodata_int16.tif"])
def test_what_has_no_data_is_left_out_of_the_scale(name: str) -> None:
    prepared = prepare_image((SPECIMENS / name).read_bytes())
    values = np.asarray(shown(prepared)).astype(int)
    stretched = np.asarray(Image.open(SPECIMENS / "grey.png")).astype(int) * 255 / 210
    assert values[:6, :6].max() < 20
    assert np.abs(values - stretched)[12:].mean() < 3
    assert "64 values stand for no data" in prepared.notes[0]
    assert prepared.recipe == f"{RECIPE}; tiff no data"


def test_grey_of_associated_alpha_is_shown() -> None:
    assert not prepare_image((SPECIMENS / "grey_alpha_associated.tif").read_bytes()).warnings


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("lzw_predictor_16_planes.tif", COLOUR),
        ("lzw_predictor3_float_tiles.tif", GREY),
        ("zstd_predictor3_double_big_endian.tif", GREY),
        ("deflate_predictor3_float_rgb.tif", COLOUR),
        ("packbits_16.tif", GREY),
        ("lzma_signed_16.tif", GREY),
        ("lzw_12_of_16.tif", GREY),
        ("webp_tiles.tif", COLOUR),
        ("jpeg_tiles.tif", COLOUR),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_compression_goes_with_every_depth(name: str, picture: Image.Image) -> None:
    """Written by imagecodecs."""
    assert_looks_like((SPECIMENS / name).read_bytes(), picture)


DEPTHS = {
    "u1": L,
    "i1": (L.astype(np.int16) - 128).astype("i1"),
    "u2": WIDE * 257,
    "i2": L.astype("i2") * 100 - 12_000,
    "u4": L.astype("u4") * 16_843_009,
    "i4": L.astype("i4") * 1000,
    "f2": (L / 255).astype("f2"),
    "f4": (L / 255).astype("f4"),
    "f8": L / 255,
}


@pytest.mark.parametrize("depth", DEPTHS)
def test_every_depth_is_shown_in_every_layout(depth: str) -> None:
    """Grey and RGB, WhiteIsZero, planes, tiles, Deflate with predictors, both byte orders, BigTIFF: 36 files a depth."""
    grey = DEPTHS[depth]
    wanted = {
        bands: prepare_image(encoded(GREY if bands == 1 else Image.merge("RGB", [GREY] * 3), "PNG"))
        for bands in (1, 3, 5)
    }
    layouts = itertools.product((1, 3, 5), (False, True), (None, (32, 48)), ("raw", "deflate", "predictor"))
    for number, (bands, are_planes, tile, packing) in enumerate(layouts):
        is_negative = bands == 1 and are_planes
        values = grey if not is_negative else (grey.max() - (grey - grey.min()) if depth[0] != "u" else ~grey)
        if bands > 1:
            values = np.stack([values] * bands, axis=0 if are_planes else 2)
        file = BytesIO()
        tifffile.imwrite(
            file,
            values.astype(grey.dtype),
            photometric="rgb" if bands > 1 else "miniswhite" if is_negative else "minisblack",
            planarconfig=("separate" if are_planes else "contig") if bands > 1 else None,
            extrasamples=(0, 0) if bands == 5 else None,
            tile=tile,
            rowsperstrip=None if tile else 10,
            compression=None if packing == "raw" else "zlib",
            predictor=2 if packing == "predictor" and depth[0] != "f" else None,
            byteorder=">" if (number + list(DEPTHS).index(depth)) % 2 else "<",
            bigtiff=number % 5 == 0,
            metadata=None,
        )
        found, reference = shown(prepare_image(file.getvalue())), shown(wanted[bands]).convert("RGBA")
        assert difference(found, reference) < 3, (number, bands, are_planes, tile, packing)


def formerly(data: bytes) -> bytes:
    """What Pillow alone made of a grey TIFF of more than 8 bits, prepared."""
    picture = Image.open(BytesIO(data))
    darkest, lightest = (0, 65_535) if picture.mode.startswith("I;16") else picture.getextrema()
    factor = 255 / (lightest - darkest)  # type: ignore[operator]
    scaled = picture.convert("F").point(lambda value: value * factor + (0.5 - darkest * factor))  # type: ignore[operator]
    return prepare_image(encoded(scaled.convert("L"), "PNG")).data


NOISE = np.random.default_rng(7)


@pytest.mark.parametrize(
    "values",
    [
        NOISE.integers(0, 65_536, (90, 120), np.uint16),
        NOISE.integers(-9000, 32_000, (90, 120), np.int16),
        NOISE.integers(-(2**31) + 1000, 2**31 - 1000, (90, 120), np.int32),
        NOISE.integers(0, 2**30, (90, 120), np.uint32),
        NOISE.normal(3, 1e-3, (90, 120)).astype(np.float32),
        NOISE.normal(-8e6, 9e5, (90, 120)).astype(np.float32),
    ],
    ids=["u2", "i2", "i4", "u4", "f4", "f4 large"],
)
def test_what_was_right_is_prepared_to_the_same_bytes(values: np.ndarray) -> None:  # type: ignore[type-arg]
    """Answers about such pictures are kept: their questions have the same fingerprints as before."""
    prepared = prepare_image(data := tiff(values)())
    assert prepared.recipe == RECIPE
    assert prepared.data == formerly(data)


@pytest.mark.parametrize("bands", [3, 4])
def test_colours_of_16_bits_are_prepared_to_the_same_bytes(bands: int) -> None:
    fine = NOISE.integers(0, 256, (*L.shape, bands), np.uint16)
    values = fine + 256 * np.dstack([RGB, L])[..., :bands].astype(np.uint16)
    prepared = prepare_image(tiff(values, "rgb", extrasamples=(0,) if bands == 4 else None)())
    assert prepared.recipe == RECIPE
    assert prepared.data == prepare_image(encoded(COLOUR, "PNG")).data


def test_a_picture_of_one_value_is_named() -> None:
    for values in (np.full((40, 40), 4660, np.uint16), np.full((40, 40), 0.25), np.full((40, 40), -7, np.int16)):
        assert "one colour" in prepare_image(tiff(values)()).warnings[0]


def test_a_few_saturated_pixels_do_not_make_a_dark_picture_of_the_others() -> None:
    values = WIDE * 16
    values[10:13, 20:23] = 65_535
    shown_values = L.copy()
    shown_values[10:13, 20:23] = 255
    assert_looks_like(tiff(values)(), Image.fromarray(shown_values))
    assert "9 values of 65535 are far above all others" in prepare_image(tiff(values)()).notes[1]
    page = np.where(L > 60, 65_535, WIDE * 64).astype(np.uint16)  # a scan: mostly paper
    assert prepare_image(tiff(page)()).recipe == RECIPE


def test_two_values_are_both_shown() -> None:
    """Neither stands for no data, although a mask's values may be the least and the largest of their type."""
    for low, high, kind in ((0, 65_535, "u2"), (-32_768, 32_767, "i2"), (0, 32_767, "i2"), (-9999, 1, "f4")):
        values = np.where(L > 127, high, low).astype(kind)
        assert_looks_like(tiff(values)(), Image.fromarray(np.where(L > 127, 255, 0).astype(np.uint8)))


def test_the_least_value_of_a_type_is_data_where_others_are_near() -> None:
    values = (L.astype(np.int32) * 257 - 32_768).astype(np.int16)
    assert_looks_like(tiff(values)(), GREY)
    assert "no data" not in " ".join(prepare_image(tiff(values)()).notes)


def test_a_light_page_of_little_contrast_keeps_its_scale() -> None:
    """The grain of blank paper is not to become a picture."""
    paper = NOISE.integers(62_000, 64_000, (64, 96), np.uint16)
    prepared = prepare_image(tiff(paper)())
    assert prepared.recipe == RECIPE
    assert "one colour" in prepared.warnings[0]


def test_a_picture_is_turned_as_its_orientation_says() -> None:
    values = np.zeros((32, 64), np.float32)
    values[:, :32] = 1
    file = tiff(values, extratags=[(274, 3, 1, 6, True)])()
    prepared = prepare_image(file)
    assert (prepared.width, prepared.height) == (prepared.source_width, prepared.source_height) == (32, 64)
    assert np.asarray(shown(prepared))[:8].min() > 200


@pytest.mark.parametrize("kind", [kind for kind in TIFFS if not kind.refused], ids=lambda kind: kind.name)
def test_a_cut_file_is_refused(kind: Kind) -> None:
    whole = kind.make()
    for share in (0.02, 0.3, 0.55):
        with pytest.raises(UnreadableImage, match=r"ends early|cut off|damaged|not an image"):
            prepare_image(whole[: int(len(whole) * share)])


def test_a_page_too_large_unpacked_is_refused_before_it_is_unpacked() -> None:
    tags, _ = page_of(np.zeros((1, 1, 5), np.uint8), 64, 2, extra=[0, 0], format=[3] * 5, compression=8)
    bomb = tiff_of(({**tags, 256: 8000, 257: 10_000, 278: 10_000}, [zlib.compress(bytes(1000))]))
    with pytest.raises(
        UnreadableImage, match=r"3200 MB unpacked \(5 bands of 64-bit floating-point numbers\), at most 640"
    ):
        prepare_image(bomb)
    single = tiff_of(({**page_of(WIDE, 16, 1, compression=5)[0], 256: 16_000, 257: 16_000, 278: 16_000}, [b"\x80\x00"]))
    with pytest.raises(UnreadableImage, match=r"a strip or tile of 512 MB unpacked, at most 240 MB are read"):
        prepare_image(single)


@pytest.mark.parametrize("compression", [5, 7, 8])
def test_a_tile_that_claims_gigabytes_is_refused(compression: int) -> None:
    """Pillow's libtiff would have memory for a whole tile."""
    tags, strips = page_of(L, 8, 1, compression=compression)
    with pytest.raises(UnreadableImage, match="a strip or tile of 1600 MB unpacked"):
        prepare_image(tiff_of(({**tags, 322: 40_000, 323: 40_000}, strips)))


def test_a_file_of_endless_tags_or_pages_is_refused_or_read_quickly() -> None:
    circle = bytearray(tiff_of(page_of(L, 8, 1, subfile=1), page_of(L, 8, 1, subfile=1)))
    circle[-4:] = circle[4:8]
    assert_looks_like(bytes(circle), GREY)
    many = tiff_of(({**page_of(L, 8, 1)[0], 258: [8] * 600_000}, [b"x"]))
    with pytest.raises(UnreadableImage, match="damaged"):
        prepare_image(many)
