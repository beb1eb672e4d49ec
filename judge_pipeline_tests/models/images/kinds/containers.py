"""AVIF and HEIC under all their brands, and PNGs that carry much besides their picture."""

import zlib
from io import BytesIO

from PIL import ImageCms

from judge_pipeline_tests.models.images.kinds.kind import Kind, encoded, scene, scene_as, specimen

PNG = encoded(scene(), "PNG")
AVIF = encoded(scene(), "AVIF", quality=90)


def chunk(name: bytes, content: bytes, *, checksum: int | None = None) -> bytes:
    """A chunk of a PNG; its checksum is right unless one is given."""
    right = zlib.crc32(name + content)
    return (
        len(content).to_bytes(4, "big") + name + content + (right if checksum is None else checksum).to_bytes(4, "big")
    )


def png_with(*chunks: bytes, behind: bool = False) -> bytes:
    """The scene with these chunks, before its picture or behind it."""
    place = PNG.index(b"IEND") - 4 if behind else 33
    return PNG[:place] + b"".join(chunks) + PNG[place:]


def large_profile() -> bytes:
    """Linear sRGB's profile with 2 MB behind its tags, which makes it larger and changes nothing."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    padded = profile + bytes(2_000_000)
    return len(padded).to_bytes(4, "big") + padded[4:]


def with_brand(data: bytes, brand: bytes) -> bytes:
    """The file with another major brand; its compatible brands stay."""
    return data[:8] + brand + data[12:]


def heic() -> bytes:
    """The scene as telephones store it."""
    from pillow_heif import from_pillow

    file = BytesIO()
    from_pillow(scene()).save(file, quality=90)
    return file.getvalue()


def sequence() -> bytes:
    """The scene, then upside down."""
    return encoded(scene(), "AVIF", save_all=True, append_images=[scene().rotate(180)], duration=9_000)


def half_png() -> bytes:
    """The file ends between two chunks of its picture."""
    packed = zlib.compress(b"".join(b"\0" + bytes(3 * 64) for _ in range(64)), 0)
    header = (64).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed[: len(packed) // 2])


WHOLE = "no end marker, but its picture is complete"
TEXT = b"Comment\0" + b"\0" + zlib.compress(b"word " * 400_000)
INTERNATIONAL_TEXT = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"word " * 400_000)

CONTAINERS = (
    Kind("AVIF", scene_as("AVIF", quality=90)),
    Kind("AVIF of the case", specimen("plain.avif"), notes=("fine colours",)),
    Kind("AVIF, major brand mif1", lambda: with_brand(AVIF, b"mif1")),
    Kind("AVIF, major brand miaf", lambda: with_brand(AVIF, b"miaf"), looks_like=lambda: AVIF),
    Kind("AVIF, grey", scene_as("AVIF", "L", quality=90)),
    Kind(  # Chromium takes the colours of a sequence for video levels: 16 to 235
        "AVIF, sequence", sequence, looks_like=scene_as("PNG")
    ),
    Kind("AVIF of 60%", lambda: AVIF[: len(AVIF) * 6 // 10], refused="cut off: AVIF"),
    Kind("HEIC", heic, looks_like=scene_as("PNG")),
    Kind("HEIC, major brand mif1", lambda: with_brand(heic(), b"mif1"), looks_like=scene_as("PNG")),
    Kind("HEIC of 60%", lambda: heic()[:300], refused="HEIF"),
    Kind("PNG with 2 MB of text", lambda: png_with(chunk(b"zTXt", TEXT))),
    Kind("PNG with 2 MB of text, of the case", specimen("text_2MB.png"), notes=("fine colours",)),
    Kind("PNG with 2 MB of text behind its picture", lambda: png_with(chunk(b"zTXt", TEXT), behind=True)),
    Kind("PNG with 2 MB of XMP", lambda: png_with(chunk(b"iTXt", INTERNATIONAL_TEXT))),
    Kind("PNG with a profile of 2 MB", lambda: png_with(chunk(b"iCCP", b"x\0\0" + zlib.compress(large_profile())))),
    Kind("PNG with a wrong checksum of its text", lambda: png_with(chunk(b"tEXt", b"Comment\0a", checksum=1))),
    Kind("PNG with a wrong checksum of its gamma", lambda: png_with(chunk(b"gAMA", b"\0\0\1\0", checksum=1))),
    Kind("PNG with a short chunk of its resolution", lambda: png_with(chunk(b"pHYs", b"\0\0"))),
    Kind("PNG without its last byte", lambda: encoded(scene(), "PNG")[:-1], notes=(WHOLE,)),
    Kind("PNG without its end", lambda: encoded(scene(), "PNG")[:-12], notes=(WHOLE,)),
    Kind("PNG cut in its picture", lambda: encoded(scene(), "PNG")[:-40], refused="the file ends early: truncated PNG"),
    Kind("PNG, half a picture and no end", half_png, refused="the file ends early: truncated PNG"),
    Kind("PNG with an unknown chunk", lambda: png_with(chunk(b"abCd", bytes(3_000_000)))),
)
