"""What a server or model wrote, made fit for a message: short, on one line, without key, image or prompt."""

import re
from collections.abc import Sequence

LONGEST = 300
"""Characters of a quotation; enough for any server's own words, too few for a prompt."""

DATA_URI = re.compile(r"data:[\w/+.-]*;base64,[A-Za-z0-9+/=]*")
ENCODED = re.compile(r"[A-Za-z0-9+/=_-]{80,}")
KEY = re.compile(r"\b(?:sk|pk|key|gsk|xai|AIza)-?[A-Za-z0-9_*-]{12,}")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


def quotation(text: str, *, without: Sequence[str] = ()) -> str:
    """`text` on one line of at most `LONGEST` characters; `without` are the texts that must not be seen (keys, prompts)."""
    for hidden in sorted((hidden for hidden in without if hidden.strip()), key=len, reverse=True):
        text = text.replace(hidden, "[…]")
    text = DATA_URI.sub("[image]", text)
    text = KEY.sub("[key]", ENCODED.sub("[…]", text))
    text = " ".join(UNPRINTABLE.sub(" ", text).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
