"""Gwet's AC1 and AC2: chance-corrected agreement that stays close to the raw agreement when nearly all labels are alike."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from judge_pipeline.domain.statistics.arguments import check_option, too_many_labels
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence, student_interval
from judge_pipeline.domain.statistics.kappa import ALL_ALIKE, Weights, label_distances
from judge_pipeline.domain.statistics.ratings import Ratings, read_ratings
from judge_pipeline.domain.statistics.share import wilson_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def gwet_ac1(*ratings: Any, categories: Sequence[Hashable] | None = None, confidence: float = CONFIDENCE) -> Estimate:
    """AC1 of two or more raters: `gwet_ac1(judge, person)`, or one DataFrame with a row per unit and a column per rater.

    (p_a - p_e) / (1 - p_e): p_a is the share of agreeing pairs of ratings, averaged over the units with two or more;
    p_e = Σ π_k (1 - π_k) / (q - 1), π_k being the share of category k, averaged over all rated units, q the number of
    categories. Pass `categories` if some may never have been used, because q counts them.

    The interval is Student's with Gwet's variance over units. If that is 0 (all pairs agree, or none), Wilson's bounds of
    p_a are used instead, with p_e fixed.

    Undefined if no unit has two ratings, if all labels are alike, and for more than 1,000 different labels.

    Source: K. L. Gwet, Computing inter-rater reliability and its variance in the presence of high agreement, British
    Journal of Mathematical and Statistical Psychology 61 (2008), 29-48; with missing ratings: Handbook of Inter-Rater
    Reliability, 4th edition (2014).

    Raises:
        ValueError: columns of different lengths, fewer than two raters, a label not among `categories`.
    """
    return _agreement(read_ratings(ratings, categories), None, are_ordered=False, confidence=confidence)


def gwet_ac2(
    *ratings: Any,
    weights: Weights,
    categories: Sequence[Hashable] | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """AC1 with partial credit: a pair of ratings agrees by one less its distance (squared), see `cohen_kappa`.

    p_e = T Σ π_k (1 - π_k) / (q (q - 1)), T being the sum of all weights. Source: the book named in `gwet_ac1`.

    Raises:
        ValueError: as `gwet_ac1`, unknown weights, or names without an order in `categories`.
    """
    check_option("weights", weights, Weights)
    return _agreement(
        read_ratings(ratings, categories), weights, are_ordered=categories is not None, confidence=confidence
    )


def _agreement(ratings: Ratings, weights: Weights | None, *, are_ordered: bool, confidence: float) -> Estimate:
    import numpy as np

    check_confidence(confidence)
    rated = ratings.rated()
    per_unit = (rated.codes >= 0).sum(axis=1).astype(np.float64)
    has_pair = per_unit >= 2
    n, q = int(has_pair.sum()), len(ratings.categories)
    if not n:
        return Estimate.none(0, "no unit has two ratings")
    if len(np.unique(rated.codes[rated.codes >= 0])) == 1:
        return Estimate.none(n, ALL_ALIKE)
    if why := too_many_labels(ratings.categories):
        return Estimate.none(n, why)
    closeness = 1 - label_distances(ratings.categories, weights, are_ordered=are_ordered)
    totals = np.zeros(q)
    for counts in rated.count_blocks():  # row by row, so that the size of a block does not change the last digit
        totals = np.vstack([totals, counts / counts.sum(axis=1)[:, None]]).sum(axis=0)
    prevalence = totals / len(per_unit)
    scale = closeness.sum() / (q * (q - 1))
    chance = float(scale * (prevalence * (1 - prevalence)).sum())
    blocks = [_of_units(counts, closeness, prevalence) for counts in rated.count_blocks()]
    agreeing, unlike = (np.concatenate(each) for each in zip(*blocks, strict=True))
    observed = float(agreeing[has_pair].mean())
    value = (observed - chance) / (1 - chance)
    # Each unit's own coefficient, less its effect on the chance term; their variance is that of the estimate.
    own = len(per_unit) / n * np.where(has_pair, agreeing - chance, 0) / (1 - chance)
    own_chance = scale * unlike
    own -= 2 * (1 - value) * (own_chance - chance) / (1 - chance)
    return Estimate(value, _interval(own, value, observed, chance, n, confidence), n)


def _of_units(
    counts: "NDArray[np.float64]", closeness: "NDArray[np.float64]", prevalence: "NDArray[np.float64]"
) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    """For each unit the share of agreeing pairs, 0 without a pair, and how far its labels are from the prevalent ones."""
    import numpy as np

    per_unit = counts.sum(axis=1)
    has_pair = per_unit >= 2
    agreeing = np.zeros(len(counts))
    pairs = per_unit[has_pair] * (per_unit[has_pair] - 1)
    agreeing[has_pair] = (counts[has_pair] * (counts[has_pair] @ closeness - 1)).sum(axis=1) / pairs
    return agreeing, (counts / per_unit[:, None]) @ (1 - prevalence)


def _interval(
    own: "NDArray[np.float64]", value: float, observed: float, chance: float, n: int, confidence: float
) -> Interval:
    units = len(own)
    if units > 1 and (variance := float(own.var(ddof=1)) / units) > 1e-12:
        return student_interval(value, variance, units - 1, confidence).within(-1.0, 1.0)
    bounds = wilson_interval(observed * n, n, confidence=confidence)
    assert bounds is not None  # noqa: S101  # there are units
    low, high = ((bound - chance) / (1 - chance) for bound in (bounds.low, bounds.high))
    return Interval(min(low, value), max(high, value)).within(-1.0, 1.0)
