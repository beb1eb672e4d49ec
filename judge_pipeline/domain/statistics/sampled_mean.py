"""Means and shares of all images, from some that were drawn with known probabilities."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from judge_pipeline.domain.statistics.arguments import number
from judge_pipeline.domain.statistics.columns import Labels, Numbers
from judge_pipeline.domain.statistics.estimate import (
    CONFIDENCE,
    Estimate,
    Interval,
    check_confidence,
    normal_quantile,
    student_interval,
)
from judge_pipeline.domain.statistics.sampling_design import Design, drawn_rows
from judge_pipeline.domain.statistics.share import wilson_bounds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NO_IMAGE = "no image has a value"


class MeanAndVariance(NamedTuple):
    """A mean with its variance, the squared standard error, its degrees of freedom and the number of images."""

    value: float
    variance: float
    freedom: float
    n: int


def mean_and_variance(values: "NDArray[np.float64]", design: Design) -> MeanAndVariance:
    """Hájek's mean and its variance, see `sampled_mean`; with `design.no_spread` the variance is 0 and says nothing."""
    mean = design.mean(values)
    return MeanAndVariance(mean, design.variance(values - mean), design.freedom, design.n)


def sampled_mean(
    values: Numbers,
    *,
    probabilities: Numbers | None = None,
    population: int | None = None,
    clusters: Labels | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """The mean over all images, from some that were each drawn with a known inclusion probability π.

    Hájek's Σ(y/π) / Σ(1/π) with the variance n/(n - 1) Σ (1 - π) (w (y - mean))², w = (1/π) / Σ(1/π), of Poisson and of
    sequential Poisson sampling. For equal π = n/N it is the textbook's (1 - n/N) s²/n; where every image was drawn it is 0: a
    census has an interval without width. Without `probabilities` and `population` it is Student's interval.

    With `clusters`, the terms are summed within each cluster before they are squared, with G/(G - 1) and G - 1 degrees of
    freedom: images of one scene may be alike. Such an interval holds for whole scenes that were drawn, and for scenes like these;
    it is wider than needed for images drawn one by one from a finite project. See `drawn_rows` for rows that are left out.

    Undefined without rows; the interval also for one image or cluster, and if all values are alike, unless it is a census.

    Sources: J. Hájek, Asymptotic theory of rejective sampling, Annals of Mathematical Statistics 35 (1964), 1491-1523;
    C.-E. Särndal, B. Swensson and J. Wretman, Model Assisted Survey Sampling (1992), chapters 2.8, 3.5 and 5.7; E. Ohlsson,
    Sequential Poisson sampling, Journal of Official Statistics 14 (1998), 149-162; N. Duffield, C. Lund and M. Thorup,
    Priority sampling, Journal of the ACM 54 (2007), no. 32; clusters: K.-Y. Liang and S. L. Zeger, Longitudinal data
    analysis using generalized linear models, Biometrika 73 (1986), 13-22.

    Raises:
        ValueError: a value that is not a finite number, or as `drawn_rows`.
    """
    import numpy as np

    check_confidence(confidence)
    rows, design = drawn_rows(values, probabilities=probabilities, population=population, clusters=clusters)
    if not rows:
        return Estimate.none(0, NO_IMAGE)
    return mean_estimate(mean_and_variance(np.array([number(row[0]) for row in rows]), design), design, confidence)


def mean_estimate(found: MeanAndVariance, design: Design, confidence: float) -> Estimate:
    """The mean with Student's interval, or why it has none."""
    if design.is_census:
        return Estimate(found.value, Interval(found.value, found.value), found.n)
    # Rounding leaves 1e-34 instead of 0.
    if (why := design.no_spread) or found.variance <= 1e-20 * max(1.0, found.value**2):
        return Estimate(found.value, None, found.n, f"the interval: {why or 'all values are alike'}")
    return Estimate(found.value, student_interval(found.value, found.variance, found.freedom, confidence), found.n)


def sampled_share(
    holds: Iterable[Any],
    *,
    probabilities: Numbers | None = None,
    population: int | None = None,
    clusters: Labels | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """The share of all images for which `holds` is True, from some that were drawn; None leaves an image out.

    The value is that of `sampled_mean`. The interval is Wilson's for the effective sample size n* = p(1 - p) / v, v being the
    variance without its factor n/(n - 1), times the squared ratio of Student's quantiles with n - 1 and the design's degrees of
    freedom; see `Design.effective_size` for few images. For equal and small probabilities it is Wilson's; in a census it has no
    width.

    Sources: E. L. Korn and B. I. Graubard, Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data, Survey Methodology 24 (1998), 193-201; Wilson in the place of Clopper and Pearson: C. Franco,
    R. J. A. Little, T. A. Louis and E. V. Slud, Comparative study of confidence intervals for proportions in complex sample
    surveys, Journal of Survey Statistics and Methodology 7 (2019), 334-364.

    Raises:
        ValueError: as `drawn_rows`.
    """
    check_confidence(confidence)
    rows, design = drawn_rows(holds, probabilities=probabilities, population=population, clusters=clusters)
    return share_estimate([bool(row[0]) for row in rows], design, confidence)


def share_estimate(holds: list[bool], design: Design, confidence: float) -> Estimate:
    """As `sampled_share`, of rows that are read."""
    import numpy as np

    if not holds:
        return Estimate.none(0, NO_IMAGE)
    flags = np.array(holds, dtype=np.float64)
    value = min(design.mean(flags), 1.0)
    if all(holds) or not any(holds):
        value = float(holds[0])
    if design.is_census:
        return Estimate(value, Interval(value, value), design.n)
    size = design.effective_size(flags - value, confidence)
    return Estimate(value, wilson_bounds(value, size, normal_quantile(confidence)), design.n)
