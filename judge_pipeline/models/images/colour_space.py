"""The colour space that a file declares, as Chromium reads it: by an ICC profile, or by numbers.

PNG (third edition): cICP before iCCP before sRGB before gAMA with cHRM. AVIF: an ICC profile before the numbers of its nclx box.
"""

import struct
from collections.abc import Iterator
from functools import partial

from PIL import Image, ImageFilter

from judge_pipeline.models.images.high_range import HLG, PQ, table
from judge_pipeline.models.images.icc_conversion import UnfitProfile, in_srgb, profile_name
from judge_pipeline.models.images.icc_profile import Curve, Point, grey_profile, matrix_profile, srgb_curve
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

Declared = tuple[str, bytes | ImageFilter.Color3DLUT]
"""A colour space: its name, and an ICC profile or, for high dynamic range, a table."""

PLAIN_GAMMA, PLAIN_GAMMA_RANGE = 2.2, 0.1
"""A gAMA chunk alone that is this close to 2.2 means sRGB, as in Chromium."""


def power(exponent: float, value: float) -> float:
    """A plain tone curve."""
    return float(value**exponent)


LINEAR = 8

CURVES: dict[int, Curve] = {
    **dict.fromkeys((1, 6, 14, 15), partial(power, 2.4)),
    4: partial(power, 2.2),
    5: partial(power, 2.8),
    LINEAR: partial(power, 1.0),
    13: srgb_curve,
}
"""Tone curves by their numbers in ITU-T H.273."""


def as_srgb(picture: Image.Image, treatments: list[Treatment], *, declared: list[Declared]) -> Image.Image:
    """The picture (L, RGB or CMYK) in sRGB, by the first declared profile that fits it."""
    for name, profile in declared:
        try:
            converted = (
                in_srgb(picture, profile) if isinstance(profile, bytes) else picture.convert("RGB").filter(profile)
            )
        except UnfitProfile as error:
            treatments.append(
                Treatment("profile-ignored", f"its colour profile was ignored: {error}", changes_pixels=False)
            )
            continue
        if converted is not picture:
            source = name or (isinstance(profile, bytes) and profile_name(profile)) or "the file's ICC profile"
            treatments.append(Treatment("to-srgb", f"colours were converted to sRGB from {source}"))
        return converted
    return picture


def declared_profiles(picture: Image.Image, data: bytes) -> list[Declared]:
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


def _cicp(content: bytes | None) -> Iterator[Declared]:
    """Only full-range RGB is known to PNG; anything else is ignored."""
    if content is not None and len(content) == 4 and content[2:] == b"\0\1":
        yield from _coded(content[0], content[1])


def _nclx(data: bytes) -> Iterator[Declared]:
    place = data.find(b"colrnclx")
    if place > 0 and len(data) >= place + 12:
        yield from _coded(*struct.unpack_from(">HH", data, place + 8))


def _coded(primaries: int, curve: int) -> Iterator[Declared]:
    if primaries not in PRIMARIES:
        return
    name, white, colours = PRIMARIES[primaries]
    if curve in {PQ, HLG}:
        yield f"{name} {'PQ' if curve == PQ else 'HLG'}", table(curve, white, colours, SRGB_PRIMARIES)
    elif curve in CURVES:
        yield f"{name}, linear" if curve == LINEAR else name, matrix_profile(white, colours, CURVES[curve])


def _gamma(picture: Image.Image) -> Iterator[Declared]:
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


def _bmp_profile(data: bytes) -> list[Declared]:
    header = data[14:138]
    if len(header) < 124 or header[:4] != b"\x7c\0\0\0" or header[56:60] != EMBEDDED:
        return []
    start, size = struct.unpack_from("<II", header, 112)
    return [("", data[14 + start : 14 + start + size])]
