"""What people will say of each image, predicted from all that the judge says: a finer prediction than its verdict."""

from typing import TYPE_CHECKING, Any
from zlib import crc32

from judge_pipeline.domain.statistics.arguments import is_within, number, shown
from judge_pipeline.domain.statistics.columns import Labels, Numbers, are_equal, is_missing, rows_of
from judge_pipeline.domain.statistics.verdict import Verdict, Verdicts, read_verdicts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDS = 5

BEFORE = (0.0, 1.0, 0.5, -0.5, 0.5, 0.0)
"""What is expected of a judge without labels, as logits: no lean; the verdict; its gap per standard deviation; a verdict
that the orders did not share; the panel's votes; no opinion. They predict .82 for a verdict with a gap of one deviation."""

FIRMNESS = (0.2, 0.5, 0.5, 0.5, 0.5, 0.5)
"""Ridge penalties that pull towards `BEFORE`: worth about two labels each, so labels that the judge separates perfectly
give finite logits. benchmarks/label_savings.py shows what they save."""

_STEPS = 25


def graded_predictions(
    people: Verdicts,
    judge: Verdicts,
    gaps: Numbers,
    *,
    orders_agree: Labels | None = None,
    votes: Numbers | None = None,
    keys: Labels | None = None,
) -> list[float]:
    """For each image the points that people are predicted to give the first contestant, from 0 to 1, a tie being 1/2.

    A row is an image. `people` has the verdicts of labelled images, None elsewhere; `gaps` how far the judge's scores put the
    first contestant above the second; `orders_agree` whether both orders gave one verdict; `votes` the share of a panel's
    votes for the first. Missing values are allowed everywhere, and mean the same with and without a label. Where the judge failed or
    found no answer to compare, what people say of such images is predicted. Where it was not asked (None), the mean of the
    others: that shifts nothing, even if people have decided these images more often than others.

    A logistic regression with a ridge that pulls towards the plain verdict, so that few labels change little and many decide. It
    is cross-fitted: an image's prediction comes from the labels of the other folds and never from its own, and images with the
    same key (one scene, or the tag itself; if missing the row's position) share a fold. Folds follow from the keys alone.

    Sources: T. Zrnic and E. J. Candès, Cross-prediction-powered inference, PNAS 121 (2024), arXiv:2309.16598; ridge: S. le
    Cessie and J. C. van Houwelingen, Ridge estimators in logistic regression, Applied Statistics 41 (1992), 191-201.

    Raises:
        ValueError: columns of different lengths, a value that is not a verdict, a gap that is not a finite number, or a
            share that is not from 0 to 1.
    """
    import numpy as np

    points = [verdict.points for verdict in read_verdicts(people)]
    spoken = read_verdicts(judge)
    said = [verdict.points for verdict in spoken]
    nothing = [None] * len(said)
    shares = nothing if votes is None else votes
    flips = nothing if orders_agree is None else orders_agree
    rows = rows_of(points, said, gaps, shares, flips, nothing if keys is None else keys)
    if strange := [row[3] for row in rows if not is_missing(row[3]) and not is_within(row[3], 0, 1)]:
        raise ValueError(f"expected shares of votes from 0 to 1, found {shown(strange[0])}")
    labels, verdicts, leads, majorities = (_column(rows, place) for place in range(4))
    differ = np.array([are_equal(row[4], False) for row in rows], dtype=np.float64)
    features = _features(verdicts, leads, majorities, differ)
    names = [position if is_missing(row[5]) else row[5] for position, row in enumerate(rows)]
    folds = np.array([crc32(str(name).encode(errors="replace")) % FOLDS for name in names], dtype=np.int64)
    asked = np.array([verdict is not Verdict.MISSING for verdict in spoken], dtype=np.bool_)
    predictions = np.full(len(rows), 0.5)
    for fold in range(FOLDS):
        known = ~np.isnan(labels) & asked & (folds != fold)
        logits = features[folds == fold] @ _fit(features[known], labels[known])
        predictions[folds == fold] = _probability(logits)
    if asked.any():
        predictions[~asked] = predictions[asked].mean()
    return list(map(float, predictions))


def _column(rows: list[tuple[Any, ...]], place: int) -> "NDArray[np.float64]":
    """Numbers, NaN where they are missing."""
    import numpy as np

    found = np.full(len(rows), np.nan)
    for position, row in enumerate(rows):
        if not is_missing(row[place]):
            found[position] = number(row[place])
    return found


def _features(
    verdicts: "NDArray[np.float64]",
    gaps: "NDArray[np.float64]",
    votes: "NDArray[np.float64]",
    differ: "NDArray[np.float64]",
) -> "NDArray[np.float64]":
    """One column for each of `BEFORE`; missing values are 0, and gaps are in standard deviations around 0, at most 10."""
    import numpy as np

    sides, known = np.nan_to_num(2 * verdicts - 1), gaps[~np.isnan(gaps)]
    spread = float(np.sqrt(np.mean(known**2))) if len(known) else 0.0
    scaled = np.clip(np.nan_to_num(gaps) / spread, -10, 10) if spread else np.zeros(len(gaps))
    columns = (np.ones(len(sides)), sides, scaled, sides * differ, np.nan_to_num(2 * votes - 1), np.isnan(verdicts))
    return np.column_stack(columns).astype(np.float64)


def _fit(features: "NDArray[np.float64]", labels: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Newton's method; steps are limited because far from the optimum they overshoot."""
    import numpy as np

    before, firmness = np.array(BEFORE), np.array(FIRMNESS)
    found = before.copy()
    for _ in range(_STEPS if len(labels) else 0):
        predicted = _probability(features @ found)
        slope = features.T @ (labels - predicted) - firmness * (found - before)
        curve = (features * (predicted * (1 - predicted))[:, None]).T @ features + np.diag(firmness)
        step = np.linalg.solve(curve, slope)
        found = found + step / max(1.0, float(np.abs(step).max()) / 2)
        if np.abs(step).max() < 1e-8:
            break
    return found


def _probability(logits: "NDArray[np.float64]") -> "NDArray[np.float64]":
    import numpy as np

    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
