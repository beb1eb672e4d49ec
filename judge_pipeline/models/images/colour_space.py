"""The colour space that a file declares, as Chromium reads it: by an ICC profile, or by numbers.

PNG (third edition): cICP before iCCP before sRGB before gAMA with cHRM. AVIF: an ICC profile before the numbers of its nclx box.
"""

import struct
from collections.abc import Iterator
from functools import partial

from PIL import Image

from judge_pipeline.models.images.icc_conversion import UnfitProfile, in_srgb, profile_name
from judge_pipeline.models.images.icc_profile import Curve, Point, grey_profile, matrix_profile
from judge_pipeline.models.images.png_chunks import chunk
from judge_pipeline.models.images.treatments import Treatment

D65: Point = (0.3127, 0.3290)
SRGB_PRIMARIES: tuple[Point, ...] = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))

PRIMARIES: dict[int, tuple[str, Point, tuple[Point, ...]]] = {
    1: ("sRGB", D65, SRGB_PRIMARIES),
    4: ("BT.470 M", (0.310, 0.316), ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08))),
    5: ("BT.601", D65, ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06))),
    6: ("BT.601", D65, ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))),
    7: ("SMPTE 240M", D65, ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))),
    8: ("film", (0.310, 0.316), ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049))),
    9: ("BT.2020", D65, ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))),
    11: ("DCI-P3", (0.314, 0.351), ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))),
    12: ("Display P3", D65, ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))),
    22: ("EBU 3213", D65, ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077))),
}
"""Name, white, and red, green and blue by their numbers in ITU-T H.273."""

PLAIN_GAMMA, PLAIN_GAMMA_RANGE = 2.2, 0.1
"""A gAMA chunk alone that is this close to 2.2 means sRGB, as in Chromium."""


def power(exponent: float, value: float) -> float:
    """A plain tone curve."""
    return float(value**exponent)


def srgb_curve(value: float) -> float:
    """IEC 61966-2-1."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def sampled(levels: tuple[int, ...], value: float) -> float:
    """A curve through levels of sRGB at equal steps."""
    place = value * (len(levels) - 1)
    below = min(int(place), len(levels) - 2)
    return srgb_curve((levels[below] + (place - below) * (levels[below + 1] - levels[below])) / 255)


PQ = (0, 1, 5, 15, 30, 48, 70, 98, 132, 175, 213, 237, 255, 255, 255, 255, 255)
HLG = (0, 3, 14, 29, 43, 57, 71, 85, 99, 115, 135, 160, 189, 212, 228, 243, 255)
"""Greys of high dynamic range at every sixteenth of the scale, as Chromium 156 draws them on a screen without it."""

CURVES: dict[int, Curve] = {
    **dict.fromkeys((1, 6, 14, 15), partial(power, 2.4)),
    4: partial(power, 2.2),
    5: partial(power, 2.8),
    8: partial(power, 1.0),
    13: srgb_curve,
    16: partial(sampled, PQ),
    18: partial(sampled, HLG),
}
"""Tone curves by their numbers in ITU-T H.273."""


def as_srgb(picture: Image.Image, treatments: list[Treatment], *, declared: list[tuple[str, bytes]]) -> Image.Image:
    """The picture (L, RGB or CMYK) in sRGB, by the first declared profile that fits it."""
    for name, profile in declared:
        try:
            converted = in_srgb(picture, profile)
        except UnfitProfile as error:
            treatments.append(
                Treatment("profile-ignored", f"its colour profile was ignored: {error}", changes_pixels=False)
            )
            continue
        if converted is not picture:
            source = name or profile_name(profile) or "the file's ICC profile"
            treatments.append(Treatment("to-srgb", f"colours were converted to sRGB from {source}"))
        return converted
    return picture


def declared_profiles(picture: Image.Image, data: bytes) -> list[tuple[str, bytes]]:
    """What the file says about its colours, as names and ICC profiles, the first that counts first; empty for sRGB.

    An ICC profile has no name here. One that could not be read at all is empty.
    """
    icc = [("", picture.info["icc_profile"] or b"")] if "icc_profile" in picture.info else []
    match picture.format:
        case "PNG":
            return [*_cicp(chunk(data, b"cICP")), *icc, *_gamma(picture)]
        case "AVIF" | "HEIF":
            return icc or list(_nclx(data))
        case "GIF":
            return []
        case "BMP":
            return _bmp_profile(data)
        case _:
            return icc


def _cicp(content: bytes | None) -> Iterator[tuple[str, bytes]]:
    """Only full-range RGB is known to PNG; anything else is ignored."""
    if content is not None and len(content) == 4 and content[2:] == b"\0\1":
        yield from _coded(content[0], content[1])


def _nclx(data: bytes) -> Iterator[tuple[str, bytes]]:
    place = data.find(b"colrnclx")
    if place > 0 and len(data) >= place + 12:
        yield from _coded(*struct.unpack_from(">HH", data, place + 8))


def _coded(primaries: int, curve: int) -> Iterator[tuple[str, bytes]]:
    if primaries in PRIMARIES and curve in CURVES:
        name, white, colours = PRIMARIES[primaries]
        yield f"{name}{_suffix(curve)}", matrix_profile(white, colours, CURVES[curve])


def _suffix(curve: int) -> str:
    return {8: ", linear", 16: " PQ", 18: " HLG"}.get(curve, "")


def _gamma(picture: Image.Image) -> Iterator[tuple[str, bytes]]:
    """The profile of gAMA and cHRM; an sRGB chunk makes both redundant, and cHRM alone says nothing."""
    gamma = picture.info.get("gamma", 0)
    if "srgb" in picture.info or not gamma:
        return
    points = picture.info.get("chromaticity")
    curve = partial(power, 1 / gamma)
    name = f"gamma {1 / gamma:.3g}"
    if picture.mode in {"1", "L", "LA", "I;16"}:
        if abs(1 / gamma - PLAIN_GAMMA) >= PLAIN_GAMMA_RANGE:
            yield name, grey_profile(curve)
        return
    if points is None:
        if abs(1 / gamma - PLAIN_GAMMA) >= PLAIN_GAMMA_RANGE:
            yield name, matrix_profile(D65, SRGB_PRIMARIES, curve)
        return
    white, *colours = zip(points[::2], points[1::2], strict=True)
    try:
        yield f"{name} and its own primaries", matrix_profile(white, colours, curve)
    except (ZeroDivisionError, ValueError, struct.error):
        return


EMBEDDED = b"DEBM"
"""Of a BITMAPV5HEADER's colour space: the profile is in the file."""


def _bmp_profile(data: bytes) -> list[tuple[str, bytes]]:
    header = data[14:138]
    if len(header) < 124 or header[:4] != b"\x7c\0\0\0" or header[56:60] != EMBEDDED:
        return []
    start, size = struct.unpack_from("<II", header, 112)
    return [("", data[14 + start : 14 + start + size])]
