"""Length and style control: the win rate that would be left if both captions had the same length and style."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judge_pipeline.domain.statistics.arguments import number
from judge_pipeline.domain.statistics.columns import Labels, Numbers, is_missing, rows_of
from judge_pipeline.domain.statistics.estimate import (
    CONFIDENCE,
    Estimate,
    Interval,
    check_confidence,
    student_interval,
)
from judge_pipeline.domain.statistics.sampling_design import Design, drawn_rows
from judge_pipeline.domain.statistics.verdict import Verdicts, read_verdicts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_ON_EACH_SIDE = 5
"""Pairs whose difference is 0 or more, and as many with 0 or less: equality must lie within the data, not beyond them."""

CHOICES_PER_DIFFERENCE = 10
"""Of the rarer choice. With fewer, logistic regression is biased: P. Peduzzi et al., A simulation study of the number of events
per variable in logistic regression analysis, Journal of Clinical Epidemiology 49 (1996), 1373-1379."""

STEPS = 50
"""Newton's; a fit that exists takes about ten."""


@dataclass(frozen=True, slots=True)
class ControlledWinRate:
    """`controlled` is the first contestant's win rate at differences of 0, `as_they_are` the one without control, ties half.

    Both are of the same images. `effects` are the coefficients by difference: by how much the log-odds of the first
    contestant rise with a difference of 1.
    """

    controlled: Estimate
    as_they_are: float | None
    effects: Mapping[str, Estimate]


def length_differences(first: Numbers, second: Numbers) -> list[float | None]:
    """AlpacaEval's tanh((a - b) / s), s being the standard deviation of all a - b; None where one is missing.

    From -1 to 1, and nearly linear for differences below s. With no spread it is 0 for equal lengths, or else the sign.

    Raises:
        ValueError: columns of different lengths, or a value that is not a finite number.
    """
    import numpy as np

    found = [
        None if is_missing(one) or is_missing(other) else number(one) - number(other)
        for one, other in rows_of(first, second)
    ]
    known = np.array([each for each in found if each is not None])
    deviation = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    return [None if each is None else _squashed(each, deviation) for each in found]


def count_differences(first: Numbers, second: Numbers) -> list[float | None]:
    """LMArena's (a - b) / (a + b) of two counts, such as list items; 0 where both are 0, None where one is missing.

    Raises:
        ValueError: columns of different lengths, or a count that is negative or not a finite number.
    """
    return [
        None if is_missing(one) or is_missing(other) else _relative(number(one), number(other))
        for one, other in rows_of(first, second)
    ]


def controlled_win_rate(
    choices: Verdicts,
    differences: Mapping[str, Numbers],
    *,
    probabilities: Numbers | None = None,
    population: int | None = None,
    clusters: Labels | None = None,
    confidence: float = CONFIDENCE,
) -> ControlledWinRate:
    """The first contestant's win rate if the pair did not differ in any of `differences`, columns by name.

    Logistic regression of the choices (ties half) on the differences; the win rate is the logistic function of the intercept. Its
    interval is Student's for the log-odds, with the robust variance for images that were drawn, see `sampled_mean`. It is
    AlpacaEval 2's model for one pair, without the instructions' difficulty, which takes many contestants to estimate, and
    without its penalty. It assumes that a difference has the same effect on the log-odds for both captioners; better captions may be
    longer for good reasons, and control takes that away too.

    Undefined if the data do not identify it: a contestant that is (nearly) always ahead in a difference, so that equality
    lies beyond the data; too few choices; choices that a difference predicts without fail; differences that go together.
    A difference that is 0 throughout is left out.

    Sources: Y. Dubois, B. Galambosi, P. Liang and T. B. Hashimoto, Length-controlled AlpacaEval, arXiv:2404.04475 (2024);
    style: T. Li, A. Angelopoulos and W.-L. Chiang, Does style matter? Disentangling style and substance in Chatbot Arena
    (LMSYS, 2024); ties half: L. E. Papke and J. M. Wooldridge, Econometric methods for fractional response variables, Journal
    of Applied Econometrics 11 (1996), 619-632.

    Raises:
        ValueError: columns of different lengths, a value that is not a verdict or not a finite number, no differences, or
            as `drawn_rows`.
    """
    import numpy as np

    check_confidence(confidence)
    if not isinstance(differences, Mapping) or not differences:
        raise ValueError("expected columns of differences by name, such as {'length': [...]}, found none")
    rows, design = drawn_rows(
        [verdict.points for verdict in read_verdicts(choices)],
        *differences.values(),
        probabilities=probabilities,
        population=population,
        clusters=clusters,
    )
    table = np.array([tuple(map(number, row)) for row in rows], dtype=np.float64).reshape(-1, 1 + len(differences))
    points, columns = table[:, 0], dict(zip(differences, table[:, 1:].T, strict=True))
    columns = {name: column for name, column in columns.items() if column.any()}
    as_they_are = min(design.mean(points), 1.0) if rows else None
    fit = _why_not(points, columns) or _fit(points, columns, design)
    if isinstance(fit, str):
        return ControlledWinRate(Estimate.none(len(rows), fit), as_they_are, {})
    intercept, *effects = [_coefficient(fit, each, design, confidence) for each in range(1 + len(columns))]
    return ControlledWinRate(_as_rate(intercept), as_they_are, dict(zip(columns, effects, strict=True)))


