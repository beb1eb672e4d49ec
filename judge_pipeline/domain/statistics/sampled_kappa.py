"""Cohen's kappa of all images, from some that were drawn with known probabilities; also the interval for few images."""

from typing import TYPE_CHECKING

from judge_pipeline.domain.statistics.estimate import Estimate, Interval, student_interval
from judge_pipeline.domain.statistics.sampling_design import Design

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PSEUDO_COUNT, MOST_PSEUDO_COUNTS = 1 / 4, 9 / 4
"""Added to each cell of the table, and to all: `python -m benchmarks.sampled_intervals` compares them with none and with 1/2."""


def sampled_kappa(
    cells: "NDArray[np.int64]", distances: "NDArray[np.float64]", design: Design, confidence: float
) -> Estimate:
    """Kappa of the weighted table, 1 - D_o / D_e, D_o being the observed and D_e the expected disagreement.

    `cells` are the two raters' categories of each image, at least two in use.

    The interval is Student's around the kappa of a smoothed table: the effective number of images (see
    `Design.effective_size`, with kappa's influence values) times the weighted shares, plus 1/4 in each cell, at most 9/4 in all;
    its variance is the large-sample one of Fleiss, Cohen and Everitt (1969), and it is extended to the estimate. The 1/4 does for
    kappa what Agresti and Coull's does for a share: without it the interval is too narrow for few images and one-sided labels, and
    has no width if they all agree. In a census the interval has no width.

    Sources: effective size: E. L. Korn and B. I. Graubard, Survey Methodology 24 (1998), 193-201; added counts: A. Agresti and
    B. A. Coull, Approximate is better than "exact" for interval estimation of binomial proportions, American Statistician 52
    (1998), 119-126; influence values: J.-C. Deville, Variance estimation for complex statistics and estimators, Survey
    Methodology 25 (1999), 193-203.
    """
    import numpy as np

    q = len(distances)
    shares = np.bincount(cells[0] * q + cells[1], weights=design.weights, minlength=q * q).reshape(q, q) / design.n
    kappa, influence = _kappa_and_influence(shares, distances)
    if design.is_census:
        return Estimate(kappa, Interval(kappa, kappa), design.n)
    size = design.effective_size(influence[cells[0], cells[1]], confidence)
    smoothed = size * shares + min(PSEUDO_COUNT, MOST_PSEUDO_COUNTS / q**2)
    total = float(smoothed.sum())
    centre, influence = _kappa_and_influence(smoothed / total, distances)
    variance = float((smoothed * influence**2).sum()) / total**2
    found = student_interval(centre, variance, max(design.n - 1, 1), confidence)
    return Estimate(kappa, Interval(min(found.low, kappa), max(found.high, kappa)).within(-1.0, 1.0), design.n)


def _kappa_and_influence(
    shares: "NDArray[np.float64]", distances: "NDArray[np.float64]"
) -> tuple[float, "NDArray[np.float64]"]:
    """Kappa of a table of shares, and by how much an image in each cell moves it."""
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float((shares * distances).sum()), float(rows @ distances @ columns)
    chance = (distances @ columns)[:, None] + rows @ distances
    influence = (observed - distances) / expected + observed / expected**2 * (chance - 2 * expected)
    return max(-1.0, 1 - observed / expected), influence
