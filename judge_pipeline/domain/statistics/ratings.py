"""Ratings of units by two or more raters as an array: rows are units, columns are raters, gaps allowed."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from judge_pipeline.domain.statistics.arguments import check_labels, shown
from judge_pipeline.domain.statistics.columns import Labels, is_missing, ordered_categories, values_of
from judge_pipeline.domain.statistics.resampling import CHUNK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ratings:
    """`codes[unit, rater]` is a position in `categories`, -1 where the rating is missing."""

    codes: "NDArray[np.int64]"
    categories: tuple[Hashable, ...]

    def rated(self) -> "Ratings":
        """The units with at least one rating."""
        return Ratings(self.codes[(self.codes >= 0).any(axis=1)], self.categories)

    def count_blocks(self) -> Iterator["NDArray[np.float64]"]:
        """The number of raters that gave each unit each category: units x categories, in blocks of bounded size."""
        import numpy as np

        block = max(1, CHUNK // max(1, len(self.categories)))
        for start in range(0, len(self.codes), block):
            codes = self.codes[start : start + block]
            counts = np.zeros((len(codes), len(self.categories)))
            rows, columns = np.nonzero(codes >= 0)
            np.add.at(counts, (rows, codes[rows, columns]), 1)
            yield counts


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
    check_labels(raters)
    known = [[None if is_missing(label) else label for label in rater] for rater in raters]
    names = ordered_categories((label for rater in known for label in rater if label is not None), categories)
    codes = {name: position for position, name in enumerate(names)}
    table = [[-1 if label is None else codes[label] for label in rater] for rater in known]
    return Ratings(np.array(table, dtype=np.int64).T, names)


def read_with_judge(judge: Labels, people: Any) -> Ratings:
    """The judge's labels in the first column, then those of a table of reviewers, as `read_ratings`.

    Raises:
        ValueError: as `read_ratings`; fewer than two reviewers; or a judge's column of another length.
    """
    reviewers = _raters((people,))
    if len(reviewers) < 2:
        raise ValueError(f"expected a table of at least two reviewers, a column each, found {len(reviewers)}")
    return read_ratings((judge, *reviewers), None)


def _raters(columns: Sequence[Any]) -> list[list[Any]]:
    if len(columns) != 1:
        return [values_of(column) for column in columns]
    table = columns[0].to_numpy() if hasattr(columns[0], "to_numpy") else columns[0]
    if getattr(table, "ndim", None) == 2:  # a DataFrame or an array keeps its raters even without units
        return [list(table[:, rater]) for rater in range(table.shape[1])]
    rows = values_of(table)
    if strange := [row for row in rows if not hasattr(row, "__len__")]:
        raise ValueError(f"expected a row of ratings per unit, or one column per rater, found {shown(strange[0])}")
    if len({len(row) for row in rows}) > 1:
        raise ValueError("expected rows of equal length, one rating per rater, None where it is missing")
    return [list(rater) for rater in zip(*rows, strict=True)]
