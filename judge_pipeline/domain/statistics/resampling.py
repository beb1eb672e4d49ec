"""Resampling of units with replacement: how often each is drawn, and percentile intervals of the results."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from judge_pipeline.domain.statistics.estimate import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES = 1000
"""Enough that a different seed moves the ends of a 95% interval by about a fiftieth of its width."""

MOST_RESAMPLES = 1_000_000
"""Their results are held in memory; the ends of the interval no longer move long before."""

MAX_UNDEFINED = 0.05
"""Maximum share of undefined resamples; an interval over the rest would be biased."""

CHUNK = 2_000_000
"""Draws held in memory at a time: about 50 MB."""


def resampled_counts(
    multiplicity: "NDArray[np.int64]", *, width: int = 1, resamples: int, seed: int
) -> Iterator["NDArray[np.float64]"]:
    """How often each kind of unit is drawn, in blocks of resamples x kinds; `multiplicity` is the number of units of each kind.

    The caller computes `width` numbers per resample, which limits the block like the draws.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    units, kinds = int(multiplicity.sum()), len(multiplicity)
    block = max(1, CHUNK // max(units, kinds, width))
    kind_of_unit = np.repeat(np.arange(kinds), multiplicity)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        if kinds * 20 < units:
            yield generator.multinomial(units, multiplicity / units, size=rows).astype(np.float64)
        else:  # the same distribution, faster if nearly every unit is its own kind
            drawn = kind_of_unit[generator.integers(0, units, (rows, units))] + kinds * np.arange(rows)[:, None]
            counts = np.bincount(drawn.ravel(), minlength=rows * kinds)
            yield counts.reshape(rows, kinds).astype(np.float64)


def percentile_interval(results: "NDArray[np.float64]", confidence: float) -> Interval | None:
    """Between the quantiles of the defined results; None if more than one in twenty is NaN.

    Source: B. Efron, Bootstrap methods: another look at the jackknife, Annals of Statistics 7 (1979), 1-26.
    """
    import numpy as np

    defined = results[~np.isnan(results)]
    if len(defined) < (1 - MAX_UNDEFINED) * len(results):
        return None
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))
