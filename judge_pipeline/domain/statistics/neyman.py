"""Which images are worth a person's time: drawing weights that make the corrected win rate precise with few labels."""

from judge_pipeline.domain.statistics.columns import Numbers
from judge_pipeline.domain.statistics.prediction_powered import predicted_points
from judge_pipeline.domain.statistics.sampling_design import drawn_rows
from judge_pipeline.domain.statistics.verdict import Verdicts, read_verdicts

PILOT = 30
"""Labels drawn with equal weights before there is anything to go by."""

STRATA = 6
"""Of equal numbers of images, by their prediction."""

LEAST = 0.2
"""The smallest weight over the largest. A surprise where none is expected then counts at most five times as much as elsewhere."""

_FIRMNESS = 30
"""Labels in each stratum that say that errors are as foreseen. With 10 of them, close pairs lost labels to noise."""

_SUREST = 0.02
"""Predictions are taken to be no surer than this: 0 and 1 would leave no doubt at all."""


def drawing_weights(predictions: Verdicts | Numbers, people: Verdicts, probabilities: Numbers) -> list[float]:
    """For each image a weight from `LEAST` to 1, by which to draw the next images for people to decide.

    A row is an image: what is predicted (see `graded_predictions`), what people said (None where not asked), and the inclusion
    probability of each drawn label so far (None elsewhere). The weight is proportional to the standard deviation of people's
    points around the prediction, which is the allocation of least variance (Neyman's): by the prediction's own doubt p(1 - p),
    times how much larger than that the squared errors of the labels are in its stratum of predictions. With fewer than
    `PILOT` drawn labels all weights are 1.

    How to draw: image i has a permanent random number u, and is in the sample if u < π = min(1, weight · threshold). After each
    batch of some 25 labels call this again; an image that had several weights has the largest of its probabilities, which
    the report then uses in `ppi_win_rate`. Weights only change how precise that is, never what it estimates.

    Sources: J. Neyman, On the two different aspects of the representative method, Journal of the Royal Statistical Society 97
    (1934), 558-625; applied to a judge's errors by A. Fisch et al., arXiv:2406.04291 (2024), and T. Zrnic and E. J. Candès,
    arXiv:2403.03208 (2024).

    Raises:
        ValueError: columns of different lengths, a value that is not a verdict or a prediction, or a probability that is not
            above 0 and up to 1.
    """
    import numpy as np

    points = [verdict.points for verdict in read_verdicts(people)]
    predicted = np.array(predicted_points(predictions), dtype=np.float64)
    drawn, design = drawn_rows(range(len(predicted)), points, probabilities=probabilities)
    if design.n < PILOT:
        return [1.0] * len(predicted)
    rows, labels = np.array(drawn, dtype=np.float64).T
    labelled = rows.astype(np.int64)
    sure = np.clip(predicted, _SUREST, 1 - _SUREST)
    doubt = sure * (1 - sure)
    errors = (labels - predicted[labelled]) ** 2
    doubt *= errors.mean() / doubt[labelled].mean()
    strata = np.searchsorted(np.quantile(predicted, np.arange(1, STRATA) / STRATA), predicted, side="right")
    expected = np.bincount(strata, weights=doubt, minlength=STRATA) / np.maximum(
        np.bincount(strata, minlength=STRATA), 1
    )
    found, foreseen = (
        np.bincount(strata[labelled], weights=values, minlength=STRATA) + _FIRMNESS * expected
        for values in (errors, doubt[labelled])
    )
    spread = np.sqrt(doubt * (found / np.maximum(foreseen, 1e-12))[strata])
    largest = float(spread.max())
    return [1.0] * len(predicted) if not largest else [float(w) for w in np.maximum(spread / largest, LEAST)]
