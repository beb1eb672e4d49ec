"""Transparent pictures: which pixels are transparent, and the ground that they are shown on."""

from io import BytesIO

from PIL import Image, ImageChops, ImageFilter

from judge_pipeline.models.images.png_chunks import COLOUR_TYPE, DEPTH
from judge_pipeline.models.images.treatments import Treatment

GREY_TYPE = 0

GROUNDS = {"white": (255, 255, 255), "black": (0, 0, 0), "grey": (128, 128, 128)}
"""In this order. Browsers and label editors show most pages on white."""

SMALL_SIDE = 128
REACH = 8
"""Of `SMALL_SIDE`: a white area this close to something that can be seen is part of it, such as a filled outline."""

VISIBLE_ALPHA = 16
CONTRAST = 32
"""Of 255, in at least one channel."""

ENOUGH = 0.75
"""The part of a drawing that must be seen on a ground."""


def as_layer(picture: Image.Image, data: bytes) -> Image.Image:
    """The picture in mode RGBA if it is transparent anywhere its format can say, otherwise unchanged."""
    key = picture.info.get("transparency")
    if picture.format == "PNG" and isinstance(key, (int, tuple)):
        depth = data[DEPTH]
        if depth == 16:
            return _keyed(picture, data, key)
        if data[COLOUR_TYPE] == GREY_TYPE and depth > 1 and isinstance(key, int):
            picture.info["transparency"] = key * 255 // (2**depth - 1)  # Pillow scales the greys, and not their key
    if not picture.has_transparency_data:
        return picture
    return picture if picture.mode == "RGBA" else picture.convert("RGBA")


def on_ground(layer: Image.Image, treatments: list[Treatment]) -> Image.Image:
    """An RGBA picture on a ground on which its drawing can be seen: white if possible, otherwise black or grey.

    A pixel of the drawing is seen if it, or one near it, differs enough from the ground. A ground will do on which three quarters of
    the drawing are seen; if none will, it is the one on which most is seen.
    """
    ground = _ground(layer)
    if ground != "white":
        treatments.append(
            Treatment(
                f"ground-{ground}",
                f"the drawing on a transparent ground is shown on {ground}, because it could not be seen on white",
            )
        )
    return _pasted(layer, ground)


def _ground(layer: Image.Image) -> str:
    alpha = layer.getchannel("A")
    if alpha.getextrema()[0] == 255:
        return "white"
    small = layer.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.BOX)
    drawing = small.getchannel("A").point(lambda alpha: 255 if alpha >= VISIBLE_ALPHA else 0)
    size = drawing.histogram()[255]
    if not size:
        return "white"
    seen: dict[str, float] = {}
    for name in GROUNDS:
        seen[name] = _seen(small, drawing, name) / size
        if seen[name] >= ENOUGH:
            return name
    return max(seen, key=lambda name: seen[name])


def _seen(layer: Image.Image, drawing: Image.Image, ground: str) -> int:
    """How many pixels of the drawing are seen."""
    shown = _pasted(layer, ground)
    channels = ImageChops.difference(shown, Image.new("RGB", shown.size, GROUNDS[ground])).split()
    largest = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
    differing = largest.point(lambda value: 255 if value >= CONTRAST else 0)
    near = differing.filter(ImageFilter.BoxBlur(REACH)).point(lambda value: 255 if value else 0)
    return ImageChops.darker(near, drawing).histogram()[255]


def _pasted(layer: Image.Image, ground: str) -> Image.Image:
    paper = Image.new("RGB", layer.size, GROUNDS[ground])
    paper.paste(layer, mask=layer.getchannel("A"))
    return paper


def _keyed(picture: Image.Image, data: bytes, key: int | tuple[int, ...]) -> Image.Image:
    """A PNG of 16 bits a channel with its transparent colour applied: Pillow compares only the upper bytes, or none."""
    keys = (key,) if isinstance(key, int) else key
    if isinstance(key, int):
        content = picture.tobytes()
        planes = [Image.frombytes("L", picture.size, content, "raw", mode) for mode in ("L;16", "L;16B")]
    else:
        with Image.open(BytesIO(data), formats=["PNG"]) as lower:
            lower.tile = [tile._replace(args="RGB;16L") for tile in lower.tile]
            planes = [picture, lower.copy()]
    opaque = Image.new("L", picture.size, 0)
    for plane, shift in zip(planes, (8, 0), strict=True):
        for channel, wanted in zip(plane.split(), keys, strict=True):
            byte = wanted >> shift & 255
            opaque = ImageChops.lighter(opaque, channel.point([0 if value == byte else 255 for value in range(256)]))
    layer = planes[0].convert("RGB")
    layer.putalpha(opaque)
    return layer
