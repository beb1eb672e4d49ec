"""Turns recognised words and measurements into English phrases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from judge_pipeline.local.models.picture.colours import Tone
from judge_pipeline.local.models.vocabulary.recognition import Recognition
from judge_pipeline.local.models.vocabulary.words import Word

MAX_WORDS = 20
UNIDENTIFIED = "something that could not be identified"
EVEN_TEXTURE = "an even texture with no single subject"


def narrower_guess(recognition: Recognition) -> Word | None:
    """The offered word, unless it only repeats the stated one ('mountain scenery, possibly a mountain')."""
    stated, offered = recognition.certain, recognition.possible
    if stated is None or offered is None or set(_nouns(stated)) & set(_nouns(offered)):
        return None
    return offered


def join_words(words: Sequence[str]) -> str:
    """'red', 'red and brown', 'red, brown and black'."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def with_article(phrase: str) -> str:
    """'a dark picture', 'an even picture'."""
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


def picture_phrase(tone: Tone, *adjectives: str) -> str:
    """'a blurred black-and-white picture'."""
    return with_article(" ".join([*filter(None, adjectives), str(tone), "picture"]))


def sentence(start: str, additions: Iterable[str]) -> str:
    """Join as many additions as `MAX_WORDS` allows, in order, with an initial capital and a full stop."""
    text = start
    for addition in additions:
        if len(f"{text}{addition}".split()) <= MAX_WORDS:
            text += addition
    text = text.removesuffix(",")
    return f"{text[0].upper()}{text[1:]}."


def _nouns(word: Word) -> list[str]:
    return [part for part in word.phrase.replace(",", "").split() if len(part) > 3]
