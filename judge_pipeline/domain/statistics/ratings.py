"""Ratings of units by two or more raters as an array: rows are units, columns are raters, gaps allowed."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from judge_pipeline.domain.statistics.columns import is_missing, ordered_categories

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ratings:
    """`codes[unit, rater]` is a position in `categories`, -1 where the rating is missing."""

    codes: "NDArray[np.int64]"
    categories: tuple[Hashable, ...]

    @property
    def counts(self) -> "NDArray[np.int64]":
        """The number of raters that gave each unit each category: units x categories."""
        import numpy as np

        units, _ = self.codes.shape
        counts = np.zeros((units, len(self.categories)), dtype=np.int64)
        rows, columns = np.nonzero(self.codes >= 0)
        np.add.at(counts, (rows, self.codes[rows, columns]), 1)
        return counts


def read_ratings(columns: Sequence[Any], categories: Sequence[Hashable] | None) -> Ratings:
    """One column per rater, or one DataFrame, two-dimensional array or list of rows with a row per unit.

    Raises:
        ValueError: raters with different numbers of units, fewer than two raters, or a label not among `categories`.
    """
    import numpy as np

    raters = _raters(columns)
    if len(raters) < 2:
        raise ValueError(f"expected the ratings of at least two raters, found {len(raters)}")
    if len({len(rater) for rater in raters}) > 1:
        raise ValueError(
            f"expected the same number of units from each rater, found {', '.join(str(len(each)) for each in raters)}"
        )
    known = [[None if is_missing(label) else label for label in rater] for rater in raters]
    names = ordered_categories((label for rater in known for label in rater if label is not None), categories)
    codes = {name: position for position, name in enumerate(names)}
    table = [[-1 if label is None else codes[label] for label in rater] for rater in known]
    return Ratings(np.array(table, dtype=np.int64).T, names)


def _raters(columns: Sequence[Any]) -> list[list[Any]]:
    if len(columns) != 1:
        return [list(column) for column in columns]
    table = columns[0]
    rows = table.to_numpy() if hasattr(table, "to_numpy") else table  # a DataFrame iterates over its columns' names
    return [list(rater) for rater in zip(*rows, strict=True)]
