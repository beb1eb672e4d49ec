"""Power: how likely a win rate other than one half is to be detected, how many images that takes, what n images detect."""

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from judge_pipeline.domain.statistics.arguments import check_count, is_count, is_within, shown
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, check_confidence, normal_quantile
from judge_pipeline.domain.statistics.labels_needed import LabelsNeeded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_DECIDED = 10**9
"""More images than there are; the binomial distribution is exact that far."""

MOST_IMAGES = 1_000_000
"""A win rate that takes more images is one half for all practical purposes."""


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest `difference` that is detected with the wanted power; None, with the reason in `undefined`, if none is."""

    difference: float | None
    undefined: str | None = None


def win_rate_power(decided: int, win_rate: float, *, confidence: float = CONFIDENCE) -> float:
    """The probability that `sign_test` detects a preference among this many decided images, if `win_rate` is the truth.

    The binomial probability of its rejection region at 1 - `confidence`, exact; below that level at a win rate of 1/2.

    Raises:
        ValueError: a negative number of images, or a win rate that is not between 0 and 1.
    """
    import numpy as np

    check_confidence(confidence)
    if not (is_count(decided, most=MOST_DECIDED) and is_within(win_rate, 0, 1)):
        raise ValueError(
            f"expected images and a win rate between 0 and 1, found {shown(decided)} and {shown(win_rate)}"
        )
    return float(_powers(np.array([decided]), win_rate, confidence)[0])


def images_for_win_rate(
    win_rate: float, *, power: float = 0.8, tie_rate: float = 0.0, have: int = 0, confidence: float = CONFIDENCE
) -> LabelsNeeded:
    """Until a win rate this far from 1/2 is detected with probability `power`, for this and every larger number of images.

    Computed by `win_rate_power` for each number, because power rises in a sawtooth. `tie_rate` of the images are ties and
    carry no information, so more are needed. Undefined at 1/2 and so close to it that it would take a million images.

    Source of the starting value: G. E. Noether, Sample size determination for some common nonparametric tests, JASA
    82 (1987), 645-647.

    Raises:
        ValueError: a win rate or power that is not between 0 and 1, or a tie rate that is not from 0 to below 1.
    """
    import numpy as np

    check_count("have", have)
    are_rates = all(is_within(rate, 0, 1) for rate in (win_rate, power, tie_rate))
    if not (are_rates and 0 < power < 1 and tie_rate < 1):
        raise ValueError(
            "expected a win rate and a power between 0 and 1 and a tie rate from 0 to below 1, "
            f"found {shown(win_rate)}, {shown(power)} and {shown(tie_rate)}"
        )
    normal = normal_quantile(confidence) + normal_quantile(max(2 * power - 1, 1e-9))
    guess = normal**2 / (4 * max(abs(win_rate - 0.5), 1e-9) ** 2)
    if guess > MOST_IMAGES:
        return LabelsNeeded(None, have, f"a win rate of {win_rate} is too near to one half")
    band = 5 * sqrt(guess) + 60  # wider than the teeth and the formula's error
    sizes = np.arange(max(1, int(guess - band)), int(guess + band))
    too_few = np.flatnonzero(_powers(sizes, win_rate, confidence) < power)
    decided = int(sizes[too_few[-1]]) + 1 if len(too_few) else 1
    return LabelsNeeded(ceil(decided / (1 - tie_rate) - 1e-9), have)


def detectable_win_rate(
    images: int, *, power: float = 0.8, tie_rate: float = 0.0, confidence: float = CONFIDENCE
) -> Detectable:
    """How far from 1/2 a win rate among the decided must be for this many images to detect it with probability `power`.

    `win_rate_power`, solved for the win rate; `tie_rate` of the images carry no information. The report says it where a comparison is
    inconclusive: no preference found is not the same as no preference. Undefined where even a win rate of 1 may be missed.

    Raises:
        ValueError: a negative number of images, a power not between 0 and 1, or a tie rate not from 0 to below 1.
    """
    from scipy.optimize import brentq

    check_confidence(confidence)
    check_count("images", images, most=MOST_DECIDED)
    _check_power(power)
    if not (is_within(tie_rate, 0, 1) and tie_rate < 1):
        raise ValueError(f"expected a tie rate from 0 to below 1, found {shown(tie_rate)}")
    decided = int(images * (1 - tie_rate) + 1e-9)
    if not decided or win_rate_power(decided, 1.0, confidence=confidence) < power:
        return Detectable(None, f"{decided:,} images without a tie detect no win rate, not even 100%")

    def lacking(win_rate: float) -> float:
        return win_rate_power(decided, win_rate, confidence=confidence) - power

    return Detectable(float(brentq(lacking, 0.5, 1.0, xtol=1e-6)) - 0.5 if lacking(0.5) < 0 else 0.0)


def detectable_difference(estimate: Estimate, *, power: float = 0.8, confidence: float = CONFIDENCE) -> Detectable:
    """How large a true difference such an estimate detects with probability `power`: its interval, of this confidence, excludes none.

    (1 + z_power / z_confidence) times half the interval's width: 2.8 standard errors for 80% at 95%. For any estimate, whatever its
    weights, clusters or predictions; rough if the interval is not symmetric. 0 in a census. Undefined without an interval.

    Source: H. S. Bloom, Minimum detectable effects: a simple way to report the statistical power of experimental designs, Evaluation
    Review 19 (1995), 547-556.

    Raises:
        ValueError: not an estimate, or a power not between 0 and 1.
    """
    _check_power(power)
    if not isinstance(estimate, Estimate):
        raise ValueError(f"expected an Estimate with its interval, found {shown(estimate)}")  # noqa: TRY004  # as all others
    if estimate.interval is None:
        return Detectable(None, estimate.undefined)
    factor = 1 + NormalDist().inv_cdf(power) / normal_quantile(confidence)
    return Detectable(max(0.0, factor) * estimate.interval.width / 2)


def _check_power(power: float) -> None:
    if not (is_within(power, 0, 1) and 0 < power < 1):
        raise ValueError(f"expected a power between 0 and 1, such as 0.8, found {shown(power)}")


def _powers(sizes: "NDArray[np.int64]", win_rate: float, confidence: float) -> "NDArray[np.float64]":
    import numpy as np
    from scipy.stats import binom

    tail = (1 - confidence) / 2
    losses = binom.ppf(tail, sizes, 0.5)
    losses -= binom.cdf(losses, sizes, 0.5) > tail * (
        1 + 1e-12
    )  # the most with which the test still rejects, -1 if none
    return np.asarray(binom.cdf(losses, sizes, win_rate) + binom.sf(sizes - losses - 1, sizes, win_rate))
