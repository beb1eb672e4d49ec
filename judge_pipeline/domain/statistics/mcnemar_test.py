"""McNemar's test: does one of two yes-or-no answers about the same images say yes more often?"""

from dataclasses import dataclass

from judge_pipeline.domain.statistics.columns import Labels, paired
from judge_pipeline.domain.statistics.estimate import CONFIDENCE
from judge_pipeline.domain.statistics.share import Share


@dataclass(frozen=True, slots=True)
class McNemar:
    """`only_first` images had the first answer alone, `only_second` the second alone; all others tell nothing.

    `p_exact` never rejects too often and seldom often enough; `p_mid`, the mid-p-value, comes nearer to the level.
    Both are two-sided and None, with the reason in `undefined`, where no image has one answer alone.
    """

    only_first: int
    only_second: int
    p_exact: float | None
    p_mid: float | None
    undefined: str | None = None
    confidence: float = CONFIDENCE

    @property
    def first_share(self) -> Share:
        """The first answer's share of the images that have one alone; one half if neither is the likelier."""
        return Share(self.only_first, self.only_first + self.only_second, self.confidence)


def mcnemar(first: Labels, second: Labels, *, confidence: float = CONFIDENCE) -> McNemar:
    """Of two columns of booleans, a row an image; rows that miss either are left out.

    Raises:
        ValueError: columns of different length, or something that is neither true nor false.
    """
    rows = paired(first, second)
    if strange := {value for row in rows for value in row} - {True, False}:
        raise ValueError(f"expected True, False or None in each row, found {', '.join(sorted(map(repr, strange)))}")
    only_first = sum(bool(one) and not other for one, other in rows)
    only_second = sum(bool(other) and not one for one, other in rows)
    return mcnemar_of_counts(only_first, only_second, confidence=confidence)


def mcnemar_of_counts(only_first: int, only_second: int, *, confidence: float = CONFIDENCE) -> McNemar:
    """Of the two counts that differ: binomial with one half; the mid-p-value takes half of the observed count's own
    probability from each side.

    Sources: Q. McNemar, Note on the sampling error of the difference between correlated proportions or percentages,
    Psychometrika 12 (1947), 153-157; mid-p: M. W. Fagerland, S. Lydersen and P. Laake, The McNemar test for binary
    matched-pairs data: mid-p and asymptotic are better than exact conditional, BMC Medical Research Methodology 13:91
    (2013).
    """
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
