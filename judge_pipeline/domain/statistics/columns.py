"""Columns of lists, arrays or DataFrames: missing values, pairing of rows, categories."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, SupportsFloat, TypeAlias

from judge_pipeline.domain.statistics.arguments import check_labels, listing, number, shown

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
    except ValueError:  # an array, which is not a label and is refused there
        return False


def values_of(column: Iterable[Any]) -> list[Any]:
    """The column as a list.

    Raises:
        ValueError: a mapping, a set, a table or a single value. Text is a column of letters.
    """
    is_column = not isinstance(column, (bytes, Mapping, AbstractSet)) and getattr(column, "ndim", 1) == 1
    if not is_column or not hasattr(column, "__iter__"):
        raise ValueError(
            f"expected a list, an array or a DataFrame's column, one value per image, found {type(column).__name__} "
            f"{shown(column)}"
        )
    if hasattr(column, "filled") and hasattr(column, "tolist"):  # a masked array: None where it is masked
        return list(column.tolist())
    return list(column)


def are_equal(one: object, other: object) -> bool:
    """Whether two labels are the same one; numpy compares its numbers with each element of a tuple, and with no huge integer."""
    try:
        return bool(one == other)
    except (ValueError, OverflowError):
        return False


def rows_of(*columns: Iterable[Any]) -> list[tuple[Any, ...]]:
    """The columns as rows, matched by position; an index is ignored.

    Raises:
        ValueError: the columns differ in length, or one is not a column, see `values_of`.
    """
    listed = [values_of(column) for column in columns]
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


def paired_labels(*columns: Labels) -> list[tuple[Any, ...]]:
    """The rows without a missing label.

    Raises:
        ValueError: as `rows_of`, or a label is a list, an array or another value that cannot be counted.
    """
    rows = paired(*columns)
    check_labels(rows)
    return rows


def paired_numbers(*columns: Numbers) -> list[tuple[float, ...]]:
    """The rows without a missing number.

    Raises:
        ValueError: as `rows_of`, or a value is not a finite number.
    """
    return [tuple(map(number, row)) for row in paired(*columns)]


def numbers(column: Numbers) -> list[float]:
    """The values that are not missing.

    Raises:
        ValueError: a value is not a finite number.
    """
    return [number(value) for value in values_of(column) if not is_missing(value)]


def ordered_categories(found: Iterable[Hashable], categories: Sequence[Hashable] | None) -> tuple[Hashable, ...]:
    """`categories` as given, or else all categories found, in an order independent of the rows.

    Raises:
        ValueError: a label is not among the given categories, or one of those is repeated or missing.
    """
    different = set(found)
    if categories is None:
        try:
            return tuple(sorted(different))  # type: ignore[type-var]  # what cannot be sorted is caught
        except (TypeError, ValueError, OverflowError):
            return tuple(sorted(different, key=lambda label: (type(label).__name__, repr(label))))
    names = tuple(values_of(categories))
    check_labels([names])
    if any(map(is_missing, names)):
        raise ValueError(f"expected categories without None and NaN, which are missing labels, found {shown(names)}")
    if len(set(names)) < len(names):
        raise ValueError(f"expected each category once, found {shown(list(names))}")
    if unknown := different - set(names):
        raise ValueError(
            f"expected labels among {shown(list(names))}, found {listing(unknown)}; add them to categories"
        )
    return names


def scale(categories: Sequence[Hashable], *, are_given: bool) -> list[float]:
    """The position of each category on a scale: numbers as they are, names by their position in the caller's order.

    Raises:
        ValueError: the categories are names without a given order, or infinite.
    """
    values = [
        number(category)
        for category in categories
        if isinstance(category, SupportsFloat) and not isinstance(category, str)
    ]
    if len(values) == len(categories):
        return values
    if not are_given:
        raise ValueError(
            f"expected numbers, or categories=[...] from lowest to highest, found the names {shown(list(categories))}; "
            "distances between names need an order"
        )
    return [float(position) for position in range(len(categories))]
