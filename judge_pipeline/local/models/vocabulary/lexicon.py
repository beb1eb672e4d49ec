"""Finds the words of the vocabulary in a text, plurals and common synonyms included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from judge_pipeline.local.models.vocabulary.words import Word, all_words, read_rows, words_by_name

TOKEN = re.compile(r"[a-z]+(?:['-][a-z]+)*")
ARTICLE = re.compile(r"^(?:an?|the) ")
PARTIAL = ("similar ", "part of ")
AMBIGUOUS = frozenset(
    {
        "orange",
        "light",
        "match",
        "stage",
        "part",
        "screen",
        "switch",
        "object",
        "knot",
        "chest",
        "iron",
        "nail",
        "pole",
        "bubble",
    }
)
"""Class names that usually mean something else in a caption."""


@dataclass(frozen=True)
class Mention:
    """A word found in a text, and its token positions [start, end)."""

    word: Word
    text: str
    start: int
    end: int


def tokens(text: str) -> list[str]:
    """The words of `text` in lower case, hyphens and apostrophes kept."""
    return TOKEN.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))


def find_mentions(text_tokens: list[str]) -> Iterator[Mention]:
    """Find the vocabulary's words from left to right, the longest name first, without overlap."""
    names = _names()
    longest = max(map(len, names))
    position = 0
    while position < len(text_tokens):
        for length in range(min(longest, len(text_tokens) - position), 0, -1):
            candidate = tuple(text_tokens[position : position + length])
            word = next((names[form] for form in _singular_forms(candidate) if form in names), None)
            if word is not None:
                yield Mention(word, " ".join(candidate), position, position + length)
                position += length
                break
        else:
            position += 1


def _singular_forms(name: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield name
    for ending, replacement in (("ies", "y"), ("es", ""), ("s", "")):
        if name[-1].endswith(ending) and len(name[-1]) > len(ending) + 2:
            yield (*name[:-1], name[-1].removesuffix(ending) + replacement)


@cache
def _names() -> dict[tuple[str, ...], Word]:
    names = {tuple(tokens(ARTICLE.sub("", word.phrase))): word for word in all_words()}
    for row in read_rows("synonyms.tsv"):
        names[tuple(tokens(row["name"]))] = words_by_name()[row["word"]]
    # 'a cup' in a caption is any cup, so kinds override classes of the same name; of two kinds the narrower wins.
    for word in reversed(all_words()):
        for part in re.split(r",? or |, ", word.phrase) if word.is_kind else ():
            if not part.startswith(PARTIAL):
                names[tuple(tokens(ARTICLE.sub("", part.removeprefix("other "))))] = word
    return {name: word for name, word in names.items() if name and not (len(name) == 1 and name[0] in AMBIGUOUS)}
