"""How many labels it takes until an interval is narrow enough."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from judge_pipeline.domain.statistics.arguments import MOST, check_count, check_option, is_within, shown
from judge_pipeline.domain.statistics.columns import Labels
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, check_confidence, normal_quantile
from judge_pipeline.domain.statistics.kappa import Weights, kappa_and_variance, kappa_table, label_distances


@dataclass(frozen=True, slots=True)
class LabelsNeeded:
    """`total` labelled images, of which `have` exist; None, with the reason in `undefined`, if it cannot be computed."""

    total: int | None
    have: int = 0
    undefined: str | None = None

    @property
    def more(self) -> int | None:
        """How many are missing."""
        return None if self.total is None else max(0, self.total - self.have)


def labels_for_share(
    half_width: float, *, share: float = 0.5, have: int = 0, confidence: float = CONFIDENCE
) -> LabelsNeeded:
    """Until Wilson's interval of a share extends at most `half_width` to either side of its centre.

    The larger root n of h²(n + z²)² = z²(p(1 - p)n + z²/4), derived from Wilson's formula. The default of one half takes the
    most labels. A win rate needs decided images, an agreement images that both raters labelled.

    Raises:
        ValueError: a half width that is not between 0 and 0.5, or a share that is not between 0 and 1.
    """
    _check_half_width(half_width, 0.5)
    check_count("have", have)
    if not is_within(share, 0, 1):
        raise ValueError(f"expected a share between 0 and 1, found {shown(share)}")
    z2, h2 = normal_quantile(confidence) ** 2, max(half_width**2, 1e-200)  # any less is out of reach anyway
    b = 2 * h2 * z2 - z2 * share * (1 - share)
    root = (-b + sqrt(max(b**2 - 4 * h2 * z2**2 * (h2 - 0.25), 0.0))) / (2 * h2)
    return _needed(root, have, half_width, least=1)


def labels_for_kappa(
    first: Labels,
    second: Labels,
    half_width: float,
    *,
    weights: Weights | None = None,
    categories: Sequence[Hashable] | None = None,
    confidence: float = CONFIDENCE,
) -> LabelsNeeded:
    """Until kappa's interval extends at most `half_width`, if future labels are like the present ones.

    z² σ² / h², with σ²/n the large-sample variance of `cohen_kappa` in these n labels; rough if n is small.

    Undefined where kappa is, if its variance in these labels is 0, and if it takes more than 2^53 labels.

    Raises:
        ValueError: a half width that is not between 0 and 1, or as `cohen_kappa`.
    """
    _check_half_width(half_width, 1.0)
    check_confidence(confidence)
    check_option("weights", weights, Weights, optional=True)
    table = kappa_table(first, second, categories)
    if isinstance(table, Estimate):
        return LabelsNeeded(None, table.n, table.undefined)
    distances = label_distances(table.categories, weights, are_ordered=categories is not None)
    _, variance = kappa_and_variance(table, distances)
    if variance < 1e-12:
        return LabelsNeeded(
            None, table.n, "these labels agree fully or one rater has a single one: they show no variance"
        )
    total = normal_quantile(confidence) ** 2 * table.n * variance / max(half_width**2, 1e-200)
    return _needed(total, table.n, half_width)


def labels_for_estimate(estimate: Estimate, half_width: float) -> LabelsNeeded:
    """Until the interval of any estimate is 2 `half_width` wide, as widths shrink with the square root of n; rough if n is small.

    Too low if the interval is cut at the end of its scale.

    Raises:
        ValueError: a half width that is not above 0.
    """
    _check_half_width(half_width, float("inf"))
    if not isinstance(estimate, Estimate):
        raise ValueError(f"expected an Estimate with its interval, found {shown(estimate)}")  # noqa: TRY004  # as all others
    if estimate.interval is None:
        return LabelsNeeded(None, estimate.n, estimate.undefined)
    ratio = min(estimate.interval.width / 2 / half_width, 1e100)
    return _needed(estimate.n * ratio**2, estimate.n, half_width)


def _needed(total: float, have: int, half_width: float, *, least: int = 0) -> LabelsNeeded:
    if total > MOST:
        return LabelsNeeded(None, have, f"a half width of {half_width:g} takes more labels than anyone can give")
    return LabelsNeeded(max(least, ceil(total - 1e-9)), have)


def _check_half_width(half_width: float, most: float) -> None:
    if not (is_within(half_width, 0, most) and 0 < half_width < most):
        raise ValueError(f"expected a half width between 0 and {most}, such as 0.05, found {shown(half_width)}")
