"""The style of a caption: how many headers, list items and bold phrases its Markdown has."""

import re
from dataclasses import dataclass

_HEADER = re.compile(r"^ {0,3}#{1,6}\s+\S", re.MULTILINE)
_LIST_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+\S", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S)[^*\n]+?\*\*|__(?=\S)[^_\n]+?__")


@dataclass(frozen=True, slots=True)
class CaptionStyle:
    """The three counts that LMArena's style control uses next to the length."""

    headers: int
    list_items: int
    bold: int


def style_of(text: str) -> CaptionStyle:
    """The style of a caption as a reader of its Markdown sees it."""
    return CaptionStyle(*(len(pattern.findall(text)) for pattern in (_HEADER, _LIST_ITEM, _BOLD)))
