"""Pictures and files for tests, and helpers to compare what was prepared from them."""

import io
import random
from typing import Any

from PIL import Image

from judge_pipeline.models.images.preparation import PreparedImage

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def shown(prepared: PreparedImage) -> Image.Image:
    """What the model sees."""
    picture = Image.open(io.BytesIO(prepared.data))
    picture.load()
    assert picture.format == "JPEG"
    assert picture.mode in {"RGB", "L"}
    assert picture.size == (prepared.width, prepared.height)
    return picture


def colour(prepared: PreparedImage, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place given in shares of width and height."""
    at = (int(x * (prepared.width - 1)), int(y * (prepared.height - 1)))
    value = shown(prepared).convert("RGB").getpixel(at)
    assert isinstance(value, tuple)
    return value


def assert_close(found: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    assert all(abs(a - b) < 24 for a, b in zip(found, wanted, strict=True)), f"{found}, expected about {wanted}"


def halves(width: int = 64, height: int = 32) -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    channels = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (width, height), random.Random(7).randbytes(width * height * channels))
