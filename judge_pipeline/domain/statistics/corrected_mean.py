"""A mean corrected by predictions for all: its value and variance, its interval, and how many labels it saves."""

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from judge_pipeline.domain.statistics.estimate import Estimate, Interval, student_interval
from judge_pipeline.domain.statistics.sampling_design import Design

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROUNDING = 1e-20
"""Variances below are 0: labels that the judge matches exactly leave rounding errors of 1e-34."""


class CorrectedMean(NamedTuple):
    """A corrected mean; its variance is `of_labels`, from the choice of the labelled images, plus `of_judge`."""

    value: float
    of_labels: float
    of_judge: float
    trust: float

    @property
    def variance(self) -> float:
        """The squared standard error."""
        return self.of_labels + self.of_judge


def endless_mean(
    labels: "NDArray[np.float64]",
    judged: "NDArray[np.float64]",
    rest: "NDArray[np.float64]",
    trust: float | None,
    design: Design,
) -> CorrectedMean:
    """Of endlessly many images, from labelled ones and the `rest`, which have a prediction only."""
    if len(rest) < 2:
        trust = 0.0
    tuned = _tuned_trust(labels, judged, rest) if trust is None else trust
    residuals = labels - tuned * judged
    value = residuals.mean() + (tuned * rest.mean() if tuned else 0.0)
    of_judge = tuned**2 * rest.var(ddof=1) / len(rest) if tuned else 0.0
    return CorrectedMean(float(value), design.variance(residuals - residuals.mean()), float(of_judge), float(tuned))


def finite_mean(
    labels: "NDArray[np.float64]",
    judged: "NDArray[np.float64]",
    predictions: "NDArray[np.float64]",
    trust: float | None,
    design: Design,
) -> CorrectedMean:
    """Of all images, which have these `predictions`, from the drawn ones.

    The λ of least variance is Cov / Var in this design; (V(y + f) - V(y - f)) / 4 is a covariance.
    """
    moves, judge_moves = labels - design.mean(labels), judged - design.mean(judged)
    if trust is None:
        spread = design.variance(judge_moves)
        common = (design.variance(moves + judge_moves) - design.variance(moves - judge_moves)) / 4
        trust = min(max(common / spread, 0.0), 1.0) if spread > ROUNDING else 0.0
    value = design.mean(labels) + trust * (float(predictions.mean()) - design.mean(judged))
    return CorrectedMean(value, design.variance(moves - trust * judge_moves), 0.0, float(trust))


def _tuned_trust(labels: "NDArray[np.float64]", judged: "NDArray[np.float64]", rest: "NDArray[np.float64]") -> float:
    """The λ of least variance, with Var(f) over labelled and unlabelled images together."""
    import numpy as np

    spread = float(np.concatenate([judged, rest]).var(ddof=1))
    if spread == 0:
        return 0.0
    covariance = float(np.cov(labels, judged)[0, 1])
    return min(max(covariance / ((1 + len(labels) / len(rest)) * spread), 0.0), 1.0)


def student_estimate(found: CorrectedMean, design: Design, confidence: float) -> Estimate:
    """The mean with Student's interval, or why it has none."""
    if design.is_census:
        return Estimate(found.value, Interval(found.value, found.value), design.n)
    if found.variance < ROUNDING:
        why = design.no_spread or "the labels of people have no spread"
        return Estimate(found.value, None, design.n, f"the interval: {why}")
    return Estimate(found.value, student_interval(found.value, found.variance, design.freedom, confidence), design.n)


def smoothed_estimate(found: CorrectedMean, design: Design, confidence: float) -> Estimate:
    """The interval with two labels added, one for each contestant. Their weight is that of an average image, 1/n without clusters.

    In a finite project only the unseen part of the images is in doubt, so that a census stays exact.
    """
    import numpy as np

    value = min(max(found.value, 0.0), 1.0)
    if design.is_census:
        return Estimate(value, Interval(value, value), design.n)
    if design.no_spread:
        return Estimate(value, None, design.n, f"the interval: {design.no_spread}")
    one = np.ones(design.n)
    shrunk = (design.units - 1) / design.units
    weight = replace(design, unseen=one).variance(one) * shrunk
    unseen = design.variance(one) * shrunk / weight
    middle = (value + weight) / (1 + 2 * weight)
    doubt = weight * (value - middle) ** 2 + weight**2 * ((1 - middle) ** 2 + middle**2)
    variance = (found.of_labels * shrunk + unseen * doubt) / (1 + 2 * weight) ** 2 + found.of_judge
    wide = student_interval(value + unseen * (middle - value), variance, design.freedom, confidence)
    interval = Interval(min(wide.low, value), max(wide.high, value)).within(0.0, 1.0)
    return Estimate(value, interval, design.n)


def gain(
    labels: "NDArray[np.float64]", design: Design, found: CorrectedMean, population: int | None = None
) -> float | None:
    """How many labels drawn alike have this variance as (1/n - 1/N) Var(Y), over how many there are.

    A tuned λ costs a few labels: the factor (n - 1) / (n - 3) is that of a regression estimate (Cochran 1977, section 7.7).
    """
    n = design.n
    if n < 4 or design.no_spread or found.variance < ROUNDING:
        return None
    spread = design.mean((labels - design.mean(labels)) ** 2) * n / (n - 1)
    variance = found.variance * ((n - 1) / (n - 3) if found.trust else 1.0)
    return spread / (variance + (spread / population if population else 0.0)) / n if spread > ROUNDING else None
