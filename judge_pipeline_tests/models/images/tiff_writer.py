"""TIFF files with any tags, for what tifffile does not write."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[Any]]

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, SAMPLES, ROWS_PER_STRIP, STRIP_BYTE_COUNTS, PLANAR = 273, 277, 278, 279, 284
SUBFILE, PREDICTOR, COLOUR_MAP, EXTRA_SAMPLES, SAMPLE_FORMAT, SUBSAMPLING = 254, 317, 320, 338, 339, 530

Page = tuple[Mapping[int, int | Sequence[int]], Sequence[bytes]]


def tiff_of(*pages: Page) -> bytes:
    """A little-endian file of pages: the tags of each without its strips' places, and its strips."""
    data = bytearray(b"II*\0" + bytes(4))
    link = 4
    for tags, strips in pages:
        places = []
        for strip in strips:
            places.append(len(data))
            data += strip + bytes(len(strip) % 2)
        values = dict(tags) | {STRIP_OFFSETS: places, STRIP_BYTE_COUNTS: [len(strip) for strip in strips]}
        entries = b""
        for tag, value in sorted(values.items()):
            numbers = [value] if isinstance(value, int) else list(value)
            packed = struct.pack(f"<{len(numbers)}I", *numbers)
            if len(packed) > 4:
                place, packed = len(data), packed
                data += packed
                packed = struct.pack("<I", place)
            entries += struct.pack("<HHI", tag, 4, len(numbers)) + packed
        struct.pack_into("<I", data, link, len(data))
        data += struct.pack("<H", len(values)) + entries
        link = len(data)
        data += bytes(4)
    return bytes(data)


def page_of(values: Numbers, bits: int, photometric: int | None = None, **more: int | Sequence[int]) -> Page:
    """One strip of height x width (x bands) samples: of 16 bits, or of any other number, the most significant bit first."""
    height, width = values.shape[:2]
    bands = values.shape[2] if values.ndim == 3 else 1
    rows = values.reshape(height, -1).astype(">u8")
    unpacked = np.unpackbits(rows.view(np.uint8).reshape(height, -1, 8), axis=2)[..., 64 - bits :]
    strip = np.packbits(unpacked.reshape(height, -1), axis=1).tobytes()
    if bits == 16:
        strip = values.astype("<u2").tobytes()
    tags: dict[int, int | Sequence[int]] = {
        WIDTH: width,
        HEIGHT: height,
        BITS: [bits] * bands,
        COMPRESSION: 1,
        SAMPLES: bands,
        ROWS_PER_STRIP: height,
    }
    if photometric is not None:
        tags[PHOTOMETRIC] = photometric
    names = {
        "subfile": SUBFILE,
        "extra": EXTRA_SAMPLES,
        "compression": COMPRESSION,
        "colour_map": COLOUR_MAP,
        "format": SAMPLE_FORMAT,
    }
    return {**tags, **{names[name]: value for name, value in more.items()}}, [strip]
