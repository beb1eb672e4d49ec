"""Gwet's AC1 and AC2: chance-corrected agreement that stays close to the raw agreement when nearly all labels are alike."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from judge_pipeline.domain.statistics.arguments import check_option, too_many_labels
from judge_pipeline.domain.statistics.columns import Labels, Numbers
from judge_pipeline.domain.statistics.estimate import (
    CONFIDENCE,
    Estimate,
    Interval,
    check_confidence,
    normal_quantile,
    student_interval,
)
from judge_pipeline.domain.statistics.kappa import ALL_ALIKE, Weights, label_distances
from judge_pipeline.domain.statistics.ratings import Ratings, read_ratings
from judge_pipeline.domain.statistics.sampling_design import Design, drawn_rows
from judge_pipeline.domain.statistics.share import wilson_bounds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def gwet_ac1(
    *ratings: Any,
    categories: Sequence[Hashable] | None = None,
    probabilities: Numbers | None = None,
    population: int | None = None,
    clusters: Labels | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """AC1 of two or more raters: `gwet_ac1(judge, person)`, or one DataFrame with a row per unit and a column per rater.

    (p_a - p_e) / (1 - p_e): p_a is the share of agreeing pairs of ratings, averaged over the units with two or more;
    p_e = Σ π_k (1 - π_k) / (q - 1), π_k being the share of category k, averaged over all rated units, q the number of
    categories. Pass `categories` if some may never have been used, because q counts them.

    The interval is Student's with Gwet's variance over units. If that is 0 (all pairs agree, or none), Wilson's bounds of
    p_a are used instead, with p_e fixed. With `probabilities`, a `population` or `clusters` it is the AC1 of all units: the averages
    are weighted, and the variance is that of `sampled_mean` for Gwet's terms. The lower end is then no higher than Wilson's
    bound: Student's is too narrow for few units that nearly all agree (88% instead of 95% at 50). A census has no width.

    Undefined if no unit has two ratings, if all labels are alike, and for more than 1,000 different labels.

    Source: K. L. Gwet, Computing inter-rater reliability and its variance in the presence of high agreement, British
    Journal of Mathematical and Statistical Psychology 61 (2008), 29-48; with missing ratings: Handbook of Inter-Rater
    Reliability, 4th edition (2014).

    Raises:
        ValueError: columns of different lengths, fewer than two raters, a label not among `categories`, or as `drawn_rows`.
    """
    import numpy as np

    read = read_ratings(ratings, categories)
    if probabilities is None and population is None and clusters is None:
        rated = read.rated()
        design = Design.plain(len(rated.codes))
        return _agreement(rated, design, None, are_ordered=False, published=True, confidence=confidence)
    units = [unit if is_rated else None for unit, is_rated in enumerate(np.any(read.codes >= 0, axis=1).tolist())]
    rows, design = drawn_rows(units, probabilities=probabilities, population=population, clusters=clusters)
    rated = Ratings(read.codes[np.array([row[0] for row in rows], dtype=np.int64)], read.categories)
    return _agreement(rated, design, None, are_ordered=False, published=False, confidence=confidence)


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
    rated = read_ratings(ratings, categories).rated()
    design = Design.plain(len(rated.codes))
    are_ordered = categories is not None
    return _agreement(rated, design, weights, are_ordered=are_ordered, published=True, confidence=confidence)


def _agreement(
    rated: Ratings, design: Design, weights: Weights | None, *, are_ordered: bool, published: bool, confidence: float
) -> Estimate:
    import numpy as np

    check_confidence(confidence)
    per_unit = (rated.codes >= 0).sum(axis=1).astype(np.float64)
    has_pair = per_unit >= 2
    n, q = int(has_pair.sum()), len(rated.categories)
    if not n:
        return Estimate.none(0, "no unit has two ratings")
    if len(np.unique(rated.codes[rated.codes >= 0])) == 1:
        return Estimate.none(n, ALL_ALIKE)
    if why := too_many_labels(rated.categories):
        return Estimate.none(n, why)
    closeness = 1 - label_distances(rated.categories, weights, are_ordered=are_ordered)
    totals, start = np.zeros(q), 0
    for counts in rated.count_blocks():  # row by row, so that the size of a block does not change the last digit
        share = design.weights[start : start + len(counts)] / counts.sum(axis=1)
        totals, start = np.vstack([totals, counts * share[:, None]]).sum(axis=0), start + len(counts)
    prevalence = totals / len(per_unit)
    scale = closeness.sum() / (q * (q - 1))
    chance = float(scale * (prevalence * (1 - prevalence)).sum())
    blocks = [_of_units(counts, closeness, prevalence) for counts in rated.count_blocks()]
    agreeing, unlike = (np.concatenate(each) for each in zip(*blocks, strict=True))
    paired = design.where(has_pair)
    observed = paired.mean(agreeing[has_pair])
    value = (observed - chance) / (1 - chance)
    # Each unit's own coefficient, less its effect on the chance term; their variance is that of the estimate.
    own = np.where(has_pair, agreeing - chance, 0) / (1 - chance) / design.mean(has_pair.astype(np.float64))
    own_chance = scale * unlike
    own -= 2 * (1 - value) * (own_chance - chance) / (1 - chance)
    if design.is_census:
        return Estimate(value, Interval(value, value), n)
    variance = 0.0 if design.no_spread else design.variance(own - value)
    student = student_interval(value, variance, design.freedom, confidence) if variance > 1e-12 else None
    if student and published:
        return Estimate(value, student.within(-1.0, 1.0), n)
    size = paired.effective_size(agreeing[has_pair] - observed, confidence)
    bounds = wilson_bounds(observed, size, normal_quantile(confidence))
    low, high = ((bound - chance) / (1 - chance) for bound in (bounds.low, bounds.high))
    interval = Interval(min(low, student.low), student.high) if student else Interval(min(low, value), max(high, value))
    return Estimate(value, interval.within(-1.0, 1.0), n)


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
