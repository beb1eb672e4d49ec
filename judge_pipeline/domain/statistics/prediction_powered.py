"""PPI++: a mean of people's labels on some images, made more precise by the judge's labels on all."""

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from typing import Any

from judge_pipeline.domain.statistics.arguments import is_within, number, shown
from judge_pipeline.domain.statistics.columns import Labels, Numbers, is_missing, numbers, rows_of
from judge_pipeline.domain.statistics.corrected_mean import (
    endless_mean,
    finite_mean,
    gain,
    smoothed_estimate,
    student_estimate,
)
from judge_pipeline.domain.statistics.estimate import (
    CONFIDENCE,
    Estimate,
    check_confidence,
)
from judge_pipeline.domain.statistics.sampling_design import drawn_rows
from judge_pipeline.domain.statistics.verdict import Verdicts, read_verdict, read_verdicts
from judge_pipeline.domain.statistics.win_rate import win_rates

TOO_FEW = "fewer than two images are labelled by people"


@dataclass(frozen=True, slots=True)
class PredictionPowered:
    """`corrected` is the estimate, `people_alone` the one from the labelled images without the judge.

    `trust` is λ: 0 ignores the judge, 1 uses it fully. `gain` is how many labelled images people alone would have needed
    for the same variance, drawn with equal probabilities, over how many there are; None where it is undefined.
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
    probabilities: Numbers | None = None,
    clusters: Labels | None = None,
    trust: float | None = None,
    confidence: float = CONFIDENCE,
) -> PredictionPowered:
    """The mean that people's labels would have over endlessly many images, from n labelled and N unlabelled ones.

    mean(Y) + λ (mean of f over the unlabelled - mean of f over the labelled), with variance
    Var(Y - λf) / n + λ² Var(f) / N. The interval is Student's with n - 1 degrees of freedom; the paper's normal one is too
    narrow for a few dozen labels, and the same for many. Without `trust`, λ = Cov(Y, f) / ((1 + n/N) Var(f)), the value of
    least variance, limited to 0 to 1; with a constant judge or no unlabelled images it is 0.

    It is valid for any judge, good or bad, if the labelled images are **a random sample of all**. The images that people
    find interesting first are not.

    With `probabilities`, with which the labelled ones were drawn, the n + N images are all there are: see `ppi_win_rate`.

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
    _check_trust(trust)
    rest, judged_all = numbers(judge_unlabelled), numbers(judge_labelled)
    population = None if probabilities is None else len(judged_all) + len(rest)
    rows, design = drawn_rows(
        people, judge_labelled, probabilities=probabilities, population=population, clusters=clusters
    )
    labels, judged = np.array([list(map(number, row)) for row in rows], dtype=np.float64).reshape(-1, 2).T
    n = design.n
    if n < 2 and not design.is_census:
        none = Estimate.none(n, TOO_FEW)
        return PredictionPowered(none, none, 0.0, n, len(rest), None)
    found, alone = (
        endless_mean(labels, judged, np.array(rest), weight, design)
        if population is None
        else finite_mean(labels, judged, np.array(judged_all + rest), weight, design)
        for weight in (trust, 0.0)
    )
    corrected, people_alone = (student_estimate(each, design, confidence) for each in (found, alone))
    return PredictionPowered(
        corrected, people_alone, found.trust, n, len(rest), gain(labels, design, found, population)
    )


