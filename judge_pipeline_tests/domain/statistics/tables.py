"""Published tables, spelt out as the rows they count."""

from collections.abc import Sequence


def rows_of_table(table: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """The two columns of labels 0, 1, 2 ... whose table is this, the first rater in its rows."""
    cells = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    return [one for one, _ in cells], [other for _, other in cells]
