"""A decoded frame as a PNG file: upright, with square pixels, its colour space and its transparency.

The image preparation then treats it as any image.
"""

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FEWEST_LINES_OF_HD = 720
BT_601, BT_709, UNSPECIFIED = 5, 1, 2
"""Matrices by their numbers in FFmpeg. Without one, Chromium takes BT.709 from 720 lines on."""

HIGH_RANGE = frozenset({16, 18})
WIDE = frozenset({9, 11, 12})
BT_2020, SRGB_CURVE, BT_709_PRIMARIES = 9, 13, 1
"""Numbers of ITU-T H.273."""

MOST_PIXELS = 16_000_000
"""Larger frames are halved: a model sees at most 1024 pixels a side, and a PNG must stay below 50 MB."""

UPRIGHT = {
    (-1, 0, 0, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (-1, 0, 0, -1): Image.Transpose.ROTATE_180,
    (0, -1, 1, 0): Image.Transpose.ROTATE_90,
    (0, 1, -1, 0): Image.Transpose.ROTATE_270,
    (0, 1, 1, 0): Image.Transpose.TRANSPOSE,
    (0, -1, -1, 0): Image.Transpose.TRANSVERSE,
}
"""By the signs of a, b, c and d of the display matrix: x' = ax + cy, y' = bx + dy."""


def as_png(frame: "VideoFrame", stream: "VideoStream") -> bytes:
    """The frame as a viewer shows it; colours of a wide gamut or high dynamic range are declared, not converted."""
    picture = _pixels(frame, stream)
    turned = UPRIGHT.get(_orientation(frame))
    if turned is not None:
        picture = picture.transpose(turned)
    info = PngInfo()
    if coded := _colour_space(frame, stream):
        info.add(b"cICP", bytes((*coded, 0, 1)))
    file = BytesIO()
    picture.save(file, "PNG", pnginfo=info, compress_level=1)
    return file.getvalue()


def _pixels(frame: "VideoFrame", stream: "VideoStream") -> Image.Image:
    has_alpha = any(component.is_alpha for component in frame.format.components)
    width, height = _shown_size(frame, stream)
    matrix = _first_specified(frame.colorspace, stream.codec_context.colorspace)
    if matrix == UNSPECIFIED and not frame.format.is_rgb:
        matrix = BT_709 if frame.height >= FEWEST_LINES_OF_HD else BT_601
    converted = frame.reformat(
        width=width, height=height, format="rgba" if has_alpha else "rgb24", src_colorspace=matrix
    )
    plane = converted.planes[0]
    mode = "RGBA" if has_alpha else "RGB"
    return Image.frombytes(mode, (width, height), bytes(plane), "raw", mode, plane.line_size, 1)


def _shown_size(frame: "VideoFrame", stream: "VideoStream") -> tuple[int, int]:
    """The size with square pixels: one side is stretched, none made smaller, unless the frame is too large."""
    width, height = float(frame.width), float(frame.height)
    ratio = stream.sample_aspect_ratio
    if ratio and 1 / 32 < ratio < 32:
        width, height = (width * ratio, height) if ratio > 1 else (width, height / ratio)
    while width * height > MOST_PIXELS:
        width, height = width / 2, height / 2
    return max(1, round(width)), max(1, round(height))


def _orientation(frame: "VideoFrame") -> tuple[int, int, int, int]:
    """Which quarter turn or mirror image the file asks for; another angle counts as the nearest of them."""
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return (1, 0, 0, 1)
    a, b, _, c, d = struct.unpack("<5i", bytes(matrix)[:20])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        b = c = 0
    else:
        a = d = 0
    return _sign(a), _sign(b), _sign(c), _sign(d)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _colour_space(frame: "VideoFrame", stream: "VideoStream") -> tuple[int, int] | None:
    """Primaries and curve, where they are not those of ordinary video, which screens show as sRGB."""
    primaries = _first_specified(frame.color_primaries, stream.codec_context.color_primaries)
    curve = _first_specified(frame.color_trc, stream.codec_context.color_trc)
    if curve in HIGH_RANGE:
        return (primaries if primaries != UNSPECIFIED else BT_2020), curve
    return (primaries, SRGB_CURVE) if primaries in WIDE else None


def _first_specified(*numbers: int) -> int:
    """What the frame says, or else the file."""
    return next((int(number) for number in numbers if number != UNSPECIFIED), UNSPECIFIED)
