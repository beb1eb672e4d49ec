"""Checks of what callers pass in: option words, counts, confidences and numbers. Each ends in one sentence."""

from collections.abc import Hashable, Iterable, Sequence
from math import isfinite
from reprlib import Repr
from typing import Any, get_args

LARGEST = 1e100
"""The largest absolute value of a score: sums of squares of a million stay finite."""

MOST = 2**53
"""The largest count: beyond it floating-point numbers skip integers."""

MOST_LABELS = 1_000
"""Different labels in a square table: 1,000 take about 100 MB while kappa is computed."""

_CLIPPED = Repr()
_CLIPPED.maxstring = _CLIPPED.maxother = 60
_CLIPPED.maxlist = _CLIPPED.maxtuple = 8


def shown(value: object) -> str:
    """The value for a message, cut if it is long."""
    return " ".join(_CLIPPED.repr(value).split())


def listing(values: Iterable[object], most: int = 5) -> str:
    """The first few values for a message, sorted, and how many more there are."""
    found = sorted(map(shown, values))
    more = f" and {len(found) - most:,} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def check_option(name: str, value: object, words: Any, *, optional: bool = False) -> None:
    """`value` is one of the words of the Literal type `words`, or None if it is optional.

    Raises:
        ValueError: any other value, such as a typing error.
    """
    if (value is None and optional) or (isinstance(value, str) and value in get_args(words)):
        return
    allowed = [repr(word) for word in get_args(words)] + ["None"] * optional
    raise ValueError(f"expected {name} {', '.join(allowed[:-1])} or {allowed[-1]}, found {shown(value)}")


def is_count(value: Any, least: int = 0, most: int = MOST) -> bool:
    """Whether `value` is a whole number from `least` to `most`, as an int, a numpy integer or a float like 3.0."""
    try:
        return bool(least <= value <= most) and int(value) == value
    except (TypeError, ValueError, OverflowError):
        return False


def check_count(name: str, value: Any, *, least: int = 0, most: int = MOST) -> None:
    """`value` is a whole number from `least` to `most`.

    Raises:
        ValueError: it is not.
    """
    if not is_count(value, least, most):
        raise ValueError(f"expected {name} to be a whole number from {least:,} to {most:,}, found {shown(value)}")


def is_within(value: Any, low: float, high: float) -> bool:
    """Whether `value` is a number from `low` to `high`; False for text, None and NaN."""
    try:
        return bool(low <= value <= high)
    except (TypeError, ValueError, OverflowError):
        return False


def number(value: Any) -> float:
    """`value` as a finite number; the caller has left out missing ones.

    Raises:
        ValueError: text, an infinity, a complex number, or more than `LARGEST`.
    """
    try:
        read = float(value)
    except (TypeError, ValueError, OverflowError):
        read = float("nan")
    if not isfinite(read) or abs(read) > LARGEST:
        raise ValueError(f"expected finite numbers up to {LARGEST:g}, or None for a missing one, found {shown(value)}")
    return read


def check_labels(rows: Iterable[Iterable[Hashable]]) -> None:
    """Every label can be counted: text, a number or an enum member, and not a list or an array.

    Raises:
        ValueError: a label is not hashable.
    """
    for row in rows:
        for label in row:
            try:
                hash(label)
            except TypeError:
                raise ValueError(f"expected text or numbers as labels, found {shown(label)}") from None


def too_many_labels(categories: Sequence[Hashable]) -> str | None:
    """Why there is no square table of these categories; None if they are few enough."""
    if len(categories) <= MOST_LABELS:
        return None
    return (
        f"{len(categories):,} different labels are too many for a table, which takes at most {MOST_LABELS:,}; "
        "group them, or compare numbers with krippendorff_alpha(level='interval')"
    )
