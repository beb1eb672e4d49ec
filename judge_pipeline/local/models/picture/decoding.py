"""Decodes the data URI of a request into an RGB picture, or explains why it cannot."""

from __future__ import annotations

import base64
import binascii
import io
import re
import warnings

from PIL import Image, ImageOps

DATA_URI = re.compile(r"data:image/[\w.+-]+;base64,(?P<content>.*)", re.DOTALL)
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 1024
"""No measurement needs more; larger pictures are reduced during decoding."""


class UndecodableImageError(ValueError):
    """The request's image cannot be decoded."""


def decode_picture(uri: str) -> Image.Image:
    """Decode a base64 data URI: upright, RGB, transparency on white, at most `LONGEST_SIDE` pixels long."""
    match = DATA_URI.fullmatch(uri.strip())
    if match is None:
        raise UndecodableImageError(
            f"expected a data URI (data:image/...;base64,...), found {uri[:40]!r}; addresses are not fetched here"
        )
    try:
        content = base64.b64decode(match["content"], validate=True)
    except binascii.Error as error:
        raise UndecodableImageError(f"the image is not valid base64: {error}") from None
    return decode_image(content)


def decode_image(content: bytes) -> Image.Image:
    """Decode the bytes of an image file in the same way."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _upright_rgb(Image.open(io.BytesIO(content)))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UndecodableImageError(f"the image cannot be decoded: {error}") from None


def _upright_rgb(image: Image.Image) -> Image.Image:
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(f"{image.width}x{image.height} is more than {MAX_PIXELS:,} pixels")
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):  # converting these directly would clip every value above 255 to white
        image = image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        background = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(background, image)
    picture = image.convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return picture
