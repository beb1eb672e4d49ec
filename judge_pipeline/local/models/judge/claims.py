"""Extracts the measurable claims of a caption and ignores every other word.

A caption is data: only known phrases and words are recognised, so it cannot inject instructions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from judge_pipeline.local.models.judge.evidence import Evidence
from judge_pipeline.local.models.judge.phrases import PHRASES
from judge_pipeline.local.models.picture.colours import NEUTRALS, Tone
from judge_pipeline.local.models.vocabulary.lexicon import find_mentions, tokens
from judge_pipeline.local.models.vocabulary.words import Word

COLOUR_NAMES = {
    name: colour
    for colour, names in {
        "black": ["black"],
        "grey": ["grey", "gray", "silver"],
        "white": ["white"],
        "red": ["red", "scarlet", "crimson"],
        "orange": ["orange"],
        "brown": ["brown"],
        "beige": ["beige", "tan", "cream"],
        "yellow": ["yellow", "golden"],
        "green": ["green"],
        "turquoise": ["turquoise", "teal", "cyan"],
        "blue": ["blue"],
        "purple": ["purple", "violet"],
        "pink": ["pink"],
    }.items()
    for name in names
}
ENOUGH_OF_A_COLOUR = 0.12
"""The share of the picture above which naming a colour is fully justified."""

HEDGES = frozenset(
    {
        "possibly",
        "perhaps",
        "maybe",
        "probably",
        "likely",
        "might",
        "may",
        "seems",
        "seemingly",
        "appears",
        "apparently",
    }
)
HEDGE_REACH = 3
"""The maximum distance, in words, between a hedge and the thing that it weakens."""

SUBJECT_TOPICS = frozenset({"thing", "identity", "texture"})


@dataclass(frozen=True)
class Claim:
    """A claim of a caption, and its measured truth from 0 to 1."""

    topic: str
    text: str
    truth: float
    is_hedged: bool = False
    thing: Word | None = None
    colour: str | None = None

    @property
    def is_about_subject(self) -> bool:
        """Whether it is about the subject rather than its look."""
        return self.topic in SUBJECT_TOPICS


def read_claims(caption: str, evidence: Evidence) -> tuple[Claim, ...]:
    """Find and check the measurable claims of `caption`."""
    remaining, looks = caption.lower(), []
    for phrase in PHRASES:
        match = phrase.pattern.search(remaining)
        if match:
            looks.append(Claim(phrase.topic, match[0], phrase.truth(evidence)))
            remaining = phrase.pattern.sub(" , ", remaining)
    return (*looks, *_things_and_colours(tokens(remaining), evidence))


def _things_and_colours(words: list[str], evidence: Evidence) -> Iterator[Claim]:
    seen: set[str] = set()
    rest = dict(enumerate(words))
    for mention in find_mentions(words):
        for position in range(mention.start, mention.end):
            del rest[position]
        if mention.word.name not in seen:
            seen.add(mention.word.name)
            is_hedged = not HEDGES.isdisjoint(words[max(0, mention.start - HEDGE_REACH) : mention.start])
            truth = evidence.support_of(mention.word)
            yield Claim("thing", mention.text, truth, is_hedged=is_hedged, thing=mention.word)
    for word in rest.values():
        colour = COLOUR_NAMES.get(word)
        if colour and colour not in seen:
            seen.add(colour)
            yield Claim("colour", word, _share_truth(colour, evidence), colour=colour)


def _share_truth(colour: str, evidence: Evidence) -> float:
    if evidence.colours.tone is not Tone.COLOUR and colour not in NEUTRALS:
        return 0.0
    return min(1.0, evidence.colours.shares.get(colour, 0.0) / ENOUGH_OF_A_COLOUR)
