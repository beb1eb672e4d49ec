"""Cohen's kappa: agreement of two raters beyond chance."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from judge_pipeline.domain.statistics.arguments import check_option, shown, too_many_labels
from judge_pipeline.domain.statistics.columns import Labels, Numbers, scale
from judge_pipeline.domain.statistics.confusion_table import Confusion, label_pairs, table_of
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence, normal_interval
from judge_pipeline.domain.statistics.sampled_kappa import sampled_kappa
from judge_pipeline.domain.statistics.sampling_design import drawn_rows
from judge_pipeline.domain.statistics.share import wilson_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Weights: TypeAlias = Literal["linear", "quadratic"]
"""How disagreement grows with the distance between two categories."""

NO_ROWS = "no image has a label of both raters"
ALL_ALIKE = "every label is the same one, so agreement cannot be distinguished from habit"


def cohen_kappa(
    first: Labels,
    second: Labels,
    *,
    weights: Weights | None = None,
    categories: Sequence[Hashable] | None = None,
    probabilities: Numbers | None = None,
    population: int | None = None,
    clusters: Labels | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Kappa over the images that both raters labelled: 1 is full agreement, 0 is chance, below 0 is worse than chance.

    κ = (p_o - p_e) / (1 - p_e), p_o being the observed and p_e the expected agreement of independent raters with the same
    totals. With `weights`, a disagreement counts by its distance or squared distance: the difference of numbers, or of
    positions in `categories` for names, which must then be given from lowest to highest.

    With `probabilities`, a `population` or `clusters` it is the kappa of all images, see `sampled_kappa`, whose interval is also the
    better one for few images. Otherwise the interval is normal with the large-sample variance, as published and as other programs
    give it; below 50 images with one-sided labels it contains the truth in 86 to 93% of studies. That variance is 0, as if kappa
    were known exactly, if all images agree or one rater uses a single label; then the interval follows from Wilson's bounds of p_o,
    with p_e fixed.

    Undefined without common images, if all labels are alike, and for more than 1,000 different labels.

    Sources: J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960),
    37-46; Weighted kappa, Psychological Bulletin 70 (1968), 213-220; variances: J. L. Fleiss, J. Cohen and
    B. S. Everitt, Large sample standard errors of kappa and weighted kappa, Psychological Bulletin 72 (1969), 323-327.

    Raises:
        ValueError: columns of different lengths, a label not among `categories`, unknown weights, or weights for names
            without an order, or as `drawn_rows`.
    """
    import numpy as np

    check_confidence(confidence)
    check_option("weights", weights, Weights, optional=True)
    if probabilities is not None or population is not None or clusters is not None:
        rows, design = drawn_rows(first, second, probabilities=probabilities, population=population, clusters=clusters)
        first, second = [row[0] for row in rows], [row[1] for row in rows]
    else:
        design = None
    table = kappa_table(first, second, categories)
    if isinstance(table, Estimate):
        return table
    distances = label_distances(table.categories, weights, are_ordered=categories is not None)
    if design is not None:
        codes = {name: position for position, name in enumerate(table.categories)}
        cells = np.array([[codes[one] for one in first], [codes[other] for other in second]])
        return sampled_kappa(cells, distances, design, confidence)
    value, variance = kappa_and_variance(table, distances)
    # A variance of exactly 0 comes out as 1e-17 or -1e-17.
    if variance < 1e-12:
        return Estimate(value, _interval_without_variance(table, distances, value, confidence), table.n)
    return Estimate(value, normal_interval(value, variance, confidence).within(-1.0, 1.0), table.n)


def kappa_table(first: Labels, second: Labels, categories: Sequence[Hashable] | None) -> Confusion | Estimate:
    """The table of the images that both raters labelled, or the reason that there is no kappa of them."""
    found, names = label_pairs(first, second, categories)
    if not found:
        return Estimate.none(0, NO_ROWS)
    if len({label for pair in found for label in pair}) == 1:
        return Estimate.none(found.total(), ALL_ALIKE)
    if why := too_many_labels(names):
        return Estimate.none(found.total(), why)
    return table_of(found, names)


def label_distances(
    categories: Sequence[Hashable], weights: Weights | None, *, are_ordered: bool
) -> "NDArray[np.float64]":
    """A square matrix, 0 for equal labels to 1 for the farthest apart; needs at least two categories.

    Raises:
        ValueError: names without an order, or numbers too close to tell apart.
    """
    import numpy as np

    if weights is None:
        return 1 - np.eye(len(categories))
    places = np.array(scale(categories, are_given=are_ordered))
    distances = np.abs(places[:, None] - places) ** (2 if weights == "quadratic" else 1)
    if not distances.max() > 0:
        raise ValueError(f"expected labels at different distances, found {shown(list(categories))}")
    return np.asarray(distances / distances.max(), dtype=np.float64)


def kappa_and_variance(table: Confusion, distances: "NDArray[np.float64]") -> tuple[float, float]:
    """Kappa and its large-sample variance, for a table with at least two categories in use."""
    import numpy as np
    from statsmodels.stats.inter_rater import cohens_kappa

    with np.errstate(invalid="ignore", divide="ignore"):  # from the test of no agreement, which is not used here
        found = cohens_kappa(np.array(table.counts), weights=distances)
    return float(np.clip(found.kappa, -1, 1)), float(found.var_kappa)


def _interval_without_variance(
    table: Confusion, distances: "NDArray[np.float64]", value: float, confidence: float
) -> Interval:
    import numpy as np

    closeness = 1 - distances
    expected = np.outer(table.first_totals, table.second_totals) / table.n**2
    chance = float((closeness * expected).sum())
    bounds = wilson_interval(float((closeness * np.array(table.counts)).sum()), table.n, confidence=confidence)
    assert bounds is not None  # noqa: S101  # there are rows
    low, high = ((bound - chance) / (1 - chance) for bound in (bounds.low, bounds.high))
    return Interval(min(low, value), max(high, value)).within(-1.0, 1.0)
