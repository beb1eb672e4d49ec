"""Thumbnails small enough for a page of many thousands of images."""

import base64
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TypeVar

MAX_CHARACTERS = 24_000_000
"""In total: with captions and scores, a page of 10,000 images stays below 50 MB."""

SIDE = 72
QUALITY = 30

Key = TypeVar("Key", bound=str)


def shrink_to_fit(thumbnails: Mapping[Key, str]) -> dict[Key, str]:
    """The data URIs unchanged, or shrunk (2 ms each) if they are too large for a page in total."""
    if sum(map(len, thumbnails.values())) <= MAX_CHARACTERS:
        return dict(thumbnails)
    with ThreadPoolExecutor(4) as pool:  # Pillow lets other threads run while it decodes and encodes
        return dict(zip(thumbnails, pool.map(_shrink, thumbnails.values()), strict=True))


def _shrink(thumbnail: str) -> str:
    from PIL import Image

    data = base64.b64decode(thumbnail.partition(",")[2])
    with Image.open(BytesIO(data)) as opened:
        opened.draft("RGB", (SIDE, SIDE))
        picture = opened.convert("RGB")
    picture.thumbnail((SIDE, SIDE))
    encoded = BytesIO()
    picture.save(encoded, "WEBP", quality=QUALITY, method=0)
    return f"data:image/webp;base64,{base64.b64encode(encoded.getvalue()).decode()}"
