"""Transparent pictures, pictures of one colour, and turned ones."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PIL import Image, ImageDraw

from judge_pipeline_tests.models.images.kinds.jpegs import SPECIMENS, specimen
from judge_pipeline_tests.models.images.kinds.kind import Kind, encoded, scene, scene_as
from judge_pipeline_tests.models.images.kinds.writing import png_of, png_with, transparent

ON_BLACK, ON_GREY = ("shown on black",), ("shown on grey",)
WHITE, BLACK, RED, YELLOW, PALE = (255, 255, 255), (0, 0, 0), (220, 40, 30), (250, 220, 0), (238, 238, 238)
SIZE = (192, 128)
ORIENTATION = 0x0112
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


def drawing(
    *colours: tuple[int, int, int], alpha: int = 255, outline: tuple[int, int, int] | None = None
) -> Image.Image:
    """Some letters' strokes in each colour, side by side on nothing."""
    picture = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    width = SIZE[0] // len(colours)
    for index, colour in enumerate(colours):
        left, right = width * index + 12, width * (index + 1) - 12
        for top in (20, 60, 100):
            edge = (*outline, 255) if outline else None
            draw.rectangle((left, top, right, top + 14), fill=(*colour, alpha), outline=edge, width=3)
    return picture


def on(ground: tuple[int, int, int], layer: Image.Image) -> Callable[[], bytes]:
    """A PNG of the drawing on this ground."""
    paper = Image.new("RGBA", layer.size, (*ground, 255))
    paper.alpha_composite(layer.convert("RGBA"))
    return partial(encoded, paper.convert("RGB"), "PNG")


def vanishing(name: str, layer: Image.Image, kind: str = "PNG", **options: Any) -> Kind:
    """A drawing that is shown on black."""
    return Kind(name, partial(encoded, layer, kind, **options), looks_like=on(BLACK, layer), notes=ON_BLACK)


def faded() -> Image.Image:
    """The scene, which becomes transparent towards its right side."""
    layer = scene().convert("RGBA")
    layer.putalpha(Image.linear_gradient("L").rotate(90).resize(layer.size))
    return layer


