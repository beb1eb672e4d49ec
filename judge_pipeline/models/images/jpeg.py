"""The segments of a JPEG file (ITU-T T.81 annex B): whether it is complete, and whether it has metadata."""

import re
from collections.abc import Iterator
from itertools import islice

START_OF_IMAGE, END_OF_IMAGE = 0xD8, 0xD9
COMMENT = 0xFE
MOST_SEGMENTS = 10_000
"""50 MB of the largest segments are 760; a file with more is an attack."""

APPLICATION = range(0xE0, 0xF0)

MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
"""The start of a segment; FF 00 is a byte of the picture, FF 01 and FF D0-D7 occur inside it, FF FF is padding."""

HARMLESS_APPLICATION: dict[int, tuple[bytes, ...]] = {
    0xE0: (b"JFIF\x00",),
    0xE2: (b"ICC_PROFILE\x00",),
    0xEE: (b"Adobe",),
}
"""Segments that say how to show the pixels; all other application segments are metadata or embedded files."""


def is_complete(data: bytes) -> bool:
    """Whether the file has an end-of-image marker: Pillow accepts an interrupted download padded with zeros."""
    return any(marker == END_OF_IMAGE for marker, _, _ in islice(_segments(data), MOST_SEGMENTS))


def has_only_pixels(data: bytes) -> bool:
    """Whether a complete JPEG has no metadata: no EXIF, XMP, IPTC, comment or bytes after its end."""
    for marker, start, end in _segments(data):
        if marker == END_OF_IMAGE:
            return end == len(data)
        if marker == COMMENT:
            return False
        if marker in APPLICATION and not data[start:end].startswith(HARMLESS_APPLICATION.get(marker, ())):
            return False
    return False


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start of content and end of each segment, up to the end of the file."""
    position = 0
    while found := MARKER.search(data, position):
        position = found.end()
        marker = data[position - 1]
        if marker in {START_OF_IMAGE, END_OF_IMAGE}:
            yield marker, position, position
            continue
        end = position + max(2, int.from_bytes(data[position : position + 2], "big"))
        yield marker, position + 2, end
        position = end
