"""Columns of lists, arrays or DataFrames: missing values, pairing of rows, categories."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, SupportsFloat, TypeAlias

Labels: TypeAlias = Iterable[Any]
"""One label a row: text, numbers, enum members. None, NaN and pandas.NA are missing."""

Numbers: TypeAlias = Iterable[Any]
"""One number a row; missing as in `Labels`."""


def is_missing(value: object) -> bool:
    """True for None, NaN, NaT and pandas.NA, which cannot be compared."""
    if value is None:
        return True
    try:
        return bool(value != value)  # only NaN differs from itself
    except TypeError:
        return True


def rows_of(*columns: Iterable[Any]) -> list[tuple[Any, ...]]:
    """The columns as rows, matched by position; an index is ignored.

    Raises:
        ValueError: the columns differ in length.
    """
    listed = [list(column) for column in columns]
    if len({len(column) for column in listed}) > 1:
        lengths = ", ".join(str(len(column)) for column in listed)
        raise ValueError(f"expected columns of equal length, one row per image, found {lengths} rows")
    return list(zip(*listed, strict=True))


def paired(*columns: Iterable[Any]) -> list[tuple[Any, ...]]:
    """The rows without a missing value.

    Raises:
        ValueError: as `rows_of`.
    """
    return [row for row in rows_of(*columns) if not any(map(is_missing, row))]


def numbers(column: Numbers) -> list[float]:
    """The values that are not missing."""
    return [float(value) for value in column if not is_missing(value)]


def ordered_categories(found: Iterable[Hashable], categories: Sequence[Hashable] | None) -> tuple[Hashable, ...]:
    """`categories` as given, or else all categories found, in an order independent of the rows.

    Raises:
        ValueError: a label is not among the given categories, or one of those is repeated.
    """
    different = set(found)
    if categories is None:
        try:
            return tuple(sorted(different))  # type: ignore[type-var]  # what cannot be sorted is caught
        except TypeError:
            return tuple(sorted(different, key=lambda label: (type(label).__name__, repr(label))))
    if len(set(categories)) < len(categories):
        raise ValueError(f"expected each category once, found {list(categories)}")
    if unknown := different - set(categories):
        listed = ", ".join(sorted(map(repr, unknown)))
        raise ValueError(f"expected labels among {list(categories)}, found {listed}; add them to categories")
    return tuple(categories)


def scale(categories: Sequence[Hashable], *, are_given: bool) -> list[float]:
    """The position of each category on a scale: numbers as they are, names by their position in the caller's order.

    Raises:
        ValueError: the categories are names without a given order.
    """
    values = [
        float(category)
        for category in categories
        if isinstance(category, SupportsFloat) and not isinstance(category, str)
    ]
    if len(values) == len(categories):
        return values
    if not are_given:
        raise ValueError(
            f"expected numbers, or categories=[...] from lowest to highest, found the names {list(categories)}; "
            "distances between names need an order"
        )
    return [float(position) for position in range(len(categories))]
