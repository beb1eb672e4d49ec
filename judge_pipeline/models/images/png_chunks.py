"""The chunks of a PNG file (ISO/IEC 15948)."""

import zlib
from collections.abc import Iterator

from judge_pipeline.models.images.treatments import NO_END, Treatment
from judge_pipeline.models.images.unreadable import UnreadableImage

SIGNATURE_BYTES = 8
DEPTH, COLOUR_TYPE = 24, 25
"""Places of two bytes of the header, which is always the first chunk."""

END = b"\0\0\0\0IEND\xae\x42\x60\x82"

LARGEST_TEXT = 1_000_000
"""Bytes, decompressed: Pillow refuses the whole file for a larger text or profile."""

LARGEST_PROFILE = 16_000_000

SIZES = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"tIME": 7}
"""Of chunks that are ignored when their size is wrong, as browsers do."""


def chunk(data: bytes, name: bytes) -> bytes | None:
    """The content of the first chunk of this name before the picture's data; None if there is none."""
    position = SIGNATURE_BYTES
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        found = data[position + 4 : position + 8]
        if found == name:
            return data[position + 8 : position + 8 + size]
        if found in {b"IDAT", b"IEND"}:
            return None
        position += 12 + size
    return None


def with_end(data: bytes, treatments: list[Treatment]) -> bytes:
    """The file with the chunk that ends it; decoding shows whether its picture is complete.

    Raises:
        UnreadableImage: it ends within another chunk.
    """
    if END in data:
        return data
    whole = max((place + 12 + size for _, place, size in _chunks(data)), default=0)
    if not whole or not END.startswith(data[whole:]):
        raise UnreadableImage("the file ends early: truncated PNG")
    treatments.append(NO_END)
    return data[:whole] + END


def without_unreadable_chunks(data: bytes) -> tuple[bytes, bytes | None]:
    """The file without chunks that no picture needs and that Pillow would refuse it for, and its profile if that was one of them.

    These are large texts and profiles, and ancillary chunks with a wrong checksum or size.
    """
    parts, start, profile = [], 0, None
    for name, place, size in _chunks(data):
        content = memoryview(data)[place + 8 : place + 8 + size]
        checksum = data[place + 8 + size : place + 12 + size]
        if name[0] & 0x20 == 0 or not _is_refused(name, content, checksum):
            continue
        if name == b"iCCP" and zlib.crc32(name + content) == int.from_bytes(checksum, "big"):
            profile = _inflated(bytes(content).partition(b"\0")[2][1:], LARGEST_PROFILE)
        parts.append(data[start:place])
        start = place + 12 + size
    return (b"".join([*parts, data[start:]]), profile) if parts else (data, None)


def _is_refused(name: bytes, content: memoryview, checksum: bytes) -> bool:
    if SIZES.get(name, len(content)) != len(content):
        return True
    if zlib.crc32(content, zlib.crc32(name)) != int.from_bytes(checksum, "big"):
        return True
    if name not in {b"zTXt", b"iTXt", b"iCCP"}:
        return False
    _, _, rest = bytes(content).partition(b"\0")
    packed = rest[2:].partition(b"\0")[2].partition(b"\0")[2] if name == b"iTXt" else rest[1:]
    return len(_inflated(packed, LARGEST_TEXT + 1)) > LARGEST_TEXT


def _inflated(packed: bytes, at_most: int) -> bytes:
    """The beginning of what is packed; nothing if it is no zlib stream."""
    try:
        return zlib.decompressobj().decompress(packed, at_most)
    except zlib.error:
        return b""


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and size of the content of each whole chunk, up to the first that is cut."""
    position = SIGNATURE_BYTES
    while position + 12 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if position + 12 + size > len(data):
            return
        yield data[position + 4 : position + 8], position, size
        position += 12 + size
