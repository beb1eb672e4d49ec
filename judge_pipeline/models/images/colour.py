"""Any decoded picture as 8-bit colour or grey, where Pillow's own conversion would clip, tint or blacken it."""

from PIL import Image

from judge_pipeline.models.images.treatments import Treatment

SIXTEEN_BIT_WHITE = 65_535
WHITE = (255, 255, 255)


def as_plain_colour(picture: Image.Image, treatments: list[Treatment]) -> Image.Image:
    """`picture` in mode RGB or L, with transparency shown on white.

    16-bit grey keeps its full scale (65 535 is white). 32-bit and floating-point grey have no defined scale: their
    darkest and lightest values become black and white.
    """
    if picture.mode.startswith("I;16"):
        return _scaled(picture, darkest=0, lightest=SIXTEEN_BIT_WHITE)
    if picture.mode in {"I", "F"}:
        darkest, lightest = picture.getextrema()
        return _scaled(picture, darkest=_number(darkest), lightest=_number(lightest))
    if picture.has_transparency_data:
        layer = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        paper = Image.new("RGB", layer.size, WHITE)
        paper.paste(layer, mask=layer.getchannel("A"))
        return paper
    if picture.mode in {"RGB", "L"}:
        return picture
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _scaled(picture: Image.Image, *, darkest: float, lightest: float) -> Image.Image:
    span = (lightest - darkest) or 1.0
    factor = 255 / span
    # Pillow takes a function of a 32-bit picture for its slope and offset, both read off this expression.
    return picture.convert("F").point(lambda value: value * factor + (0.5 - darkest * factor)).convert("L")


def _number(extremum: object) -> float:
    return float(extremum) if isinstance(extremum, (int, float)) else 0.0
