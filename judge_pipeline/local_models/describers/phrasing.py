"""Turns recognised words and measurements into phrases that read as English."""

from __future__ import annotations

from collections.abc import Sequence

from judge_pipeline.local_models.picture.layout import Arrangement, Layout
from judge_pipeline.local_models.vocabulary.words import Word

UNIDENTIFIED = "something that could not be identified"
EVEN_TEXTURE = "an even, repeating texture"


def subject_phrase(certain: Word | None, possible: Word | None, layout: Layout) -> str:
    """Name the subject as far as it was recognised; an even texture is named as such before anything is guessed."""
    if certain and possible:
        return f"{certain.phrase}, possibly {possible.phrase},"
    if certain:
        return certain.phrase
    if layout.arrangement is Arrangement.EVEN:
        return EVEN_TEXTURE
    return f"what is possibly {possible.phrase}" if possible else UNIDENTIFIED


def join_words(words: Sequence[str]) -> str:
    """'red', 'red and brown', 'red, brown and black'."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
