"""Chooses the word for what a network saw: the narrowest that its probabilities allow, hedged or withheld when weak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge_pipeline.local_models.vocabulary.words import Word, all_words

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
    """Find the narrowest stated word, and the narrowest offered one unless it says no more than the stated."""
    certain = _narrowest(probabilities, caution.certain)
    possible = _narrowest(probabilities, caution.possible)
    if certain and (possible is None or not set(possible.classes) < set(certain.classes)):
        possible = None
    return Recognition(certain, possible)


def support(word: Word, probabilities: NDArray[np.float64]) -> float:
    """The word's probability corrected for chance, (p - q) / (1 - q), where q is its share of the classes.

    Without it 'an animal', true of 398 classes of 1000, would look likely on any picture (Cohen's correction, 1960).
    """
    by_chance = len(word.classes) / CLASS_COUNT
    return (word.probability(probabilities) - by_chance) / (1 - by_chance)


def _narrowest(probabilities: NDArray[np.float64], threshold: float) -> Word | None:
    allowed = [word for word in all_words() if support(word, probabilities) >= threshold]
    if not allowed:
        return None
    fewest = len(allowed[0].classes)
    return max((word for word in allowed if len(word.classes) == fewest), key=lambda word: support(word, probabilities))
