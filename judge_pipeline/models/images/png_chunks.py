"""The chunks of a PNG file (ISO/IEC 15948) that stand before its picture."""

SIGNATURE_BYTES = 8
DEPTH, COLOUR_TYPE = 24, 25
"""Places of two bytes of the header, which is always the first chunk."""


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
