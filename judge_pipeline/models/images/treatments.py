"""What preparation did to one picture beyond the standard recipe, and what it noticed about it.

Each function that prepares a picture appends to the list it is given. An ordinary image has no treatments.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Treatment:
    """One finding about one picture.

    `code` is short and never changes its meaning, because it becomes part of fingerprints. `sentence` is for people: it starts
    with a small letter and has no full stop. `changes_pixels` says that models get other pixels than the standard recipe
    would make of the file; an answer about those is not reused. A warning is counted at the end of the run.
    """

    code: str
    sentence: str
    changes_pixels: bool = True
    is_warning: bool = False


NO_END = Treatment("no-end", "the file has no end marker, but its picture is complete", changes_pixels=False)


def warning(code: str, sentence: str) -> Treatment:
    """A finding that leaves the pixels alone, and that a person should look at."""
    return Treatment(code, sentence, changes_pixels=False, is_warning=True)


def recipe_with(standard: str, treatments: Iterable[Treatment]) -> str:
    """The standard recipe, followed by what was done otherwise: the same text as ever for an ordinary image."""
    return "; ".join([standard, *sorted({each.code for each in treatments if each.changes_pixels})])
