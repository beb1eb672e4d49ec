"""The bootstrap over images, for a statistic that has no formula of its own."""

import warnings
from collections.abc import Callable
from inspect import signature
from typing import Any, Literal, TypeAlias

from judge_pipeline.domain.statistics.columns import Numbers, paired
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval
from judge_pipeline.domain.statistics.resampling import CHUNK, RESAMPLES

Method: TypeAlias = Literal["percentile", "BCa"]
"""The quantiles of the results as they are, or corrected for their bias and skewness at about the cost of n more."""


def bootstrap(
    statistic: Callable[..., Any],
    *columns: Numbers,
    method: Method = "BCa",
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """`statistic(*columns)` and its interval; a row is an image and is drawn as a whole.

    Rows that miss any value are left out. `statistic` gets arrays; if it takes `axis`, as numpy's own do, it is called
    for many resamples at once. One seed gives one interval.

    Undefined without rows, and where the statistic is not finite; the interval also with one row, and where the
    resamples have no spread.

    Source: B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 14; the work is
    `scipy.stats.bootstrap`'s.

    Raises:
        ValueError: columns of different length.
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
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):  # looked at below
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
