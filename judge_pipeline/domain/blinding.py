"""Blinding: which caption the judge sees as Caption A, and hiding the captioners' names from it."""

import hashlib
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible, visible_line

CAPTION_A = "Caption A"
CAPTION_B = "Caption B"

_SIZES = {Captioner.LLM_8B: r"8[\s_-]?B", Captioner.LLM_16B: r"16[\s_-]?B"}
_NONCE_DIGITS = 8


class Orders(StrEnum):
    """The number of caption orders in which the judge is asked."""

    BOTH = "both"
    ONE = "one"


def first_shown(tag: Tag) -> Captioner:
    """The captioner whose caption is Caption A in the first order: an even draw, fixed by the tag."""
    return _drawn(f"first shown {tag}")


def shown_left(tag: Tag) -> Captioner:
    """The captioner whose caption a person sees on the left: an even draw, independent of `first_shown`."""
    return _drawn(f"shown left {tag}")


def _drawn(purpose: str) -> Captioner:
    return Captioner.LLM_8B if hashlib.sha256(purpose.encode()).digest()[0] & 1 else Captioner.LLM_16B


def orders_for(tag: Tag, orders: Orders) -> tuple[Captioner, ...]:
    """The captioner behind Caption A in each ruling."""
    first = first_shown(tag)
    return (first, first.other) if orders is Orders.BOTH else (first,)


def nonce_for(tag: Tag, *captions: str) -> str:
    """Eight hex digits that occur in no caption; the same tag and captions always give the same nonce."""
    shown = [visible(caption).casefold() for caption in captions]
    attempt = 0
    while True:
        nonce = hashlib.sha256(json.dumps([tag, *captions, attempt]).encode()).hexdigest()[:_NONCE_DIGITS]
        if not any(nonce in caption for caption in shown):
            return nonce
        attempt += 1


@dataclass(frozen=True)
class Blinding:
    """The two names that the judge sees, for one order of the captions."""

    judge_ontology: JudgeOntology
    shown_first: Captioner

    def hide(self, text: str) -> str:
        """A title or label of the ontology as the judge sees it: one line, with each captioner's name and size replaced.

        Ignores case, spaces, hyphens and underscores: "llm-8b" is hidden like "LLM 8B".
        """
        if text not in self._hidden:
            self._hidden[text] = self._names.sub(self._alias, visible_line(text))
        return self._hidden[text]

    def reveal(self, text: str) -> str:
        """The judge's words with the captioners' names restored."""
        return re.sub(
            rf"\b({CAPTION_A}|{CAPTION_B})\b",
            lambda match: self.captioner_for(match[1].title()).value,
            text,
            flags=re.IGNORECASE,
        )

    def name_for(self, captioner: Captioner) -> str:
        """Caption A or Caption B."""
        return CAPTION_A if captioner is self.shown_first else CAPTION_B

    def captioner_for(self, name: str) -> Captioner:
        """The captioner behind Caption A or Caption B."""
        return self.shown_first if name == CAPTION_A else self.shown_first.other

    def _alias(self, match: re.Match[str]) -> str:
        return self.name_for(Captioner[match.lastgroup.rsplit("_", 1)[0]] if match.lastgroup else self.shown_first)

    @cached_property
    def _hidden(self) -> dict[str, str]:
        """What `hide` has returned: the same titles and labels for every image of a project."""
        return {}

    @cached_property
    def _names(self) -> re.Pattern[str]:
        names = [(captioner, name) for captioner in Captioner for name in self._names_of(captioner)]
        longest_first = sorted(names, key=lambda named: -len(named[1]))
        patterns = [f"(?P<{captioner.name}_{i}>{name})" for i, (captioner, name) in enumerate(longest_first)]
        return re.compile(rf"(?<![^\W_])(?:{'|'.join(patterns)})(?![^\W_])", re.IGNORECASE)

    def _names_of(self, captioner: Captioner) -> set[str]:
        titles = (captioner.value, self.judge_ontology.classification_for(captioner).title)
        return {_SIZES[captioner], *(_tolerant(title) for title in titles if len(title) > 1)}


def _tolerant(name: str) -> str:
    """A pattern that matches the name's letters and digits with any separators between them."""
    runs = re.findall(r"[^\W\d_]+|\d+", visible_line(name))
    return r"[\W_]*".join(map(re.escape, runs)) or re.escape(visible_line(name))
