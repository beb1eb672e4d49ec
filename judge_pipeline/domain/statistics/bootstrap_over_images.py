"""The bootstrap over images, for a statistic without an interval formula."""

import warnings
from collections.abc import Callable
from inspect import signature
from typing import Any, Literal, TypeAlias

from judge_pipeline.domain.statistics.arguments import check_count, check_option, shown
from judge_pipeline.domain.statistics.columns import Numbers, paired_numbers
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence
from judge_pipeline.domain.statistics.resampling import CHUNK, MOST_RESAMPLES, RESAMPLES

Method: TypeAlias = Literal["percentile", "BCa"]
"""The plain quantiles, or quantiles corrected for bias and skewness, at the cost of about n more evaluations."""

BCA_UP_TO = 20_000
"""Rows: the acceleration takes n evaluations of n rows each, days for a million."""


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
    no spread. BCa has no interval beyond 20,000 rows, where the plain percentiles are as good.

    Source: B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 14; the work is
    `scipy.stats.bootstrap`'s.

    Raises:
        ValueError: columns of different lengths, none at all, a value that is not a finite number, an unknown method, or
            a statistic that does not return one number.
    """
    import numpy as np
    from scipy.stats import DegenerateDataWarning
    from scipy.stats import bootstrap as scipy_bootstrap

    check_confidence(confidence)
    check_option("method", method, Method)
    check_count("resamples", resamples, least=2, most=MOST_RESAMPLES)
    check_count("seed", seed)
    if not columns or not callable(statistic):
        raise ValueError(
            f"expected a function and one column or more, found {shown(statistic)} and {len(columns)} columns"
        )
    rows = np.array(paired_numbers(*columns), dtype=np.float64).reshape(-1, len(columns))
    n = len(rows)
    if not n:
        return Estimate.none(0, "no image has all values")
    takes_axis = _takes_axis(statistic)
    found = statistic(*rows.T, axis=-1) if takes_axis else statistic(*rows.T)
    try:
        value = float(found)
    except (TypeError, ValueError):
        raise ValueError(f"expected a statistic that returns one number, found {shown(found)}") from None
    if not np.isfinite(value):
        return Estimate.none(n, "the statistic of these values is not a number")
    if n == 1:
        return Estimate(value, None, n, "the interval: one image has no spread")
    if method == "BCa" and n > BCA_UP_TO:
        return Estimate(value, None, n, f"the interval: {n:,} rows are too many for BCa; use method='percentile'")
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # checked below
        warnings.simplefilter("ignore", DegenerateDataWarning)
        limits = scipy_bootstrap(
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
    if not np.isfinite([limits.low, limits.high]).all() or limits.low == limits.high:
        return Estimate(value, None, n, "the interval: the resamples have no spread, or some no value")
    return Estimate(value, Interval(float(limits.low), float(limits.high)), n)


def _takes_axis(statistic: Callable[..., Any]) -> bool:
    try:
        return "axis" in signature(statistic).parameters
    except ValueError:  # some built-in functions have no signature
        return False
