"""Finds the two delimited captions in a judge's prompt, and a JSON Schema if it is only in the prompt."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

OPENING = re.compile(r"^[ \t]*\[\[CAPTION [AB] (?P<nonce>[0-9a-f]+)\]\][ \t]*$", re.MULTILINE)
JSON_BLOCK = re.compile(r"```json\s*\n(?P<content>.*?)\n\s*```", re.DOTALL)


class CaptionsNotFoundError(ValueError):
    """The prompt does not contain two delimited captions."""


@dataclass(frozen=True)
class JudgePrompt:
    """The captions as shown, and the text around them."""

    caption_a: str
    caption_b: str
    surroundings: str


def read_prompt(text: str) -> JudgePrompt:
    """Find both captions. Only the nonce of the first delimiter counts, so a caption cannot open or close another.

    Raises `CaptionsNotFoundError` with the expected form if one is missing.
    """
    first = OPENING.search(text)
    if first is None:
        raise CaptionsNotFoundError(
            "measured-judge expects two captions, each between a line [[CAPTION A <hex nonce>]] (or B) and a line "
            "[[END CAPTION A <hex nonce>]]; found none"
        )
    surroundings = text
    captions = {}
    for letter in "AB":
        match = _region(letter, first["nonce"]).search(text)
        if match is None:
            raise CaptionsNotFoundError(f"measured-judge found no complete caption {letter} of nonce {first['nonce']}")
        captions[letter] = match["caption"].strip()
        surroundings = surroundings.replace(match[0], "")
    return JudgePrompt(captions["A"], captions["B"], surroundings)


def schema_in(text: str) -> dict[str, Any] | None:
    """The first ```json block that is an object's schema; None if there is none."""
    for match in JSON_BLOCK.finditer(text):
        try:
            content = json.loads(match["content"])
        except ValueError:
            continue
        if isinstance(content, dict) and "properties" in content:
            return content
    return None


def _region(letter: str, nonce: str) -> re.Pattern[str]:
    mark = f"CAPTION {letter} {re.escape(nonce)}"
    return re.compile(
        rf"^[ \t]*\[\[{mark}\]\][ \t]*\n(?P<caption>.*?)^[ \t]*\[\[END {mark}\]\][ \t]*$", re.DOTALL | re.MULTILINE
    )
