"""Columns as they come, of lists, arrays or DataFrames, made ready: what is missing is found, rows are paired."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, SupportsFloat, TypeAlias

Labels: TypeAlias = Iterable[Any]
"""One label a row: text, numbers, enum members. None, NaN and pandas.NA are missing."""

Numbers: TypeAlias = Iterable[Any]
"""One number a row; missing as in `Labels`."""


def is_missing(value: object) -> bool:
    """None, NaN, NaT, or pandas.NA, which refuses to be compared."""
    if value is None:
        return True
    try:
        return bool(value != value)  # only NaN differs from itself
    except TypeError:
        return True


def rows_of(*columns: Iterable[Any]) -> list[tuple[Any, ...]]:
    """The columns side by side. Rows belong together by position, an index is not looked at.

    Raises:
        ValueError: the columns are not equally long.
    """
    listed = [list(column) for column in columns]
    if len({len(column) for column in listed}) > 1:
        lengths = ", ".join(str(len(column)) for column in listed)
        raise ValueError(f"expected columns of one length, a row an image, found {lengths} rows")
    return list(zip(*listed, strict=True))


def paired(*columns: Iterable[Any]) -> list[tuple[Any, ...]]:
    """The rows in which no column misses its value.

    Raises:
        ValueError: as `rows_of`.
    """
    return [row for row in rows_of(*columns) if not any(map(is_missing, row))]


def numbers(column: Numbers) -> list[float]:
    """Those that are not missing."""
    return [float(value) for value in column if not is_missing(value)]


def ordered_categories(found: Iterable[Hashable], categories: Sequence[Hashable] | None) -> tuple[Hashable, ...]:
    """`categories` as given, or else all that were found, in an order that does not hang on the rows'.

    Raises:
        ValueError: a label is not among the categories given, or one of those stands there twice.
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
    """Where each category lies: numbers at themselves, names at their positions in the caller's order.

    Raises:
        ValueError: the categories are names, and nobody said in which order.
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
            "a distance between names needs their order"
        )
    return [float(position) for position in range(len(categories))]
