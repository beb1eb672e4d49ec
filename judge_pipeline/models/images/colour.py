"""Any decoded picture as 8-bit sRGB or grey, where Pillow's own conversion would clip, tint or blacken it."""

from functools import partial

from PIL import Image

from judge_pipeline.models.images.colour_space import Declared, as_srgb
from judge_pipeline.models.images.strips import in_strips
from judge_pipeline.models.images.transparency import as_layer, on_ground
from judge_pipeline.models.images.treatments import Treatment

SIXTEEN_BIT_WHITE = 65_535
REDUCING_GAP = 3.0
"""Times the wanted size, to which a picture is averaged before it is filtered."""

GREY = frozenset({"1", "L", "LA", "La", "I", "F"})
JPEG = frozenset({"JPEG", "MPO"})
"""Chromium mixes the black of a JPEG into its other inks before it applies a profile of CMYK."""

CONVERTED_LATER = frozenset({"L", "RGB", "RGBA", "CMYK"})
"""Modes that are made smaller before their colours are converted, because that is quicker."""


def as_plain_colour(
    picture: Image.Image,
    data: bytes,
    treatments: list[Treatment],
    *,
    size: tuple[int, int],
    declared: list[Declared],
) -> Image.Image:
    """`picture`, decoded from `data`, in mode RGB or L and of this size, with transparency shown on a ground.

    `declared` are the profiles of its colours; the first that fits counts.
    16-bit grey keeps its full scale (65 535 is white). 32-bit and floating-point grey have no defined scale: their
    darkest and lightest values become black and white.
    """
    is_grey = picture.mode in GREY or picture.mode.startswith("I;16")
    layer = as_layer(picture, data)
    if layer.mode == "I;16" and declared:  # a curve takes from 8 bits more of the dark greys than it leaves
        tried: list[Treatment] = []
        converted = as_srgb(layer, tried, declared=declared[:1])
        if converted is not layer:
            layer, declared = converted, []
            treatments += tried
    small = _resized(_in_eight_bits(layer), size)
    if small.mode == "CMYK" and picture.format in JPEG:
        small = small.convert("RGB").convert("CMYK")
    if small.mode != "RGBA":
        plain = as_srgb(small, treatments, declared=declared)
        return plain if plain.mode in {"RGB", "L"} else plain.convert("RGB")
    colours = small.getchannel("R") if is_grey else small.convert("RGB")
    coloured = as_srgb(colours, treatments, declared=declared).convert("RGB")
    coloured.putalpha(small.getchannel("A"))
    return on_ground(coloured, treatments)


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16"):
        return in_strips(picture, partial(_scaled, darkest=0, lightest=SIXTEEN_BIT_WHITE))
    if picture.mode in {"I", "F"}:
        darkest, lightest = picture.getextrema()
        return _scaled(picture, darkest=_number(darkest), lightest=_number(lightest))
    if picture.mode in CONVERTED_LATER:
        return picture
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    if picture.size == size:
        return picture
    if picture.mode == "RGBA":  # the colour of transparent pixels must not bleed into others
        reduction = max(1, int(min(picture.width / size[0], picture.height / size[1]) / REDUCING_GAP))
        reduced = in_strips(picture, lambda strip: strip.convert("RGBa").reduce(reduction), reduction=reduction)
        return reduced.resize(size, Image.Resampling.LANCZOS).convert("RGBA")
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)


def _scaled(picture: Image.Image, *, darkest: float, lightest: float) -> Image.Image:
    span = (lightest - darkest) or 1.0
    factor = 255 / span
    # Pillow takes a function of a 32-bit picture for its slope and offset, both read off this expression.
    return picture.convert("F").point(lambda value: value * factor + (0.5 - darkest * factor)).convert("L")


def _number(extremum: object) -> float:
    return float(extremum) if isinstance(extremum, (int, float)) else 0.0
