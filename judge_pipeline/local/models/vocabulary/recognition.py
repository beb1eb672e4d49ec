"""Chooses the word for a network's output: the narrowest that the probabilities support, hedged or withheld if they are weak."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from judge_pipeline.local.models.vocabulary.words import Word, all_words

CLASS_COUNT = 1000


@dataclass(frozen=True)
class Thresholds:
    """The chance-corrected probabilities that a describer needs to state a word and to offer one."""

    certain: float
    possible: float


@dataclass(frozen=True)
class Recognition:
    """A word to state, and a narrower or weaker one to offer; either may be missing."""

    certain: Word | None
    possible: Word | None


def recognise(probabilities: NDArray[np.float64], thresholds: Thresholds) -> Recognition:
    """Find the narrowest word to state, and the narrowest to offer if it is more specific."""
    supports = _supports(probabilities)
    certain = _narrowest(supports, thresholds.certain)
    possible = _narrowest(supports, thresholds.possible)
    if certain and (possible is None or not set(possible.classes) < set(certain.classes)):
        possible = None
    return Recognition(certain, possible)


def support(word: Word, probabilities: NDArray[np.float64]) -> float:
    """The word's probability corrected for chance, (p - q) / (1 - q), where q is its share of the classes.

    Without the correction (Cohen, 1960) 'an animal', which covers 398 of 1000 classes, would look likely on any picture.
    """
    by_chance = len(word.classes) / CLASS_COUNT
    return (float(probabilities[list(word.classes)].sum()) - by_chance) / (1 - by_chance)


def _supports(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The support of every word, in the order of `all_words`."""
    classes, starts, by_chance = _concatenated_classes()
    supports: NDArray[np.float64] = (np.add.reduceat(probabilities[classes], starts) - by_chance) / (1 - by_chance)
    return supports


def _narrowest(supports: NDArray[np.float64], threshold: float) -> Word | None:
    words = all_words()
    allowed = np.flatnonzero(supports >= threshold)
    if allowed.size == 0:
        return None
    return words[min(allowed, key=lambda index: (len(words[index].classes), -supports[index]))]


@cache
def _concatenated_classes() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The concatenated classes of all words, the start of each word in it, and each word's share of all classes."""
    sizes = np.array([len(word.classes) for word in all_words()])
    classes = np.array([index for word in all_words() for index in word.classes])
    return classes, np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes / CLASS_COUNT
