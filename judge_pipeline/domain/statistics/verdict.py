"""Verdicts on a pair: which is better, or why there is no opinion."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeAlias

from judge_pipeline.domain.statistics.arguments import shown
from judge_pipeline.domain.statistics.columns import is_missing, values_of


class Verdict(StrEnum):
    """A verdict on a first and a second contestant, independent of the order in which they were shown.

    The last three are not opinions and never count as half a win: the question did not apply to the pair, the answer
    failed, or no one has been asked yet.
    """

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"
    NOT_AVAILABLE = "not available"
    FAILED = "failed"
    MISSING = "missing"

    @property
    def points(self) -> float | None:
        """1 for the first contestant, 0 for the second, one half for a tie, None without an opinion."""
        return _POINTS.get(self)


_OF_VALUE = {member.value: member for member in Verdict}
_POINTS = {Verdict.FIRST: 1.0, Verdict.SECOND: 0.0, Verdict.TIE: 0.5}

Verdicts: TypeAlias = Iterable[Any]
"""One verdict an image: members of `Verdict` or their values; None and NaN are `MISSING`."""


def read_verdicts(column: Verdicts) -> list[Verdict]:
    """Every row as a `Verdict`.

    Raises:
        ValueError: a value is not a verdict.
    """
    return list(map(read_verdict, values_of(column)))


def read_verdict(value: Any) -> Verdict:
    """A row as a `Verdict`.

    Raises:
        ValueError: it is not a verdict.
    """
    if isinstance(value, str) and (found := _OF_VALUE.get(value)):
        return found
    if is_missing(value):
        return Verdict.MISSING
    try:
        return Verdict(value)
    except ValueError:
        expected = ", ".join(repr(member.value) for member in Verdict)
        raise ValueError(f"expected a verdict, one of {expected} or None, found {shown(value)}") from None
