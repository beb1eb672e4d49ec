"""Krippendorff's alpha: agreement of any number of raters, with gaps; nominal, ordinal or interval labels."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from judge_pipeline.domain.statistics.arguments import check_count, check_option
from judge_pipeline.domain.statistics.columns import scale
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence
from judge_pipeline.domain.statistics.kappa import ALL_ALIKE
from judge_pipeline.domain.statistics.ratings import Ratings, read_ratings
from judge_pipeline.domain.statistics.resampling import MOST_RESAMPLES, RESAMPLES, percentile_interval, resampled_counts
from judge_pipeline.domain.statistics.share import wilson_interval
from judge_pipeline.domain.statistics.unit_disagreement import Disagreement, Kinds, Level, disagreement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def krippendorff_alpha(
    *ratings: Any,
    level: Level = "nominal",
    categories: Sequence[Hashable] | None = None,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Alpha over the units with two or more ratings: `krippendorff_alpha(judge, person)`, or one DataFrame, a row per unit.

    1 - D_o / D_e: the disagreement within units relative to that between all ratings. Labels are names
    (nominal), ordered (ordinal) or numbers with distances (interval). Names need `categories`, from lowest to highest, for
    the latter two, and at the interval level lie one step apart.

    The interval is the percentile bootstrap over units, with D_e recomputed; the same seed gives the same interval. With
    full agreement all resamples are 1: then the upper end is 1, and the lower end follows from Wilson's lower bound for
    the share of agreeing units, if all others had the largest possible disagreement.

    Undefined if no unit has two ratings, and if all ratings are alike; the interval also if more than one resample in
    twenty has all ratings alike.

    Source: K. Krippendorff, Computing Krippendorff's alpha-reliability (2011), University of Pennsylvania.

    Raises:
        ValueError: columns of different lengths, fewer than two raters, a label not among `categories`, an unknown
            level, or names without an order.
    """
    import numpy as np

    check_confidence(confidence)
    check_option("level", level, Level)
    check_count("resamples", resamples, least=1, most=MOST_RESAMPLES)
    check_count("seed", seed)
    read = read_ratings(ratings, categories)
    kinds, multiplicity = _kinds(read, level, are_ordered=categories is not None)
    n = int(multiplicity.sum())
    if not n:
        return Estimate.none(0, "no unit has two ratings")
    found = disagreement(kinds, multiplicity[None, :].astype(np.float64))
    if found.is_one_sided[0]:
        return Estimate.none(n, ALL_ALIKE)
    if kinds.counts.nnz == len(multiplicity):
        return Estimate(1.0, _full_agreement_interval(found, n, confidence), n)
    value = float(1 - found.within[0] / found.between[0])
    if n == 1:
        return Estimate(value, None, n, "the interval: one unit has no spread")
    blocks = resampled_counts(multiplicity, width=len(read.categories), resamples=resamples, seed=seed)
    interval = percentile_interval(
        np.concatenate([_alphas(disagreement(kinds, block)) for block in blocks]), confidence
    )
    why = None if interval else "the interval: too many resamples have all ratings alike"
    return Estimate(value, interval, n, why)


def _kinds(ratings: Ratings, level: Level, *, are_ordered: bool) -> tuple[Kinds, "NDArray[np.int64]"]:
    import numpy as np
    from scipy.sparse import csr_array

    pairable = np.sort(ratings.codes[(ratings.codes >= 0).sum(axis=1) >= 2], axis=1)
    codes, multiplicity = np.unique(pairable, axis=0, return_counts=True)
    rows, columns = np.nonzero(codes >= 0)
    cells = (np.ones(len(rows)), (rows, codes[rows, columns]))
    counts = csr_array(cells, shape=(len(codes), len(ratings.categories)))  # duplicate cells are summed
    places = scale(ratings.categories, are_given=are_ordered) if level != "nominal" else []
    return Kinds(counts, np.array(places), level), multiplicity


def _alphas(found: Disagreement) -> "NDArray[np.float64]":
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(found.is_one_sided, np.nan, 1 - found.within / found.between)


def _full_agreement_interval(found: Disagreement, n: int, confidence: float) -> Interval:
    agreeing = wilson_interval(n, n, confidence=confidence)
    assert agreeing is not None  # noqa: S101  # there are units
    return Interval(1 - (1 - agreeing.low) * float(found.farthest[0] / found.between[0]), 1.0)