@dataclass(frozen=True, slots=True)
class _Fit:
    """Coefficients, the intercept first, and how much each image contributes to each: images x coefficients."""

    coefficients: "NDArray[np.float64]"
    influences: "NDArray[np.float64]"


def _why_not(points: "NDArray[np.float64]", columns: "Mapping[str, NDArray[np.float64]]") -> str | None:
    """Why there is no controlled win rate, as far as can be seen before the fit."""
    least = CHOICES_PER_DIFFERENCE * max(1, len(columns))
    if (rarer := min(points.sum(), len(points) - points.sum())) < least:
        return f"it takes at least {least} choices for either captioner, ties half, and one of them has {rarer:g}"
    for name, column in columns.items():
        ahead, behind = int((column >= 0).sum()), int((column <= 0).sum())
        if min(ahead, behind) < LEAST_ON_EACH_SIDE:
            return (
                f"the difference in {name} has the same sign in all but {min(ahead, behind)} of {len(column)} pairs, so the "
                f"effects of the captioner and of {name} cannot be told apart"
            )
    return None


def _fit(points: "NDArray[np.float64]", columns: "Mapping[str, NDArray[np.float64]]", design: Design) -> "_Fit | str":
    """Newton's method; the likelihood is concave, so a fit that exists is found."""
    import numpy as np

    predictors = np.column_stack([np.ones_like(points), *columns.values()])
    weights = design.weights / design.n
    if np.linalg.matrix_rank(predictors) < predictors.shape[1]:
        return f"the differences in {', '.join(columns)} go together, so their effects cannot be told apart"
    coefficients, likelihood = np.zeros(predictors.shape[1]), -np.inf
    step = np.zeros_like(coefficients)
    for _ in range(STEPS):
        scores = predictors @ (coefficients + step)
        reached = float(weights @ (points * scores - np.logaddexp(0, scores)))
        if reached < likelihood - 1e-12:
            step /= 2
            continue
        coefficients, likelihood = coefficients + step, reached
        rates = 1 / (1 + np.exp(-np.clip(scores, -700, 700)))
        information = (predictors * (weights * rates * (1 - rates))[:, None]).T @ predictors
        if np.linalg.cond(information) > 1e12:
            break
        residuals = predictors * (points - rates)[:, None]
        step = np.linalg.solve(information, weights @ residuals)
        if np.abs(step).max() < 1e-9:
            return _Fit(coefficients, np.linalg.solve(information, residuals.T).T)
    return "the differences predict some choices without fail, so the fit has no finite coefficients"


def _coefficient(fit: _Fit, position: int, design: Design, confidence: float) -> Estimate:
    value = float(fit.coefficients[position])
    if design.is_census:
        return Estimate(value, Interval(value, value), design.n)
    if why := design.no_spread:
        return Estimate(value, None, design.n, f"the interval: {why}")
    # Each coefficient takes a degree of freedom.
    variance = design.variance(fit.influences[:, position]) * (design.n - 1) / (design.n - len(fit.coefficients))
    return Estimate(value, student_interval(value, variance, design.freedom, confidence), design.n)


def _as_rate(log_odds: Estimate) -> Estimate:
    from scipy.special import expit

    if log_odds.value is None:
        return log_odds
    ends = log_odds.interval
    interval = Interval(float(expit(ends.low)), float(expit(ends.high))) if ends else None
    return Estimate(float(expit(log_odds.value)), interval, log_odds.n, log_odds.undefined)


def _squashed(difference: float, deviation: float) -> float:
    from math import copysign, tanh

    if deviation:
        return tanh(difference / deviation)
    return copysign(1.0, difference) if difference else 0.0


def _relative(first: float, second: float) -> float:
    if first < 0 or second < 0:
        raise ValueError(f"expected counts of 0 or more, found {min(first, second):g}")
    return (first - second) / (first + second) if first + second else 0.0
