"""Measures stored files: size, MIME type and, for images, width and height."""

import mimetypes
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image


@dataclass(frozen=True)
class Measured:
    """Width and height in pixels; None if unknown."""

    file_size: int
    mime_type: str
    width: int | None = None
    height: int | None = None


def measure(path: Path, *, item_type: str, title: str) -> Measured:
    """Measure a stored file. Only an image's header is read, so truncated images are measured too."""
    file_size = path.stat().st_size
    guessed, _ = mimetypes.guess_type(title)
    if item_type != "image":
        return Measured(file_size, guessed or "text/plain")
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            return Measured(file_size, Image.MIME.get(image.format or "", guessed or "image/jpeg"), *image.size)
    except Exception:
        return Measured(file_size, guessed or "application/octet-stream")
