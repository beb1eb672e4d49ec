"""Files that Pillow does not write: PNGs with chosen chunks or depths, BMPs with a profile, GIFs with one."""

import struct
import zlib
from collections.abc import Callable

from PIL import Image

from judge_pipeline_tests.models.images.kinds.kind import encoded, in_mode, scene

Chunk = tuple[bytes, bytes]
"""Name and content."""

HEADER_END = 33


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_with(*chunks: Chunk, mode: str = "RGB", at_end: bool = False) -> Callable[[], bytes]:
    """The scene with these chunks behind the header, or behind the picture."""

    def make() -> bytes:
        data = encoded(in_mode(scene(), mode), "PNG")
        place = len(data) - 12 if at_end else HEADER_END
        return data[:place] + b"".join(_chunk(*each) for each in chunks) + data[place:]

    return make


def gamma(value: float) -> Chunk:
    return b"gAMA", struct.pack(">I", round(value * 100_000))


def chromaticities(white: tuple[float, float], primaries: tuple[tuple[float, float], ...]) -> Chunk:
    return b"cHRM", struct.pack(">8I", *(round(value * 100_000) for point in (white, *primaries) for value in point))


def profile(icc: bytes) -> Chunk:
    return b"iCCP", b"any name\0\0" + zlib.compress(icc)


def coded(primaries: int, curve: int, matrix: int = 0, full_range: int = 1) -> Chunk:
    return b"cICP", bytes((primaries, curve, matrix, full_range))


SRGB_CHUNK: Chunk = (b"sRGB", b"\0")


def png_of(picture: Image.Image, *chunks: Chunk, depth: int) -> bytes:
    """A grey or RGB PNG of 1 to 16 bits with these chunks; 16 bits are the 8 bits of the picture, repeated."""
    is_grey = picture.mode == "L"
    rows = []
    row_bytes = picture.width * len(picture.mode)
    content = picture.tobytes()
    for start in range(0, len(content), row_bytes):
        row = content[start : start + row_bytes]
        if depth == 16:
            row = bytes(byte for value in row for byte in (value, value))
        elif depth < 8:
            bits = "".join(format(value >> (8 - depth), f"0{depth}b") for value in row)
            row = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
        rows.append(b"\0" + row)
    header = struct.pack(">IIBBBBB", picture.width, picture.height, depth, 0 if is_grey else 2, 0, 0, 0)
    whole = ((b"IHDR", header), *chunks, (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in whole)


def transparent(*colour: int) -> Chunk:
    return b"tRNS", struct.pack(f">{len(colour)}H", *colour)


def gif_with_profile(icc: bytes) -> bytes:
    data = encoded(in_mode(scene(), "P"), "GIF")
    blocks = b"".join(bytes([len(icc[i : i + 255])]) + icc[i : i + 255] for i in range(0, len(icc), 255))
    place = 13 + 3 * 256
    return data[:place] + b"\x21\xff\x0bICCRGBG1012" + blocks + b"\0" + data[place:]


def bmp_with_profile(icc: bytes) -> bytes:
    """With a BITMAPV5HEADER."""
    picture = scene()
    pixels = picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes("raw", "BGR")
    header = struct.pack("<IiiHHIIiiII", 124, *picture.size, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    header += struct.pack("<4I4s48x4I", 0xFF0000, 0xFF00, 0xFF, 0, b"DEBM", 4, 124 + len(pixels), len(icc), 0)
    return struct.pack("<2sIHHI", b"BM", 138 + len(pixels) + len(icc), 0, 0, 138) + header + pixels + icc
