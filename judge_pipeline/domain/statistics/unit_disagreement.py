"""Disagreement within units and between all ratings, for many resamples: the terms of Krippendorff's alpha."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Level: TypeAlias = Literal["nominal", "ordinal", "interval"]
"""Two different ratings simply differ, or differ by the number of ratings between them, or by their distance."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The distinct ways in which units were rated: `counts[kind, category]`, sparse, two or more ratings in each row.

    `places` are the categories' positions, used at the interval level only.
    """

    counts: Any
    places: "NDArray[np.float64]"
    level: Level


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Mean δ² for each resample: `within` units and `between` all ratings; `farthest` is the largest δ² there is.

    `is_one_sided` marks resamples with a single category, where nothing can disagree.
    """

    within: "NDArray[np.float64]"
    between: "NDArray[np.float64]"
    farthest: "NDArray[np.float64]"
    is_one_sided: "NDArray[np.bool_]"


def disagreement(kinds: Kinds, drawn: "NDArray[np.float64]") -> Disagreement:
    """The disagreement for each row of `drawn`, the number of times each kind was drawn.

    A unit of m ratings has m (m - 1) ordered pairs, which together weigh m. δ is 1 between different names; otherwise
    the distance of places, which at the ordinal level are the numbers of ratings below, counting half of those alike.
    """
    import numpy as np

    ratings = np.asarray(kinds.counts.sum(axis=1)).ravel()
    if kinds.level == "interval":
        return _of_distances(kinds, drawn, ratings)
    totals = (kinds.counts.T @ drawn.T).T
    n = totals.sum(axis=1)
    is_one_sided = np.count_nonzero(totals, axis=1) == 1
    if kinds.level == "nominal":
        squares = np.asarray((kinds.counts**2).sum(axis=1)).ravel()
        within = drawn @ ((ratings**2 - squares) / (ratings - 1)) / n
        between = (n**2 - (totals**2).sum(axis=1)) / (n * (n - 1))
        return Disagreement(within, between, np.ones_like(n), is_one_sided)
    places = totals.cumsum(axis=1) - totals / 2
    sums, squares = (kinds.counts @ places.T).T, (kinds.counts @ (places**2).T).T
    within = (drawn * 2 * (ratings * squares - sums**2) / (ratings - 1)).sum(axis=1) / n
    between = 2 * (n * (totals * places**2).sum(axis=1) - (totals * places).sum(axis=1) ** 2) / (n * (n - 1))
    return Disagreement(within, between, np.ptp(places, axis=1) ** 2, is_one_sided)


def _of_distances(kinds: Kinds, drawn: "NDArray[np.float64]", ratings: "NDArray[np.float64]") -> Disagreement:
    """The same from sums only, since the places are fixed: numbers may have thousands of distinct values."""
    import numpy as np

    places = kinds.places - kinds.places.mean()
    sums, squares = kinds.counts @ places, kinds.counts @ places**2
    n, of_sums, of_squares, disagreeing = (
        drawn @ each for each in (ratings, sums, squares, 2 * (ratings * squares - sums**2) / (ratings - 1))
    )
    between = 2 * (n * of_squares - of_sums**2) / (n * (n - 1))
    farthest = np.full_like(n, np.ptp(places) ** 2)
    return Disagreement(disagreeing / n, between, farthest, between <= farthest * 1e-12)
