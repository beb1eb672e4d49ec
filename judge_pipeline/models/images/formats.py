"""The formats of image files, readable or not, recognised by their first bytes."""

READ = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
"""Pillow's names of the formats that are decoded; no other decoder is used. HEIF needs an extra of this package."""

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)

OTHER_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"SIMPLE  =", "FITS"),
    (b"8BPS", "Photoshop"),
    (b"\x1f\x8b", "gzip archive"),
    (b"PK\x03\x04", "zip archive"),
    (b"\x00\x00\x01\x00", "Windows icon"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
)

ISO_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "HEIF"),
    b"crx ": "Canon raw image",
}
"""Formats by the brands of ISO/IEC 23008-12 and AVIF."""

ANY_CODEC = frozenset({b"mif1", b"msf1", b"miaf"})
"""Brands of pictures in any codec."""

ISO_CODECS = {b"av01": "AVIF", b"hvc1": "HEIF"}
"""Formats by the type of an item, which the first box after the brands lists."""

ISO_HEAD_BYTES = 4_096


def claimed_format(data: bytes) -> str | None:
    """The readable format whose signature the file starts with, or None."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if (iso := _iso_format(data)) in READ:
        return iso
    return next((name for magic, name in MAGIC if data.startswith(magic)), None)


def foreign_format(data: bytes) -> str | None:
    """What an unreadable file seems to be, or None."""
    if iso := _iso_format(data):
        return iso
    for magic, name in OTHER_MAGIC:
        if data.startswith(magic):
            return name
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in head:
        return "SVG"
    return "HTML or XML" if head.startswith((b"<!doctype", b"<html", b"<?xml")) else None


def _iso_format(data: bytes) -> str | None:
    """What a file of ISO's base media format holds, by its brands: the major one first, then the compatible ones."""
    if data[4:8] != b"ftyp":
        return None
    size = int.from_bytes(data[:4], "big")
    brands = [data[8:12].lower(), *(data[at : at + 4].lower() for at in range(16, min(size, ISO_HEAD_BYTES), 4))]
    for brand in brands:
        if brand in ISO_BRANDS:
            return ISO_BRANDS[brand]
    if ANY_CODEC.isdisjoint(brands):
        return "video"
    head = data[:ISO_HEAD_BYTES]
    return next((name for codec, name in ISO_CODECS.items() if codec in head), "HEIF of an unknown codec")
