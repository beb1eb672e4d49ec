"""McNemar's test: does one of two yes-or-no answers about the same images say yes more often?"""

from dataclasses import dataclass

from judge_pipeline.domain.statistics.arguments import check_count, listing
from judge_pipeline.domain.statistics.columns import Labels, paired_labels
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, check_confidence
from judge_pipeline.domain.statistics.share import Share


@dataclass(frozen=True, slots=True)
class McNemar:
    """`only_first` images had only the first answer, `only_second` only the second; all others carry no information.

    `p_exact` never rejects too often, but usually too rarely; the mid-p-value `p_mid` comes closer to the level. Both are
    two-sided, and None with the reason in `undefined` if no image has only one answer.
    """

    only_first: int
    only_second: int
    p_exact: float | None
    p_mid: float | None
    undefined: str | None = None
    confidence: float = CONFIDENCE

    @property
    def first_share(self) -> Share:
        """The first answer's share of the images with only one answer; one half if neither is likelier."""
        return Share(self.only_first, self.only_first + self.only_second, self.confidence)


def mcnemar(first: Labels, second: Labels, *, confidence: float = CONFIDENCE) -> McNemar:
    """McNemar's test of two boolean columns, one row per image; rows with a missing value are left out.

    Raises:
        ValueError: columns of different lengths, or a value that is neither true nor false.
    """
    rows = paired_labels(first, second)
    if strange := {value for row in rows for value in row} - {True, False}:
        raise ValueError(f"expected True, False or None in each row, found {listing(strange)}")
    only_first = sum(bool(one) and not other for one, other in rows)
    only_second = sum(bool(other) and not one for one, other in rows)
    return mcnemar_of_counts(only_first, only_second, confidence=confidence)


def mcnemar_of_counts(only_first: int, only_second: int, *, confidence: float = CONFIDENCE) -> McNemar:
    """McNemar's test of the two discordant counts: binomial with one half. The mid-p-value takes half of the observed
    count's own probability from each side.

    Sources: Q. McNemar, Note on the sampling error of the difference between correlated proportions or percentages,
    Psychometrika 12 (1947), 153-157; mid-p: M. W. Fagerland, S. Lydersen and P. Laake, The McNemar test for binary
    matched-pairs data: mid-p and asymptotic are better than exact conditional, BMC Medical Research Methodology 13:91
    (2013).

    Raises:
        ValueError: a count that is not a whole number of 0 or more.
    """
    check_confidence(confidence)
    check_count("only_first", only_first)
    check_count("only_second", only_second)
    n = only_first + only_second
    if not n:
        return McNemar(0, 0, None, None, "no image has one answer without the other", confidence)
    from scipy.stats import binom

    smaller = min(only_first, only_second)
    own = float(binom.pmf(smaller, n, 0.5))
    tail = float(binom.cdf(smaller, n, 0.5))
    is_even = only_first == only_second
    return McNemar(
        only_first=only_first,
        only_second=only_second,
        p_exact=1.0 if is_even else min(1.0, 2 * tail),
        p_mid=1 - own / 2 if is_even else min(1.0, 2 * tail - own),
        confidence=confidence,
    )
