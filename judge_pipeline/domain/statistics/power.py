"""Power: how likely a win rate other than one half is to be detected, and how many images that takes."""

from math import ceil, sqrt
from typing import TYPE_CHECKING

from judge_pipeline.domain.statistics.arguments import check_count, is_count, is_within, shown
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, check_confidence, normal_quantile
from judge_pipeline.domain.statistics.labels_needed import LabelsNeeded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_DECIDED = 10**9
"""More images than there are; the binomial distribution is exact that far."""

MOST_IMAGES = 1_000_000
"""A win rate that takes more images is one half for all practical purposes."""


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


def _powers(sizes: "NDArray[np.int64]", win_rate: float, confidence: float) -> "NDArray[np.float64]":
    import numpy as np
    from scipy.stats import binom

    tail = (1 - confidence) / 2
    losses = binom.ppf(tail, sizes, 0.5)
    losses -= binom.cdf(losses, sizes, 0.5) > tail * (
        1 + 1e-12
    )  # the most with which the test still rejects, -1 if none
    return np.asarray(binom.cdf(losses, sizes, win_rate) + binom.sf(sizes - losses - 1, sizes, win_rate))
