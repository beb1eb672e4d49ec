"""A share of images with its interval."""

from dataclasses import dataclass, field
from math import sqrt

from judge_pipeline.domain.statistics.arguments import check_count, is_count, is_within, shown
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence, normal_quantile


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`. With a total of 0 the value and interval are None.

    `weighted` is the share of all images, if these were drawn with known probabilities; it is then the value and the interval.
    """

    count: int
    total: int
    confidence: float = CONFIDENCE
    weighted: Estimate | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_confidence(self.confidence)
        if not (is_count(self.total) and is_within(self.count, 0, self.total)):
            raise ValueError(
                f"expected a count between 0 and the total, found {shown(self.count)} of {shown(self.total)}"
            )

    @property
    def value(self) -> float | None:
        """Between 0 and 1."""
        if self.weighted is not None:
            return self.weighted.value
        return self.count / self.total if self.total else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's, see `wilson_interval` and `sampled_share`."""
        if self.weighted is not None:
            return self.weighted.interval
        return wilson_interval(self.count, self.total, confidence=self.confidence)

    @property
    def undefined(self) -> str | None:
        """Why there is no value."""
        return None if self.total else "there is nothing to take a share of"


def wilson_interval(count: float, total: int, *, confidence: float = CONFIDENCE) -> Interval | None:
    """Wilson's score interval for a share, without continuity correction; None if the total is 0.

    A count may be fractional if each unit contributes between 0 and 1; the interval is then too wide rather than too narrow.
    Centre (p + z²/2n) / (1 + z²/n), half width z / (1 + z²/n) · √(p(1 - p)/n + z²/4n²).
    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927),
    209-212; recommended for small n by Brown, Cai and DasGupta, Statistical Science 16 (2001), 101-133.

    Raises:
        ValueError: a total below 0, or a count that is not from 0 to the total.
    """
    z = normal_quantile(confidence)
    check_count("the total", total)
    if not is_within(count, 0, total * (1 + 1e-9)):  # a sum of weights may exceed the total by rounding
        raise ValueError(f"expected a count from 0 to the total of {total:,}, found {shown(count)}")
    if not total:
        return None
    return wilson_bounds(count / total, total, z)


def wilson_bounds(share: float, size: float, z: float) -> Interval:
    """Wilson's interval of a share from `size` images, which may be an effective size that is not whole."""
    shrink = 1 + z**2 / size
    centre = (share + z**2 / (2 * size)) / shrink
    half = z / shrink * sqrt(max(share * (1 - share), 0.0) / size + z**2 / (4 * size**2))
    # At the ends the formula gives exactly 0 or 1, apart from rounding.
    return Interval(low=0.0 if share <= 0 else centre - half, high=1.0 if share >= 1 else centre + half)
