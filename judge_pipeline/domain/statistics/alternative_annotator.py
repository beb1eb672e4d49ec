"""The alternative annotator test: may the judge stand in for one of several reviewers?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from judge_pipeline.domain.statistics.arguments import check_count, is_within, shown
from judge_pipeline.domain.statistics.columns import Labels
from judge_pipeline.domain.statistics.ratings import read_with_judge

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EPSILON = 0.15
"""The paper's advice for skilled reviewers; 0.2 for experts, 0.1 for crowd workers."""

FALSE_DISCOVERIES = 0.05
"""The expected share of wins of the judge that are none, the paper's q."""

LEAST_IMAGES = 30
"""Below it the paper holds the t-test's normal approximation to be poor, and leaves the reviewer out."""

LEAST_REVIEWERS = 3
"""With two, the test only asks which of the two the judge resembles."""


@dataclass(frozen=True, slots=True)
class AgainstReviewer:
    """How the judge compares with one reviewer, measured by agreement with the others.

    On `judge_closer` images more of the others agree with the judge than with the reviewer, on `reviewer_closer` fewer.
    `p_value` is None for fewer than 30 images. `is_beaten` after the correction for several reviewers.
    """

    judge_closer: int
    level: int
    reviewer_closer: int
    p_value: float | None = None
    is_beaten: bool = False

    @property
    def images(self) -> int:
        """The images that this reviewer, another one and the judge have labelled."""
        return self.judge_closer + self.level + self.reviewer_closer

    @property
    def judge_as_close(self) -> float | None:
        """How often the judge represents the others at least as well as the reviewer does."""
        return (self.judge_closer + self.level) / self.images if self.images else None


@dataclass(frozen=True, slots=True)
class AltTest:
    """`winning_rate`, omega, is the share of reviewers whom the judge beats; it `passes` from one half.

    `advantage`, rho, is the mean probability that the judge is as good as a reviewer or better; compare judges by it.
    `reviewers` are in the order of the columns, also those with too few images, who do not count.
    """

    reviewers: tuple[AgainstReviewer, ...]
    winning_rate: float | None
    advantage: float | None
    undefined: str | None = None

    @property
    def passes(self) -> bool | None:
        """Whether the judge may replace a reviewer; None if it cannot be computed."""
        return None if self.winning_rate is None else self.winning_rate >= 0.5


def alt_test(judge: Labels, people: Any, *, epsilon: float = EPSILON) -> AltTest:
    """Does the judge represent the other reviewers as well as a reviewer does, up to `epsilon`?

    `people` is a table with a row per image and a column per reviewer, None where one has not labelled; `judge` has a label
    per image. Each reviewer is left out in turn. On each image, agreement with the others is the share of them with the same
    label; images of one reviewer only are left out. A tie is a label like any other. See `alt_test_of_counts`.

    Raises:
        ValueError: columns of different lengths, fewer than two reviewers, a label that cannot be counted, or an epsilon
            outside 0 to 1.
    """
    _check_epsilon(epsilon)
    codes = read_with_judge(judge, people).codes
    counts = [_compared(codes[:, 0], codes[:, 1:], reviewer) for reviewer in range(codes.shape[1] - 1)]
    return alt_test_of_counts(counts, epsilon=epsilon)


def alt_test_of_counts(counts: Sequence[tuple[int, int, int]], *, epsilon: float = EPSILON) -> AltTest:
    """The test from the counts of each reviewer: images where the judge is closer to the others, level, and farther.

    Null hypothesis for each reviewer: the reviewer's probability of being at least as close exceeds the judge's by `epsilon`
    or more, `epsilon` being what the judge's lower cost is worth. One-sided t-test of the paired difference -1, 0, 1; Benjamini and
    Yekutieli's correction at 5%. If all differences are alike, t has no value, and p is (1 - epsilon)^n, the largest
    probability of no image where the reviewer is closer.

    Undefined for fewer than three reviewers with 30 images each.

    Source: N. Calderon, R. Reichart and R. Dror, The alternative annotator test for LLM-as-a-judge, ACL 2025,
    arXiv:2501.10970; correction: Y. Benjamini and D. Yekutieli, The control of the false discovery rate in multiple
    testing under dependency, Annals of Statistics 29 (2001), 1165-1188.

    Raises:
        ValueError: a count that is not a whole number of 0 or more, or an epsilon outside 0 to 1.
    """
    _check_epsilon(epsilon)
    found = [_against(*row, epsilon=epsilon) for row in counts]
    tested = [each for each in found if each.p_value is not None]
    if len(tested) < LEAST_REVIEWERS:
        why = (
            f"it takes at least {LEAST_REVIEWERS} reviewers with {LEAST_IMAGES} images each that the judge and another "
            f"reviewer have labelled, and there are {len(tested)}"
        )
        return AltTest(tuple(found), None, None, why)
    from scipy.stats import false_discovery_control

    corrected = iter(false_discovery_control([each.p_value for each in tested], method="by").tolist())
    decided = tuple(each if each.p_value is None else _decided(each, next(corrected)) for each in found)
    advantages = [each.judge_as_close or 0.0 for each in tested]
    return AltTest(
        decided,
        winning_rate=sum(each.is_beaten for each in decided) / len(tested),
        advantage=sum(advantages) / len(advantages),
    )


def _check_epsilon(epsilon: Any) -> None:
    if not is_within(epsilon, 0, 1):
        raise ValueError(f"expected an epsilon from 0 to 1, such as {EPSILON}, found {shown(epsilon)}")


def _compared(judged: "NDArray[np.int64]", codes: "NDArray[np.int64]", reviewer: int) -> tuple[int, int, int]:
    """The counts of one reviewer: the others who agree with the judge, less those who agree with the reviewer."""
    import numpy as np

    own = codes[:, reviewer]
    others = np.delete(codes, reviewer, axis=1)
    used = (judged >= 0) & (own >= 0) & (others >= 0).any(axis=1)
    leads = (others == judged[:, None]).sum(axis=1)[used] - (others == own[:, None]).sum(axis=1)[used]
    return int((leads > 0).sum()), int((leads == 0).sum()), int((leads < 0).sum())


def _against(judge_closer: int, level: int, reviewer_closer: int, *, epsilon: float) -> AgainstReviewer:
    for name, count in (("judge_closer", judge_closer), ("level", level), ("reviewer_closer", reviewer_closer)):
        check_count(name, count)
    n = judge_closer + level + reviewer_closer
    p_value = _p_value(judge_closer, reviewer_closer, n, epsilon) if n >= LEAST_IMAGES else None
    return AgainstReviewer(judge_closer, level, reviewer_closer, p_value)


def _p_value(judge_closer: int, reviewer_closer: int, n: int, epsilon: float) -> float:
    from scipy.special import stdtr

    mean = (reviewer_closer - judge_closer) / n
    squares = (reviewer_closer + judge_closer) / n - mean**2
    if squares < 1e-12:  # every difference is alike
        return 1.0 if reviewer_closer else float((1 - epsilon) ** n)
    return float(stdtr(n - 1, (mean - epsilon) / (squares / (n - 1)) ** 0.5))


def _decided(each: AgainstReviewer, corrected: float) -> AgainstReviewer:
    return AgainstReviewer(
        each.judge_closer, each.level, each.reviewer_closer, each.p_value, corrected <= FALSE_DISCOVERIES
    )