def turned(kind: str, orientation: int, **options: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        exif = Image.Exif()  # which Pillow changes when it writes an AVIF
        exif[ORIENTATION] = orientation
        return encoded(scene(), kind, exif=exif, **options)

    return make


def one_colour(colour: tuple[int, int, int], kind: str = "PNG") -> Callable[[], bytes]:
    return partial(encoded, Image.new("RGB", SIZE, colour), kind)


def flat(mode: str) -> Image.Image:
    """A dark ground, which is the transparent colour, and a lighter patch."""
    ground, patch = ((80, 130), ((80, 40, 240), (200, 120, 40)))[mode == "RGB"]
    picture = Image.new(mode, (64, 48), ground)
    picture.paste(patch, (20, 10, 50, 40))
    return picture


GREYS = {2: 1, 4: 5, 8: 80, 16: 80 * 257}
"""The transparent grey, by depth."""
STORED = ("orientation that browsers do not read",)

TRANSPARENT = (
    Kind("PNG, fading", partial(encoded, faded(), "PNG")),
    Kind("WebP, fading", partial(encoded, faded(), "WEBP", lossless=True)),
    Kind(  # Chromium takes the transparency of an AVIF for video levels: 16 to 235
        "AVIF, fading", partial(encoded, faded(), "AVIF", quality=95), looks_like=partial(encoded, faded(), "PNG")
    ),
    Kind("PNG, a red drawing on nothing", partial(encoded, drawing(RED), "PNG")),
    Kind("PNG, a yellow drawing on nothing", partial(encoded, drawing(YELLOW), "PNG")),
    Kind("PNG, a black drawing on nothing", partial(encoded, drawing(BLACK), "PNG")),
    Kind("PNG, an outlined white drawing on nothing", partial(encoded, drawing(WHITE, outline=BLACK), "PNG")),
    Kind("GIF, a red drawing on nothing", partial(encoded, drawing(RED), "GIF")),
    vanishing("PNG, a white drawing on nothing", drawing(WHITE)),
    vanishing("PNG, a pale drawing on nothing", drawing(PALE)),
    vanishing("PNG, half a white drawing on nothing", drawing(WHITE, alpha=128)),
    vanishing("PNG, a white and a red drawing on nothing", drawing(WHITE, WHITE, RED)),
    vanishing("PNG, a white grey drawing on nothing", drawing(WHITE).convert("LA")),
    vanishing("WebP, a white drawing on nothing", drawing(WHITE), "WEBP", lossless=True),
    vanishing("AVIF, a white drawing on nothing", drawing(WHITE), "AVIF", quality=95),
    vanishing("GIF, a white drawing on nothing", drawing(WHITE), "GIF"),
    vanishing("TIFF, a white drawing on nothing", drawing(WHITE), "TIFF"),
    Kind(
        "PNG, black and white drawings on nothing",
        partial(encoded, drawing(WHITE, BLACK), "PNG"),
        looks_like=on((128, 128, 128), drawing(WHITE, BLACK)),
        notes=ON_GREY,
    ),
    *(
        Kind(f"PNG, grey of {depth} bits, one transparent", partial(png_of, flat("L"), transparent(key), depth=depth))
        for depth, key in GREYS.items()
    ),
    Kind("PNG, RGB of 8 bits, one transparent", partial(png_of, flat("RGB"), transparent(80, 40, 240), depth=8)),
    Kind(
        "PNG, RGB of 16 bits, one transparent",
        partial(png_of, flat("RGB"), transparent(80 * 257, 40 * 257, 240 * 257), depth=16),
    ),
    Kind(
        "PNG, RGB of 16 bits, almost one transparent",
        partial(png_of, flat("RGB"), transparent(80 * 257, 40 * 257, 240 * 257 + 1), depth=16),
    ),
    Kind("specimen grey16.png", specimen("grey16.png")),
    Kind(
        "specimen logo.png",
        specimen("logo.png"),
        looks_like=on(BLACK, Image.open(SPECIMENS / "logo.png")),
        notes=ON_BLACK,
    ),
    Kind("PNG, all transparent", partial(encoded, Image.new("RGBA", SIZE), "PNG"), warnings=("one colour, white",)),
    Kind("PNG, all white", one_colour(WHITE), warnings=("one colour, white",)),
    Kind("JPEG, all black", one_colour(BLACK, "JPEG"), warnings=("one colour, black",)),
    Kind("PNG, all red", one_colour(RED), warnings=("one colour, #dc",)),
    Kind(
        "PNG, almost black",
        lambda: encoded(scene().point(lambda value: value // 16), "PNG"),
        warnings=("almost black",),
    ),
    Kind(
        "APNG with another default picture",
        lambda: encoded(
            Image.new("RGB", SIZE, RED),
            "PNG",
            save_all=True,
            default_image=True,
            append_images=[scene(), Image.new("RGB", SIZE, BLACK)],
        ),
    ),
    *(Kind(f"JPEG, EXIF orientation {number}", turned("JPEG", number)) for number in range(1, 10)),
    *(Kind(f"PNG, EXIF orientation {number}", turned("PNG", number)) for number in (3, 6)),
    Kind("AVIF, orientation 6", turned("AVIF", 6, quality=95)),
    Kind("WebP, EXIF orientation 6", turned("WEBP", 6, lossless=True), notes=STORED),
    Kind("JPEG, XMP orientation 6", scene_as("JPEG", xmp=XMP), notes=STORED),
    Kind("PNG, XMP orientation 6", png_with((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)), notes=STORED),
    Kind("specimen xmp_only.jpg", specimen("xmp_only.jpg"), notes=STORED),
    Kind("specimen exif6.webp", specimen("exif6.webp"), notes=STORED),
)
