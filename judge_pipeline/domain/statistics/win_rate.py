"""Win rates: how often the first contestant beats the second, with ties apart or counted as half."""

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from judge_pipeline.domain.statistics.arguments import check_count
from judge_pipeline.domain.statistics.columns import Labels, Numbers
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence, normal_quantile
from judge_pipeline.domain.statistics.sampled_mean import share_estimate
from judge_pipeline.domain.statistics.sampling_design import Design, drawn_rows
from judge_pipeline.domain.statistics.share import Share
from judge_pipeline.domain.statistics.verdict import Verdict, Verdicts, read_verdicts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NO_OPINION = "no image has a preference or a tie"

HALVINGS = 50
"""Of the range of an interval's end, to less than 1e-14. scipy.optimize would take 0.1 s to import for this alone."""


@dataclass(frozen=True, slots=True)
class WinRates:
    """Every image is in exactly one of the six counts.

    `sampled` are the rates of all images, if these were drawn with known probabilities; the rates are then those.
    """

    first: int
    second: int
    ties: int
    not_available: int = 0
    failed: int = 0
    missing: int = 0
    confidence: float = CONFIDENCE
    sampled: "SampledRates | None" = None

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
        weighted = self.sampled.first_of_decided if self.sampled else None
        return Share(self.first, self.first + self.second, self.confidence, weighted)

    @property
    def second_of_decided(self) -> Share:
        """The second contestant's wins among them."""
        weighted = self.sampled.swapped.first_of_decided if self.sampled else None
        return Share(self.second, self.first + self.second, self.confidence, weighted)

    @property
    def tie_rate(self) -> Share:
        """Ties among the opinions."""
        return Share(self.ties, self.opinions, self.confidence, self.sampled.tie_rate if self.sampled else None)

    @property
    def first_with_ties_half(self) -> Estimate:
        """Wins and half the ties among all opinions, with the interval of `ties_half_interval`."""
        n = self.opinions
        if self.sampled is not None:
            return self.sampled.first_with_ties_half
        interval = ties_half_interval(self.first, self.second, self.ties, confidence=self.confidence)
        if interval is None:
            return Estimate.none(0, NO_OPINION)
        return Estimate((self.first + self.ties / 2) / n, interval, n)

    @property
    def second_with_ties_half(self) -> Estimate:
        """The second contestant's; the two sum to 1."""
        sampled = self.sampled.swapped if self.sampled else None
        swapped = WinRates(self.second, self.first, self.ties, confidence=self.confidence, sampled=sampled)
        return swapped.first_with_ties_half


@dataclass(frozen=True, slots=True)
class SampledRates:
    """The rates of all images; `first_of_decided` and `tie_rate` are None where there is nothing to take a share of."""

    first_of_decided: Estimate | None
    tie_rate: Estimate | None
    first_with_ties_half: Estimate

    @property
    def swapped(self) -> "SampledRates":
        """Those of the second contestant."""
        decided = self.first_of_decided and _mirrored(self.first_of_decided)
        return SampledRates(decided, self.tie_rate, _mirrored(self.first_with_ties_half))


def win_rates(
    verdicts: Verdicts,
    *,
    probabilities: Numbers | None = None,
    population: int | None = None,
    clusters: Labels | None = None,
    confidence: float = CONFIDENCE,
) -> WinRates:
    """The counts of all verdicts, one per image.

    With `probabilities`, a `population` or `clusters` the rates are estimates for all images, with the values of `sampled_mean`
    and the same intervals, of effective counts: n* of `sampled_share` times each share.

    Raises:
        ValueError: a value that is not a verdict, or as `drawn_rows`.
    """
    read = read_verdicts(verdicts)
    found = Counter(read)
    check_confidence(confidence)
    sampled = None
    if probabilities is not None or population is not None or clusters is not None:
        points = [verdict.points for verdict in read]
        rows, design = drawn_rows(points, probabilities=probabilities, population=population, clusters=clusters)
        sampled = _sampled_rates([row[0] for row in rows], design, confidence)
    return WinRates(
        first=found[Verdict.FIRST],
        second=found[Verdict.SECOND],
        ties=found[Verdict.TIE],
        not_available=found[Verdict.NOT_AVAILABLE],
        failed=found[Verdict.FAILED],
        missing=found[Verdict.MISSING],
        confidence=confidence,
        sampled=sampled,
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
    return _score_interval(wins, losses, n, z) if n else None


def _sampled_rates(points: list[float], design: Design, confidence: float) -> SampledRates:
    import numpy as np

    scores = np.array(points)
    decided = scores != 0.5
    preferred, ties = [point == 1 for point in points if point != 0.5], [point == 0.5 for point in points]
    return SampledRates(
        share_estimate(preferred, design.where(decided), confidence) if preferred else None,
        share_estimate(ties, design, confidence) if ties else None,
        _half_ties_estimate(scores, design, confidence),
    )


def _half_ties_estimate(scores: "NDArray[np.float64]", design: Design, confidence: float) -> Estimate:
    if not len(scores):
        return Estimate.none(0, NO_OPINION)
    value = min(max(design.mean(scores), 0.0), 1.0)
    if design.is_census:
        return Estimate(value, Interval(value, value), design.n)
    size = design.effective_size(scores - value, confidence)
    wins, losses = (size * design.mean((scores == point).astype(float)) for point in (1, 0))
    interval = _score_interval(wins, losses, size, normal_quantile(confidence))
    return Estimate(value, Interval(min(interval.low, value), max(interval.high, value)), design.n)


def _mirrored(estimate: Estimate) -> Estimate:
    if estimate.value is None or estimate.interval is None:
        return estimate
    return Estimate(1 - estimate.value, Interval(1 - estimate.interval.high, 1 - estimate.interval.low), estimate.n)


def _score_interval(wins: float, losses: float, n: float, z: float) -> Interval:
    """As `ties_half_interval`; the counts may be effective ones that are not whole."""
    return Interval(low=1 - _upper_end(losses, wins, n, z), high=_upper_end(wins, losses, n, z))


def _upper_end(wins: float, losses: float, n: float, z: float) -> float:
    def beyond(difference: float) -> float:
        a, b = 2 * n, (2 * n - wins + losses) * difference - wins - losses
        c = -losses * difference * (1 - difference)
        q = (sqrt(max(b**2 - 4 * a * c, 0.0)) - b) / (2 * a)
        spread = max(2 * q + difference * (1 - difference), 0.0)
        return float((wins - losses - n * difference) ** 2 - z**2 * n * spread)

    # From just above the estimate: with ties only, the variance at the estimate is 0.
    low, high = (wins - losses) / n + 1e-9, 1.0
    if low >= 1 or wins >= n * (1 - 1e-12):
        return 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if beyond(middle) > 0 else (middle, high)
    return (1 + high) / 2
