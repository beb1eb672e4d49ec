"""An estimate from a sample: its value and interval, or why they are undefined."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from judge_pipeline.domain.statistics.arguments import is_within, shown

CONFIDENCE = 0.95
"""The default of every interval."""

MIN_CHOICES = 30
"""Images with a person's choice. From fewer, intervals that rest on large samples contain the truth in 80 to 93% of studies."""


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
        """The interval cut to the quantity's range."""
        return Interval(min(max(self.low, low), high), max(min(self.high, high), low))


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` from `n` units (images, mostly) and its `interval`.

    `undefined` says why the value, or only the interval, is None; it is None if both exist.
    """

    value: float | None
    interval: Interval | None
    n: int
    undefined: str | None = None

    def __post_init__(self) -> None:
        if (self.undefined is None) != (self.value is not None and self.interval is not None):
            raise ValueError(f"expected a reason if and only if something is undefined, found {self}")
        if self.value is None and self.interval is not None:
            raise ValueError(f"expected no interval around an undefined value, found {self}")

    @property
    def is_exact(self) -> bool:
        """Whether every image was asked about, so that the interval has no width: a census."""
        return self.interval is not None and self.interval.width == 0

    @property
    def is_small(self) -> bool:
        """Whether so few images are behind it that the interval may be too narrow; a census never is."""
        return self.interval is not None and self.n < MIN_CHOICES and not self.is_exact

    @classmethod
    def none(cls, n: int, why: str) -> "Estimate":
        """Neither a value nor an interval."""
        return cls(value=None, interval=None, n=n, undefined=why)


def check_confidence(confidence: Any) -> None:
    """For functions that may end before they need a quantile.

    Raises:
        ValueError: confidence is not between 0 and 1.
    """
    if not (is_within(confidence, 0, 1) and confidence > 0 and 0.5 < (1 + confidence) / 2 < 1):
        raise ValueError(f"expected a confidence between 0 and 1, such as 0.95, found {shown(confidence)}")


def normal_quantile(confidence: float) -> float:
    """1.96 for a two-sided interval of 95%.

    Raises:
        ValueError: confidence is not between 0 and 1.
    """
    check_confidence(confidence)
    return NormalDist().inv_cdf((1 + confidence) / 2)


def student_interval(value: float, variance: float, freedom: float, confidence: float) -> Interval:
    """Student's t interval with `freedom` degrees of freedom; `variance` is the squared standard error of `value`."""
    from scipy.special import stdtrit

    check_confidence(confidence)
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * variance**0.5
    return Interval(value - half, value + half)


def normal_interval(value: float, variance: float, confidence: float) -> Interval:
    """The normal interval; `variance` is the squared standard error of `value`."""
    half = normal_quantile(confidence) * variance**0.5
    return Interval(value - half, value + half)
