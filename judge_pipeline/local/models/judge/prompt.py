"""Finds in a judge's prompt the two delimited captions, and a JSON Schema when the prompt alone carries it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

OPENING = re.compile(r"^[ \t]*\[\[CAPTION [AB] (?P<nonce>[0-9a-f]+)\]\][ \t]*$", re.MULTILINE)
JSON_BLOCK = re.compile(r"```json\s*\n(?P<content>.*?)\n\s*```", re.DOTALL)


class CaptionsNotFoundError(ValueError):
    """The prompt does not hold two delimited captions."""


@dataclass(frozen=True)
class JudgePrompt:
    """The captions as they were shown, and everything around them."""

    caption_a: str
    caption_b: str
    surroundings: str


def read_prompt(text: str) -> JudgePrompt:
    """Find both captions; the nonce of the first delimiter decides, so a caption cannot open or close another.

    Raises `CaptionsNotFoundError` with the expected form when one is missing.
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
    """The first ```json block that is a schema of an object; None without one."""
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
