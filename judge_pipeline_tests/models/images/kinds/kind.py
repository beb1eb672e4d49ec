"""What a kind of file is, and the picture that the specimens show."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

SPECIMENS = Path(__file__).parents[1] / "specimens"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file.

    `make` gives the bytes of the specimen. If Chromium cannot draw the kind, `looks_like` gives a file (such as a PNG) that
    looks as the specimen should. `notes` and `warnings` are words that the sentences of the prepared image contain, in this
    order; none by default. With `refused`, words of the error, the file is not prepared at all.
    """

    name: str
    make: Callable[[], bytes]
    looks_like: Callable[[], bytes] | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refused: str | None = None


def scene(width: int = 192, height: int = 128) -> Image.Image:
    """Smooth colours with strong and weak patches: it differs from its mirror images and its negative.

    Its edges are soft, so that a JPEG of it is close to it.
    """
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    picture = Image.merge("RGB", (across.point(lambda v: 40 + v * 0.7), down.point(lambda v: 200 - v * 0.6), down))
    draw = ImageDraw.Draw(picture)
    half, third = width // 2, height // 3
    draw.rectangle((4, 4, half - 8, third), fill=(220, 40, 30))
    draw.rectangle((half, 8, width - 12, third + 4), fill=(30, 160, 60))
    draw.ellipse((10, third + 8, half, height - 6), fill=(40, 60, 200))
    draw.rectangle((half + 8, 2 * third, width - 6, height - 8), fill=(235, 225, 180))
    return picture.filter(ImageFilter.GaussianBlur(4))


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file of this kind; a JPEG of the best quality, so that only the preparation loses something."""
    file = BytesIO()
    picture.save(file, kind, **({"quality": 95, "subsampling": 0} | options if kind == "JPEG" else options))
    return file.getvalue()


def scene_as(kind: str, mode: str = "RGB", **options: Any) -> Callable[[], bytes]:
    """Makes a file of the scene in this format and mode."""
    return lambda: encoded(in_mode(scene(), mode), kind, **options)


def in_mode(picture: Image.Image, mode: str) -> Image.Image:
    """The picture in this mode, without dither."""
    if mode == "P":
        return picture.quantize(256)
    return picture.convert(mode, dither=Image.Dither.NONE)


def specimen(name: str) -> Callable[[], bytes]:
    """A file of the folder specimens."""
    return (SPECIMENS / name).read_bytes
