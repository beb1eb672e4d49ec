"""The bootstrap over images, for a statistic without an interval formula."""

import warnings
from collections.abc import Callable
from inspect import signature
from typing import Any, Literal, TypeAlias

from judge_pipeline.domain.statistics.columns import Numbers, paired
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval
from judge_pipeline.domain.statistics.resampling import CHUNK, RESAMPLES

Method: TypeAlias = Literal["percentile", "BCa"]
"""The plain quantiles, or quantiles corrected for bias and skewness, at the cost of about n more evaluations."""


def bootstrap(
    statistic: Callable[..., Any],
    *columns: Numbers,
    method: Method = "BCa",
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """`statistic(*columns)` and its interval; a row is an image and is resampled as a whole.

    Rows with a missing value are left out. `statistic` gets arrays; if it accepts `axis`, as numpy's functions do, it is
    called for many resamples at once. The same seed gives the same interval.

    Undefined without rows, and if the statistic is not finite; the interval also for one row, and if the resamples have
    no spread.

    Source: B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 14; the work is
    `scipy.stats.bootstrap`'s.

    Raises:
        ValueError: columns of different lengths.
    """
    import numpy as np
    from scipy.stats import DegenerateDataWarning
    from scipy.stats import bootstrap as scipy_bootstrap

    rows = np.array(paired(*columns), dtype=np.float64).reshape(-1, len(columns))
    n = len(rows)
    if not n:
        return Estimate.none(0, "no image has all values")
    takes_axis = "axis" in signature(statistic).parameters
    value = float(statistic(*rows.T, axis=-1) if takes_axis else statistic(*rows.T))
    if not np.isfinite(value):
        return Estimate.none(n, "the statistic of these values is not a number")
    if n == 1:
        return Estimate(value, None, n, "the interval: one image has no spread")
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):  # checked below
        warnings.simplefilter("ignore", DegenerateDataWarning)
        found = scipy_bootstrap(
            tuple(rows.T),
            statistic,
            vectorized=takes_axis,
            n_resamples=resamples,
            batch=max(1, CHUNK // n),
            paired=len(columns) > 1,
            confidence_level=confidence,
            method=method,
            rng=np.random.default_rng(seed),
        ).confidence_interval
    if not np.isfinite([found.low, found.high]).all() or found.low == found.high:
        return Estimate(value, None, n, "the interval: the resamples have no spread, or some no value")
    return Estimate(value, Interval(float(found.low), float(found.high)), n)
