"""BMP files that Pillow does not read: pixels with masks of 4 or 10 bits, in any order, with alpha or without; large palettes."""

import struct
from typing import Any

import numpy as np
from PIL import Image

from judge_pipeline.models.images.unreadable import UnreadableImage

Numbers = np.ndarray[Any, np.dtype[Any]]

BITFIELDS, ALPHA_BITFIELDS = 3, 6
UNREAD = {3: "fax codes", 4: "a JPEG or run lengths of 24 bits", 5: "a PNG inside"}
"""Compressions (3 with pixels of 1 bit), which browsers hardly read either."""

MASKS = 54
"""Where they begin: in the header of newer files, behind that of older ones."""

SHORTEST_WITH_ALPHA = 56


def with_possible_palette(data: bytes) -> bytes:
    """The file with no more colours in its palette than its pixels can name; Pillow refuses one with more."""
    if len(data) < MASKS or struct.unpack_from("<I", data, 14)[0] < 40:
        return data
    bits, colours = *struct.unpack_from("<H", data, 28), *struct.unpack_from("<I", data, 46)
    if bits > 8 or colours <= 2**bits:
        return data
    return data[:46] + struct.pack("<I", 2**bits) + data[50:]


def open_masked(data: bytes) -> Image.Image:
    """The picture (RGB or RGBA).

    Raises:
        UnreadableImage: it ends early, or is another kind of BMP. Any other exception: its header is damaged.
    """
    start, header_bytes = struct.unpack_from("<II", data, 10)
    if header_bytes < 40:
        raise UnreadableImage(
            f"this is a kind of BMP (a header of {header_bytes} bytes) that is not read; save it as PNG"
        )
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if compression not in {BITFIELDS, ALPHA_BITFIELDS} or bits not in {16, 32}:
        if compression not in UNREAD and bits not in {2, 64}:
            raise ValueError("a damaged header")
        what = UNREAD.get(compression, f"{bits} bits a pixel")
        raise UnreadableImage(f"this is a kind of BMP ({what}) that is not read; save it as PNG")
    has_alpha = header_bytes >= SHORTEST_WITH_ALPHA or compression == ALPHA_BITFIELDS
    masks = list(struct.unpack_from("<4I" if has_alpha else "<3I", data, MASKS))
    if has_alpha and not masks[3]:
        masks.pop()
    row_bytes = (width * bits + 31) // 32 * 4
    rows = abs(height)
    if width < 1 or not rows or len(data) < start + row_bytes * rows:
        raise UnreadableImage("the file ends early: truncated BMP")
    stored = np.frombuffer(data, np.uint8, row_bytes * rows, start).reshape(rows, row_bytes)
    pixels = np.ascontiguousarray(stored).view(f"<u{bits // 8}")[:, :width]
    channels = [_in_8_bits(pixels if height < 0 else pixels[::-1], mask) for mask in masks]
    picture = Image.fromarray(np.dstack(channels))
    picture.format = "BMP"
    return picture


def _in_8_bits(pixels: Numbers, mask: int) -> Numbers:
    if not mask:
        return np.zeros(pixels.shape, np.uint8)
    shift = (mask & -mask).bit_length() - 1
    values = (pixels & pixels.dtype.type(mask)) >> shift
    shown: Numbers = np.round(values * (255 / (mask >> shift))).astype(np.uint8)
    return shown
