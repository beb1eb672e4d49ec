"""A share of images, with the interval that says how sure it is."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95

Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""1.96: the standard normal quantile of a two-sided 95% interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both between 0 and 1."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`. A share of nothing is undefined: its value and interval are None."""

    count: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.total:
            raise ValueError(f"expected a count between 0 and the total, found {self.count} of {self.total}")

    @property
    def value(self) -> float | None:
        """Between 0 and 1."""
        return self.count / self.total if self.total else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95% score interval, without continuity correction.

        Centre (p + z²/2n) / (1 + z²/n), half width z / (1 + z²/n) · √(p(1 - p)/n + z²/4n²).
        Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927),
        209-212; recommended for small n by Brown, Cai and DasGupta, Statistical Science 16 (2001), 101-133.
        """
        if not self.total:
            return None
        n, p = self.total, self.count / self.total
        shrink = 1 + Z**2 / n
        centre = (p + Z**2 / (2 * n)) / shrink
        half = Z / shrink * sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        # At the ends the formula gives exactly 0 or 1, but for rounding.
        return Interval(
            low=0.0 if self.count == 0 else centre - half,
            high=1.0 if self.count == n else centre + half,
        )
