"""Thumbnails small enough for a page of many thousands of images."""

import base64
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TypeVar

MAX_CHARACTERS = 5_000_000
"""In total: with captions and scores, the page stays below 20 MB."""

SHRUNK_AT_ONCE = 500

SIDE = 72
QUALITY = 30

Key = TypeVar("Key", bound=str)


def shrink_to_fit(thumbnails: Mapping[Key, str]) -> dict[Key, str]:
    """The data URIs unchanged, or shrunk (2 ms each) if they are too large for a page in total; then the first that fit."""
    if sum(map(len, thumbnails.values())) <= MAX_CHARACTERS:
        return dict(thumbnails)
    found: dict[Key, str] = {}
    keys, left = list(thumbnails), MAX_CHARACTERS
    with ThreadPoolExecutor(4) as pool:  # Pillow lets other threads run while it decodes and encodes
        for start in range(0, len(keys), SHRUNK_AT_ONCE):
            chunk = keys[start : start + SHRUNK_AT_ONCE]
            for key, small in zip(chunk, pool.map(_shrink, map(thumbnails.__getitem__, chunk)), strict=True):
                left -= len(small)
                if left < 0:
                    return found
                found[key] = small
    return found


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
