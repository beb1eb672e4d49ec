"""The bootstrap over images, for a statistic without an interval formula."""

import warnings
from collections.abc import Callable
from inspect import signature
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from judge_pipeline.domain.statistics.arguments import check_count, check_option, number, shown
from judge_pipeline.domain.statistics.columns import Labels, Numbers, paired_numbers, values_of
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence
from judge_pipeline.domain.statistics.resampling import CHUNK, MOST_RESAMPLES, RESAMPLES, percentile_interval
from judge_pipeline.domain.statistics.sampling_design import drawn_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    clusters: Labels | None = None,
) -> Estimate:
    """`statistic(*columns)` and its interval; a row is an image and is resampled as a whole.

    With `clusters`, whole scenes are resampled with all their images, and the interval is the percentiles' whatever the method: a
    cluster bootstrap (A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application, 1997, section 3.8). A row
    without a cluster is its own.

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
    scenes = None if clusters is None else values_of(clusters)
    rows, codes = _rows_and_codes(columns, scenes)
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
    if codes is not None:
        interval = _over_clusters(statistic, rows, codes, confidence=confidence, resamples=resamples, seed=seed)
        why = None if interval else "the interval: the resampled scenes have no spread, or some no value"
        return Estimate(value, interval, n, why)
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


def _rows_and_codes(
    columns: tuple[Numbers, ...], scenes: list[Any] | None
) -> "tuple[NDArray[np.float64], NDArray[np.int64] | None]":
    """The rows without a missing value, and the numbers of their scenes."""
    import numpy as np

    if scenes is None:
        return np.array(paired_numbers(*columns), dtype=np.float64).reshape(-1, len(columns)), None
    whole, design = drawn_rows(*columns, clusters=scenes)
    return np.array([[number(each) for each in row] for row in whole]).reshape(-1, len(columns)), design.clusters


def _over_clusters(
    statistic: Callable[..., Any],
    rows: "NDArray[np.float64]",
    codes: "NDArray[np.int64]",
    *,
    confidence: float,
    resamples: int,
    seed: int,
) -> Interval | None:
    """None if there is one scene only, or the resamples have no spread."""
    import numpy as np

    generator = np.random.default_rng(seed)
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    found = np.full(resamples, np.nan)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for place in range(resamples):
            drawn = np.concatenate([members[each] for each in generator.integers(0, len(members), len(members))])
            found[place] = float(statistic(*rows[drawn].T))
    found[~np.isfinite(found)] = np.nan
    interval = percentile_interval(found, confidence)
    return None if interval is None or interval.low == interval.high else interval


def _takes_axis(statistic: Callable[..., Any]) -> bool:
    try:
        return "axis" in signature(statistic).parameters
    except ValueError:  # some built-in functions have no signature
        return False
