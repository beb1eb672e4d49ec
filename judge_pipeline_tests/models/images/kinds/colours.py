"""Files that declare another colour space than sRGB, or seem to."""

from functools import partial

from PIL import Image, ImageChops

from judge_pipeline.models.images.colour_space import D65, PRIMARIES
from judge_pipeline_tests.models.images.kinds import profiles
from judge_pipeline_tests.models.images.kinds.jpegs import specimen
from judge_pipeline_tests.models.images.kinds.kind import Kind, encoded, scene, scene_as
from judge_pipeline_tests.models.images.kinds.writing import (
    SRGB_CHUNK,
    bmp_with_profile,
    chromaticities,
    coded,
    gamma,
    gif_with_profile,
    png_of,
    png_with,
    profile,
)

TO_SRGB = ("converted to sRGB",)
IGNORED = ("profile was ignored",)
ON_P3 = chromaticities(D65, PRIMARIES[12][2])


def with_parts(numbers: tuple[int, ...], *, of: int) -> bytes:
    """A JPEG whose profile, of exchanged channels, is cut into `of` parts, of which these are in the file."""
    icc, data = profiles.EXCHANGED, encoded(scene(), "JPEG")
    size = -(-len(icc) // of)
    parts = b""
    for number in numbers:
        start = size * max(0, number - 1)
        content = b"ICC_PROFILE\0" + bytes((number, of)) + icc[start : start + size]
        parts += b"\xff\xe2" + (len(content) + 2).to_bytes(2, "big") + content
    return data[:20] + parts + data[20:]


def with_black(icc: bytes) -> bytes:
    """A JPEG of the scene in which black ink takes the place of what the other three have in common."""
    inks = scene().convert("CMYK").split()[:3]
    black = ImageChops.darker(ImageChops.darker(inks[0], inks[1]), inks[2])
    return encoded(
        Image.merge("CMYK", (*(ImageChops.subtract(ink, black) for ink in inks), black)), "JPEG", icc_profile=icc
    )


COLOURS = (
    *(
        Kind(f"{kind}, profile {name}", scene_as(kind, **options, icc_profile=icc), notes=TO_SRGB)
        for kind, options in (("JPEG", {}), ("PNG", {}), ("WEBP", {"lossless": True}))
        for name, icc in (
            ("Display P3", profiles.P3),
            ("Adobe RGB", profiles.ADOBE_RGB),
            ("ProPhoto", profiles.PROPHOTO),
            ("linear", profiles.LINEAR),
            ("exchanged channels", profiles.EXCHANGED),
        )
    ),
    Kind("AVIF, profile P3", scene_as("AVIF", quality=95, icc_profile=profiles.P3), notes=TO_SRGB),
    Kind(
        "TIFF, profile P3",
        scene_as("TIFF", icc_profile=profiles.P3),
        looks_like=scene_as("PNG", icc_profile=profiles.P3),
        notes=TO_SRGB,
    ),
    Kind("BMP, profile exchanged channels", partial(bmp_with_profile, profiles.EXCHANGED), notes=TO_SRGB),
    Kind("GIF, profile, which browsers ignore", partial(gif_with_profile, profiles.EXCHANGED)),
    Kind("PNG, palette, profile P3", scene_as("PNG", "P", icc_profile=profiles.P3), notes=TO_SRGB),
    Kind("JPEG, grey, linear grey profile", scene_as("JPEG", "L", icc_profile=profiles.LINEAR_GREY), notes=TO_SRGB),
    Kind("JPEG, grey, linear RGB profile", scene_as("JPEG", "L", icc_profile=profiles.LINEAR), notes=TO_SRGB),
    Kind("PNG, grey, linear grey profile", scene_as("PNG", "L", icc_profile=profiles.LINEAR_GREY), notes=TO_SRGB),
    Kind("PNG, grey and alpha, linear profile", scene_as("PNG", "LA", icc_profile=profiles.LINEAR_GREY), notes=TO_SRGB),
    *(
        Kind(f"JPEG, {mode}, table profile of version {version}", make, notes=TO_SRGB)
        for version in (2, 4)
        for mode, make in (
            ("CMYK", scene_as("JPEG", "CMYK", icc_profile=profiles.table_profile(b"CMYK", version=version))),
            ("CMYK with black ink", partial(with_black, profiles.table_profile(b"CMYK", version=version))),
            ("RGB", scene_as("JPEG", icc_profile=profiles.table_profile(b"RGB ", version=version))),
        )
    ),
    Kind("JPEG, sRGB profile", scene_as("JPEG", icc_profile=profiles.SRGB)),
    Kind("JPEG, another sRGB profile", scene_as("JPEG", icc_profile=profiles.SRGB_OF_LITTLECMS)),
    Kind("JPEG, damaged profile", scene_as("JPEG", icc_profile=profiles.DAMAGED), notes=IGNORED),
    Kind("JPEG, a part of its profile missing", partial(with_parts, (1, 3), of=3), notes=IGNORED),
    Kind("JPEG, a part of its profile twice", partial(with_parts, (1, 1), of=2), notes=IGNORED),
    Kind("JPEG, parts of its profile counted from 0", partial(with_parts, (0, 1), of=2), notes=IGNORED),
    Kind("JPEG, profile in two parts, exchanged", partial(with_parts, (2, 1), of=2), notes=TO_SRGB),
    Kind("JPEG, grey profile on RGB", scene_as("JPEG", icc_profile=profiles.LINEAR_GREY), notes=IGNORED),
    Kind("PNG, not a profile", scene_as("PNG", icc_profile=profiles.NOT_A_PROFILE), notes=IGNORED),
    Kind("WebP, damaged profile", scene_as("WEBP", lossless=True, icc_profile=profiles.DAMAGED), notes=IGNORED),
    Kind("PNG, gAMA of sRGB", png_with(gamma(0.45455))),
    Kind("PNG, gAMA near sRGB", png_with(gamma(0.44))),
    Kind("PNG, gAMA linear", png_with(gamma(1)), notes=TO_SRGB),
    Kind("PNG, gAMA of an old Macintosh", png_with(gamma(0.5555)), notes=TO_SRGB),
    Kind("PNG, grey, gAMA linear", png_with(gamma(1), mode="L"), notes=TO_SRGB),
    Kind(
        "PNG, grey of 16 bits, gAMA 2.5",
        lambda: png_of(scene().convert("L").point(lambda value: value // 4), gamma(2.5), depth=16),
        notes=TO_SRGB,
    ),
    Kind(
        "PNG, grey of 16 bits, RGB profile",
        lambda: png_of(scene().convert("L"), profile(profiles.LINEAR), depth=16),
        notes=TO_SRGB,
    ),
    Kind(
        "PNG, RGB of 16 bits, gAMA linear",
        lambda: png_of(scene().point(lambda value: value // 4), gamma(1), depth=16),
        notes=TO_SRGB,
    ),
    Kind("PNG, gAMA of nothing", png_with(gamma(0))),
    Kind("PNG, cHRM alone", png_with(ON_P3)),
    Kind("PNG, cHRM and gAMA", png_with(ON_P3, gamma(0.45455)), notes=TO_SRGB),
    Kind("PNG, cHRM of nothing and gAMA", png_with(chromaticities((0, 0), ((0, 0),) * 3), gamma(1))),
    Kind("PNG, sRGB before gAMA and cHRM", png_with(SRGB_CHUNK, gamma(1), ON_P3)),
    Kind("PNG, iCCP before sRGB", png_with(profile(profiles.P3), SRGB_CHUNK), notes=TO_SRGB),
    Kind("PNG, iCCP before gAMA", png_with(gamma(1), profile(profiles.P3)), notes=TO_SRGB),
    Kind("PNG, damaged iCCP, gAMA linear", png_with(profile(profiles.DAMAGED), gamma(1)), notes=(*IGNORED, *TO_SRGB)),
    Kind("PNG, cICP Display P3", png_with(coded(12, 13)), notes=TO_SRGB),
    Kind("PNG, cICP sRGB before iCCP", png_with(coded(1, 13), profile(profiles.P3))),
    Kind("PNG, cICP unknown", png_with(coded(2, 2), profile(profiles.P3)), notes=TO_SRGB),
    Kind("PNG, cICP of narrow range", png_with(coded(12, 13, full_range=0))),
    Kind("PNG, cICP linear", png_with(coded(1, 8)), notes=TO_SRGB),
    Kind("PNG, cICP BT.709", png_with(coded(1, 1)), notes=TO_SRGB),
    Kind("PNG, cICP BT.2020", png_with(coded(9, 14)), notes=TO_SRGB),
    Kind("PNG, cICP BT.2020 PQ", png_with(coded(9, 16)), notes=TO_SRGB),
    Kind("PNG, cICP BT.2020 HLG", png_with(coded(9, 18)), notes=TO_SRGB),
    Kind("specimen exchanged.png", specimen("exchanged.png"), looks_like=specimen("colours.png"), notes=TO_SRGB),
    Kind("specimen exchanged.jpg", specimen("exchanged.jpg"), notes=TO_SRGB),
    Kind("specimen p3.png", specimen("p3.png"), looks_like=specimen("colours.png"), notes=TO_SRGB),
)
