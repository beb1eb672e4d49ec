"""Chooses the word for what a network saw: the narrowest that its probabilities allow, hedged or withheld when weak."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from judge_pipeline.local.models.vocabulary.words import Word, all_words

CLASS_COUNT = 1000


@dataclass(frozen=True)
class Caution:
    """How sure a describer must be, as chance-corrected probabilities, to state a word and to offer one."""

    certain: float
    possible: float


@dataclass(frozen=True)
class Recognition:
    """What may be said: a word that is stated, a narrower or weaker one that is only offered, either or both absent."""

    certain: Word | None
    possible: Word | None


def recognise(probabilities: NDArray[np.float64], caution: Caution) -> Recognition:
    """Find the narrowest stated word, and the narrowest offered one where it says more than the stated."""
    supports = _supports(probabilities)
    certain = _narrowest(supports, caution.certain)
    possible = _narrowest(supports, caution.possible)
    if certain and (possible is None or not set(possible.classes) < set(certain.classes)):
        possible = None
    return Recognition(certain, possible)


def support(word: Word, probabilities: NDArray[np.float64]) -> float:
    """The word's probability corrected for chance, (p - q) / (1 - q), where q is its share of the classes.

    Without it 'an animal', true of 398 classes of 1000, would look likely on any picture (Cohen's correction, 1960).
    """
    by_chance = len(word.classes) / CLASS_COUNT
    return (float(probabilities[list(word.classes)].sum()) - by_chance) / (1 - by_chance)


def _supports(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The support of every word, in the order of `all_words`."""
    classes, starts, by_chance = _classes_in_a_row()
    supports: NDArray[np.float64] = (np.add.reduceat(probabilities[classes], starts) - by_chance) / (1 - by_chance)
    return supports


def _narrowest(supports: NDArray[np.float64], threshold: float) -> Word | None:
    words = all_words()
    allowed = np.flatnonzero(supports >= threshold)
    if allowed.size == 0:
        return None
    return words[min(allowed, key=lambda index: (len(words[index].classes), -supports[index]))]


@cache
def _classes_in_a_row() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The classes of all words one after another, where each word's begin, and each word's share of all classes."""
    sizes = np.array([len(word.classes) for word in all_words()])
    classes = np.array([index for word in all_words() for index in word.classes])
    return classes, np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes / CLASS_COUNT
