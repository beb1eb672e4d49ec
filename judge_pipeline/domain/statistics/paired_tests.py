"""Tests of paired scores: the same images, two captioners."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum
from statistics import variance
from typing import Literal, TypeAlias

from judge_pipeline.domain.statistics.arguments import check_option
from judge_pipeline.domain.statistics.columns import Numbers, paired_numbers
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, check_confidence, student_interval

Zeros: TypeAlias = Literal["pratt", "wilcox"]
"""How the signed-rank test treats equal scores: rank them and drop their ranks, or drop them first."""

EXACT_UP_TO = 50
"""Differing pairs of the signed-rank test; scipy's own bound. Beyond it the normal approximation is good."""

NO_PAIRS = "no image has both scores"
NO_DIFFERENCE = "both scores are equal on every image"


@dataclass(frozen=True, slots=True)
class PairedTest:
    """A two-sided test of the hypothesis that neither score is higher.

    `higher` images have the higher first score, `lower` the lower, `equal` none; they sum to the pairs. `statistic` is
    the number of higher ones for the sign test, the smaller rank sum for Wilcoxon's, t for Student's. `undefined` says
    why there is no p-value.
    """

    method: str
    higher: int
    lower: int
    equal: int
    statistic: float | None
    p_value: float | None
    undefined: str | None = None

    @property
    def pairs(self) -> int:
        """Images with both scores."""
        return self.higher + self.lower + self.equal


def sign_test(first: Numbers, second: Numbers) -> PairedTest:
    """The exact binomial test of higher against lower; equal pairs are left out. It only needs order.

    Source: W. J. Dixon and A. M. Mood, The statistical sign test, JASA 41 (1946), 557-566.

    Raises:
        ValueError: columns of different lengths, or a score that is not a finite number.
    """
    method, differences = "sign test, exact", _differences(first, second)
    found = _without_p(method, differences)
    if found.undefined:
        return found
    from scipy.stats import binomtest

    p_value = float(binomtest(found.higher, found.higher + found.lower).pvalue)
    return PairedTest(method, found.higher, found.lower, found.equal, float(found.higher), p_value)


def wilcoxon_signed_rank(first: Numbers, second: Numbers, *, zeros: Zeros = "pratt") -> PairedTest:
    """Wilcoxon's test that differences are symmetric around 0; it assumes scale steps of comparable size.

    Scores with few steps have many equal pairs. Pratt's method, the default, ranks them and then drops their ranks, so
    that many equal pairs count as evidence for no difference; "wilcox" ignores them. Up to 50 differing pairs the p-value
    is exact, given the ranks with their ties (scipy's is not, or takes seconds); above, it is scipy's normal approximation.

    Sources: F. Wilcoxon, Individual comparisons by ranking methods, Biometrics Bulletin 1 (1945), 80-83; J. W. Pratt,
    Remarks on zeros and ties in the Wilcoxon signed rank procedures, JASA 54 (1959), 655-667.

    Raises:
        ValueError: columns of different lengths, a score that is not a finite number, or unknown `zeros`.
    """
    check_option("zeros", zeros, Zeros)
    method, differences = f"Wilcoxon signed-rank, zeros: {zeros}", _differences(first, second)
    found = _without_p(method, differences)
    if found.undefined:
        return found
    if found.higher + found.lower > EXACT_UP_TO:
        from scipy.stats import wilcoxon

        result = wilcoxon(differences, zero_method=zeros, method="asymptotic")
        statistic, p_value = float(result.statistic), float(result.pvalue)
    else:
        statistic, p_value = _exact_signed_rank(differences, zeros)
    return PairedTest(method, found.higher, found.lower, found.equal, statistic, p_value)


def _exact_signed_rank(differences: list[float], zeros: Zeros) -> tuple[float, float]:
    """The smaller rank sum, and twice the share of all sign patterns whose sum of positive ranks is no larger."""
    import numpy as np
    from scipy.stats import rankdata

    signed = np.array([each for each in differences if each or zeros == "pratt"])
    ranks = rankdata(np.abs(signed))
    statistic = float(min(ranks[signed > 0].sum(), ranks[signed < 0].sum()))
    shares = np.ones(1)
    for twice in (2 * ranks[signed != 0]).astype(int):  # twice, as tied ranks end in .5
        step = np.zeros(twice)
        shares = (np.concatenate([shares, step]) + np.concatenate([step, shares])) / 2
    return statistic, min(1.0, 2 * float(shares[: int(2 * statistic) + 1].sum()))


def paired_t_test(first: Numbers, second: Numbers) -> PairedTest:
    """Student's test of a mean difference of 0; undefined for one pair, and if all pairs differ by the same amount.

    Source: Student, The probable error of a mean, Biometrika 6 (1908), 1-25.

    Raises:
        ValueError: columns of different lengths, or a score that is not a finite number.
    """
    method, differences = "paired t-test", _differences(first, second)
    found = _without_p(method, differences)
    if found.undefined or not _has_spread(differences):
        why = found.undefined or _no_spread(differences)
        return PairedTest(method, found.higher, found.lower, found.equal, None, None, why)
    from scipy.stats import ttest_1samp

    result = ttest_1samp(differences, 0.0)
    return PairedTest(method, found.higher, found.lower, found.equal, float(result.statistic), float(result.pvalue))


def mean_difference(first: Numbers, second: Numbers, *, confidence: float = CONFIDENCE) -> Estimate:
    """The mean of first minus second, in the scores' unit, with Student's interval of the paired differences.

    The interval is undefined for one pair, and if all pairs differ by the same amount, because there is no spread.

    Raises:
        ValueError: columns of different lengths, or a score that is not a finite number.
    """
    check_confidence(confidence)
    differences = _differences(first, second)
    n = len(differences)
    if not n:
        return Estimate.none(0, NO_PAIRS)
    mean = fsum(differences) / n
    if not _has_spread(differences):
        return Estimate(mean, None, n, f"the interval: {_no_spread(differences)}")
    return Estimate(mean, student_interval(mean, variance(differences, mean) / n, n - 1, confidence), n)


def _differences(first: Iterable[object], second: Iterable[object]) -> list[float]:
    return [one - other for one, other in paired_numbers(first, second)]


def _without_p(method: str, differences: list[float]) -> PairedTest:
    higher, lower = sum(each > 0 for each in differences), sum(each < 0 for each in differences)
    why = None if higher or lower else (NO_DIFFERENCE if differences else NO_PAIRS)
    return PairedTest(method, higher, lower, len(differences) - higher - lower, None, None, why)


def _has_spread(differences: list[float]) -> bool:
    """More than what rounding leaves: 4.1 - 3.1 is not 3.1 - 2.1. Less than 1e-150 has no square."""
    return max(differences) - min(differences) > max(1e-9 * max(map(abs, differences)), 1e-150)


def _no_spread(differences: list[float]) -> str:
    return "one pair has no spread" if len(differences) == 1 else "all pairs differ by the same, there is no spread"
