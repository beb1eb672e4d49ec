"""PPI++: a mean of people's labels on some images, made more precise by the judge's labels on all."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from judge_pipeline.domain.statistics.arguments import is_within, shown
from judge_pipeline.domain.statistics.columns import Numbers, numbers, paired_numbers, rows_of
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, check_confidence, student_interval
from judge_pipeline.domain.statistics.verdict import Verdict, Verdicts, read_verdicts
from judge_pipeline.domain.statistics.win_rate import win_rates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PredictionPowered:
    """`corrected` is the estimate, `people_alone` the one from the labelled images without the judge.

    `trust` is λ: 0 ignores the judge, 1 uses it fully. `gain` is how many labelled images people alone would
    have needed for the same variance, over how many there are; at least 1 in large samples, None where it is undefined.
    """

    corrected: Estimate
    people_alone: Estimate
    trust: float
    labelled: int
    unlabelled: int
    gain: float | None


def ppi_mean(
    people: Numbers,
    judge_labelled: Numbers,
    judge_unlabelled: Numbers,
    *,
    trust: float | None = None,
    confidence: float = CONFIDENCE,
) -> PredictionPowered:
    """The mean that people's labels would have over all images, from n labelled and N unlabelled ones.

    mean(Y) + λ (mean of f over the unlabelled - mean of f over the labelled), with variance
    Var(Y - λf) / n + λ² Var(f) / N. The interval is Student's with n - 1 degrees of freedom; the paper's normal one is too
    narrow for a few dozen labels, and the same for many. Without `trust`, λ = Cov(Y, f) / ((1 + n/N) Var(f)), the value of
    least variance, limited to 0 to 1; with a constant judge or no unlabelled images it is 0.

    It is valid for any judge, good or bad, if the labelled images are **a random sample of all**. The images that people
    find interesting first are not.

    Labelled images without a judge's value are left out. Undefined for fewer than two; the interval also if all corrected
    labels are alike.

    Source: A. N. Angelopoulos, J. C. Duchi and T. Zrnic, PPI++: efficient prediction-powered inference,
    arXiv:2311.01453 (2023), with its power tuning; first in A. N. Angelopoulos et al., Prediction-powered
    inference, Science 382 (2023), 669-674.

    Raises:
        ValueError: `people` and `judge_labelled` of different lengths, a trust outside 0 to 1, or a value that is not
            a finite number.
    """
    import numpy as np

    check_confidence(confidence)
    if trust is not None and not is_within(trust, 0, 1):
        raise ValueError(f"expected a trust from 0, people alone, to 1, the judge in full, found {shown(trust)}")
    rows = np.array(paired_numbers(people, judge_labelled), dtype=np.float64).reshape(-1, 2)
    labels, judged = rows[:, 0], rows[:, 1]
    rest = np.array(numbers(judge_unlabelled), dtype=np.float64)
    n = len(labels)
    if n < 2:
        none = Estimate.none(n, "fewer than two images are labelled by people")
        return PredictionPowered(none, none, 0.0, n, len(rest), None)
    if len(rest) < 2:
        trust = 0.0
    tuned = _tuned_trust(labels, judged, rest) if trust is None else trust
    value, variance = labels.mean(), labels.var(ddof=1) / n
    people_alone = _estimate(float(value), float(variance), n, confidence)
    if tuned:
        value = value + tuned * (rest.mean() - judged.mean())
        variance = (labels - tuned * judged).var(ddof=1) / n + tuned**2 * rest.var(ddof=1) / len(rest)
    corrected = _estimate(float(value), float(variance), n, confidence)
    gain = float(labels.var(ddof=1) / n / variance) if corrected.interval and people_alone.interval else None
    return PredictionPowered(corrected, people_alone, float(tuned), n, len(rest), gain)


def ppi_win_rate(
    people: Verdicts, judge: Verdicts, *, trust: float | None = None, confidence: float = CONFIDENCE
) -> PredictionPowered:
    """The first contestant's win rate with ties halved, as people would find it over all these images.

    Verdicts are 1 for the first contestant, 0 for the second, 1/2 for a tie. A row is an image, in both columns; it is
    labelled if people have an opinion. If the judge has none, it is taken to predict 1/2: PPI++ is valid for any fixed
    prediction, and leaving those images out would change the population. Value and interval are cut at 0 and 1.
    `people_alone` is the same as `WinRates.first_with_ties_half`. See `ppi_mean` for the formula, the source and the assumptions.

    Raises:
        ValueError: columns of different lengths, or a value that is not a verdict.
    """
    people_read = read_verdicts(people)
    rows = rows_of(
        [verdict.points for verdict in people_read], [_predicted(verdict) for verdict in read_verdicts(judge)]
    )
    found = ppi_mean(
        [labelled for labelled, _ in rows],
        [predicted for _, predicted in rows],
        [predicted for labelled, predicted in rows if labelled is None],
        trust=trust,
        confidence=confidence,
    )
    return replace(
        found,
        corrected=_between_0_and_1(found.corrected),
        people_alone=win_rates(people_read, confidence=confidence).first_with_ties_half,
    )


def _between_0_and_1(estimate: Estimate) -> Estimate:
    if estimate.value is None:
        return estimate
    interval = estimate.interval.within(0.0, 1.0) if estimate.interval else None
    return replace(estimate, value=min(max(estimate.value, 0.0), 1.0), interval=interval)


def _predicted(verdict: Verdict) -> float:
    return 0.5 if verdict.points is None else verdict.points


def _tuned_trust(labels: "NDArray[np.float64]", judged: "NDArray[np.float64]", rest: "NDArray[np.float64]") -> float:
    """The λ of least variance, with Var(f) over labelled and unlabelled images together."""
    import numpy as np

    spread = float(np.concatenate([judged, rest]).var(ddof=1))
    if spread == 0:
        return 0.0
    covariance = float(np.cov(labels, judged)[0, 1])
    return min(max(covariance / ((1 + len(labels) / len(rest)) * spread), 0.0), 1.0)


def _estimate(value: float, variance: float, n: int, confidence: float) -> Estimate:
    # Labels that the judge matches exactly leave rounding errors of 1e-34 instead of 0.
    if variance < 1e-20:
        return Estimate(value, None, n, "the interval: the labels of people have no spread")
    return Estimate(value, student_interval(value, variance, n - 1, confidence), n)
