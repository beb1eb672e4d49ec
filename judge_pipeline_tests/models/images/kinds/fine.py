"""Drawings of lines and letters, whose colours an ordinary JPEG mixes."""

from PIL import Image, ImageDraw

from judge_pipeline_tests.models.images.kinds.kind import Kind, encoded, specimen

KEPT = "fine colours were kept"


def checks() -> Image.Image:
    """Red pixels in turn with blue ones, and on the right with green ones."""
    picture = Image.new("RGB", (64, 64), "red")
    for x in range(64):
        for y in range(x % 2, 64, 2):
            picture.putpixel((x, y), (0, 0, 255) if x < 32 else (0, 128, 0))
    return picture


def words() -> Image.Image:
    """A white page with a few coloured words."""
    picture = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(picture)
    for line, colour in enumerate(("red", "blue", "green")):
        draw.text((20, 30 + 80 * line), "words of one colour", fill=colour)
    return picture


FINE = (
    Kind("Drawing of one-pixel lines", specimen("lines.png"), notes=(KEPT,)),
    Kind("Pixels of three colours in turn", lambda: encoded(checks(), "PNG"), notes=(KEPT,)),
    Kind("Pixels of three colours in turn, palette", lambda: encoded(checks().quantize(3), "GIF"), notes=(KEPT,)),
    Kind("Page of coloured words", lambda: encoded(words(), "BMP"), notes=(KEPT,)),
    Kind("Page of coloured words, JPEG with EXIF", lambda: encoded(words(), "JPEG", exif=b"Exif\0\0"), notes=(KEPT,)),
    Kind("Page of coloured words, lossless WebP", lambda: encoded(words(), "WEBP", lossless=True), notes=(KEPT,)),
)
