"""A number from a sample, the interval that says how sure it is, and the reason where it cannot be told."""

from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
"""Of every interval, unless the caller wants another."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both included."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"expected an interval from low to high, found {self.low} to {self.high}")

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def width(self) -> float:
        """Never negative."""
        return self.high - self.low

    def within(self, low: float, high: float) -> "Interval":
        """The same, cut off where the quantity itself cannot be."""
        return Interval(min(max(self.low, low), high), max(min(self.high, high), low))


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` from `n` units (images, mostly) and its `interval`.

    `undefined` says why the value, or the interval alone, is None; it is None itself if both are there.
    """

    value: float | None
    interval: Interval | None
    n: int
    undefined: str | None = None

    def __post_init__(self) -> None:
        if (self.undefined is None) != (self.value is not None and self.interval is not None):
            raise ValueError(f"expected a reason exactly where something is undefined, found {self}")
        if self.value is None and self.interval is not None:
            raise ValueError(f"expected no interval around an undefined value, found {self}")

    @classmethod
    def none(cls, n: int, why: str) -> "Estimate":
        """Neither a value nor an interval."""
        return cls(value=None, interval=None, n=n, undefined=why)


def normal_quantile(confidence: float) -> float:
    """1.96 for a two-sided interval of 95%.

    Raises:
        ValueError: confidence is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"expected a confidence between 0 and 1, such as 0.95, found {confidence}")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def student_interval(value: float, variance: float, freedom: int, confidence: float) -> Interval:
    """Around a value of this variance (its standard error squared), by Student's t with `freedom` degrees of freedom."""
    from scipy.special import stdtrit

    normal_quantile(confidence)  # refuses what is no confidence
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * variance**0.5
    return Interval(value - half, value + half)


def normal_interval(value: float, variance: float, confidence: float) -> Interval:
    """The same of a normal quantity."""
    half = normal_quantile(confidence) * variance**0.5
    return Interval(value - half, value + half)