def ppi_win_rate(
    people: Verdicts,
    judge: Verdicts | Numbers,
    *,
    probabilities: Numbers | None = None,
    clusters: Labels | None = None,
    trust: float | None = None,
    confidence: float = CONFIDENCE,
) -> PredictionPowered:
    """The first contestant's win rate with ties halved, as people would find it over all these images.

    A row is an image. People's verdicts are 1 for the first contestant, 0 for the second, 1/2 for a tie; an image is labelled
    if they have one. The judge's column holds verdicts, or predictions from 0 to 1 (see `graded_predictions`). Without an
    opinion it is taken to predict 1/2, with or without a label: PPI++ is valid for any fixed prediction, and leaving those
    images out would change the population.

    With `probabilities`, the rows are all images there are, and labelled ones were drawn with these inclusion probabilities π (a
    label without one is not in the sample). The estimate is the difference estimator: the mean of λf over all images plus
    Hájek's mean of Y - λf over the drawn ones, whose variance is that of `sampled_mean`; λ is the value of least variance in
    this design, limited to 0 to 1. If every image is labelled it is exact. Without `probabilities` see `ppi_mean`: the images
    are a random sample of endlessly many.

    The interval adds two labels, one for each contestant, on images on which the judge predicts its average, as Agresti and
    Coull do for a share: labels that are nearly all alike, or a judge that has not erred yet, leave some doubt. Student's
    quantile has n - 1 degrees of freedom, fewer with `clusters` or with very unequal probabilities. Value and interval are cut
    at 0 and 1.

    Sources: PPI++ as in `ppi_mean`; C. M. Cassel, C.-E. Särndal and J. H. Wretman, Some results on generalized difference
    estimation and generalized regression estimation for finite populations, Biometrika 63 (1976), 615-620; T. Zrnic and
    E. J. Candès, Active statistical inference, arXiv:2403.03208 (2024); A. Fisch et al., Stratified prediction-powered inference,
    arXiv:2406.04291 (2024); interval: A. Agresti and B. A. Coull, Approximate is better than "exact" for interval estimation of
    binomial proportions, American Statistician 52 (1998), 119-126; for differences, A. Agresti and B. Caffo, American
    Statistician 54 (2000), 280-288.

    Raises:
        ValueError: columns of different lengths, a value that is not a verdict or a prediction, a trust outside 0 to 1, or as
            `drawn_rows`.
    """
    import numpy as np

    check_confidence(confidence)
    _check_trust(trust)
    verdicts = read_verdicts(people)
    points = [verdict.points for verdict in verdicts]
    rows = rows_of(points, predicted_points(judge))
    predictions = np.array([row[1] for row in rows], dtype=np.float64)
    drawn, design = drawn_rows(
        points,
        predictions,
        probabilities=probabilities,
        population=None if probabilities is None else len(rows),
        clusters=clusters,
    )
    labels, judged = np.array(drawn, dtype=np.float64).reshape(-1, 2).T
    n, population = len(labels), None if probabilities is None else len(rows)
    alone = win_rates(
        verdicts, probabilities=probabilities, population=population, clusters=clusters, confidence=confidence
    ).first_with_ties_half
    if n < 2 and not design.is_census:
        return PredictionPowered(Estimate.none(n, TOO_FEW), alone, 0.0, n, len(rows) - n, None)
    if probabilities is None:
        rest = np.array([row[1] for row in rows if row[0] is None], dtype=np.float64)
        found = endless_mean(labels, judged, rest, trust, design)
    else:
        found = finite_mean(labels, judged, predictions, trust, design)
    corrected = smoothed_estimate(found, design, confidence)
    worth = gain(labels, design, found, population)
    return PredictionPowered(corrected, alone, found.trust, n, len(rows) - n, worth)


def predicted_points(judge: Verdicts | Numbers) -> list[float]:
    """Each row's prediction: as given, or the points of a verdict; 1/2 without an opinion.

    Raises:
        ValueError: neither a verdict nor a number from 0 to 1.
    """
    return [_predicted(value) for value in _values(judge)]


def _values(column: Iterable[Any]) -> list[Any]:
    return [value for (value,) in rows_of(column)]


def _predicted(value: Any) -> float:
    if not isinstance(value, str | bool) and isinstance(value, Real) and not is_missing(value):
        if not is_within(value, 0, 1):
            raise ValueError(f"expected predictions from 0 to 1, found {shown(value)}")
        return float(value)
    points = read_verdict(value).points
    return 0.5 if points is None else points


def _check_trust(trust: float | None) -> None:
    if trust is not None and not is_within(trust, 0, 1):
        raise ValueError(f"expected a trust from 0, people alone, to 1, the judge in full, found {shown(trust)}")
