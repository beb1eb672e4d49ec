"""Win rates: how often the first contestant beats the second, with ties apart or counted as half."""

from collections import Counter
from dataclasses import dataclass
from math import sqrt

from judge_pipeline.domain.statistics.arguments import check_count
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence, normal_quantile
from judge_pipeline.domain.statistics.share import Share
from judge_pipeline.domain.statistics.verdict import Verdict, Verdicts, read_verdicts


@dataclass(frozen=True, slots=True)
class WinRates:
    """Every image is in exactly one of the six counts."""

    first: int
    second: int
    ties: int
    not_available: int = 0
    failed: int = 0
    missing: int = 0
    confidence: float = CONFIDENCE

    def __post_init__(self) -> None:
        check_confidence(self.confidence)
        for name in ("first", "second", "ties", "not_available", "failed", "missing"):
            check_count(name, getattr(self, name))

    @property
    def opinions(self) -> int:
        """Images with a preference or a tie."""
        return self.first + self.second + self.ties

    @property
    def first_of_decided(self) -> Share:
        """The first contestant's wins among the images without a tie, with Wilson's interval."""
        return Share(self.first, self.first + self.second, self.confidence)

    @property
    def second_of_decided(self) -> Share:
        """The second contestant's wins among them."""
        return Share(self.second, self.first + self.second, self.confidence)

    @property
    def tie_rate(self) -> Share:
        """Ties among the opinions."""
        return Share(self.ties, self.opinions, self.confidence)

    @property
    def first_with_ties_half(self) -> Estimate:
        """Wins and half the ties among all opinions, with the interval of `ties_half_interval`."""
        n = self.opinions
        interval = ties_half_interval(self.first, self.second, self.ties, confidence=self.confidence)
        if interval is None:
            return Estimate.none(0, "no image has a preference or a tie")
        return Estimate((self.first + self.ties / 2) / n, interval, n)

    @property
    def second_with_ties_half(self) -> Estimate:
        """The second contestant's; the two sum to 1."""
        swapped = WinRates(self.second, self.first, self.ties, confidence=self.confidence)
        return swapped.first_with_ties_half


def win_rates(verdicts: Verdicts, *, confidence: float = CONFIDENCE) -> WinRates:
    """The counts of all verdicts, one per image.

    Raises:
        ValueError: a value that is not a verdict.
    """
    found = Counter(read_verdicts(verdicts))
    return WinRates(
        first=found[Verdict.FIRST],
        second=found[Verdict.SECOND],
        ties=found[Verdict.TIE],
        not_available=found[Verdict.NOT_AVAILABLE],
        failed=found[Verdict.FAILED],
        missing=found[Verdict.MISSING],
        confidence=confidence,
    )


def ties_half_interval(wins: int, losses: int, ties: int, *, confidence: float = CONFIDENCE) -> Interval | None:
    """The score interval for (wins + ties / 2) / n; None if all are 0. Without ties it is Wilson's.

    It is (1 + Δ) / 2 for Tango's interval of Δ, the difference between the shares of wins and of losses among the same n:
    all Δ with (w - l - nΔ)² ≤ z² n (2q + Δ(1 - Δ)), q being the share of losses that is likeliest under Δ,
    q = (√(B² - 4AC) - B) / 2A with A = 2n, B = (2n - w + l)Δ - w - l, C = -lΔ(1 - Δ).
    Source: T. Tango, Equivalence test and confidence interval for the difference in proportions for the paired-sample
    design, Statistics in Medicine 17 (1998), 891-908.

    Raises:
        ValueError: a count that is not a whole number of 0 or more.
    """
    for name, count in (("wins", wins), ("losses", losses), ("ties", ties)):
        check_count(name, count)
    z, n = normal_quantile(confidence), wins + losses + ties
    if not n:
        return None
    return Interval(
        low=1 - _upper_end(losses, wins, n, z),
        high=_upper_end(wins, losses, n, z),
    )


def _upper_end(wins: int, losses: int, n: int, z: float) -> float:
    from scipy.optimize import brentq

    def beyond(difference: float) -> float:
        a, b = 2 * n, (2 * n - wins + losses) * difference - wins - losses
        c = -losses * difference * (1 - difference)
        q = (sqrt(max(b**2 - 4 * a * c, 0.0)) - b) / (2 * a)
        spread = max(2 * q + difference * (1 - difference), 0.0)
        return float((wins - losses - n * difference) ** 2 - z**2 * n * spread)

    # Just above the estimate: with ties only, the variance at the estimate is 0 and would end the search there.
    start = (wins - losses) / n + 1e-9
    if start >= 1 or wins == n:
        return 1.0
    return (1 + float(brentq(beyond, start, 1.0, xtol=1e-12))) / 2
