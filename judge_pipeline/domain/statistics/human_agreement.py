"""Agreement between reviewers: the measured ceiling of a judge's agreement with people."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from judge_pipeline.domain.statistics.columns import Labels, Numbers, are_equal
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, Estimate, Interval, check_confidence, normal_quantile
from judge_pipeline.domain.statistics.ratings import read_ratings, read_with_judge
from judge_pipeline.domain.statistics.sampling_design import drawn_rows
from judge_pipeline.domain.statistics.share import Share, wilson_bounds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ReviewerAgreement:
    """One reviewer: images labelled, agreement with the other reviewers and with the judge, and how often a tie."""

    images: int
    with_others: Estimate
    with_judge: Share
    ties: Share


def human_agreement(
    people: Any,
    *,
    probabilities: Numbers | None = None,
    population: int | None = None,
    clusters: Labels | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """How often two reviewers of an image agree: the mean over images of the share of agreeing pairs.

    `people` is a table with a row per image and a column per reviewer, None where one has not labelled. It is the ceiling of a
    judge's agreement with one reviewer. Images with fewer than two labels are left out. The interval is Wilson's with p(1 - p)/v
    for the number of images, v being the variance of the mean as in `sampled_mean`; for two reviewers it is that of a share.
    Undefined if no image has two labels.

    Source: the observed agreement of J. L. Fleiss, Measuring nominal scale agreement among many raters, Psychological
    Bulletin 76 (1971), 378-382, for any number of raters per image.

    Raises:
        ValueError: fewer than two reviewers, columns of different lengths, a label that cannot be counted, or as
            `drawn_rows`.
    """
    import numpy as np

    check_confidence(confidence)
    blocks = (
        np.column_stack([(counts * (counts - 1)).sum(axis=1), counts.sum(axis=1)])
        for counts in read_ratings((people,), None).count_blocks()
    )
    found = np.concatenate([np.zeros((0, 2)), *blocks])
    agreeing, labels = found.T
    shares = _divided(agreeing, labels * (labels - 1))
    return _mean_share(shares, "no image has two reviewers", confidence, probabilities, population, clusters)


def reviewer_agreement(
    judge: Labels, people: Any, *, tie: Any = "tie", confidence: float = CONFIDENCE
) -> tuple[ReviewerAgreement, ...]:
    """Each reviewer, in the order of the columns of `people`; shares have Wilson's intervals.

    Agreement with the others is the mean, over the images that another reviewer has labelled, of the share of the others with
    the same label. A reviewer far below the rest may have understood the task differently. `tie` is the label that counts as one.

    Raises:
        ValueError: fewer than two reviewers, columns of different lengths, or a label that cannot be counted.
    """
    import numpy as np

    check_confidence(confidence)
    read = read_with_judge(judge, people)
    ties = [code for code, label in enumerate(read.categories) if are_equal(label, tie)]
    judged, codes = read.codes[:, 0], read.codes[:, 1:]
    found = []
    for reviewer in range(codes.shape[1]):
        own, others = codes[:, reviewer], np.delete(codes, reviewer, axis=1)
        has_label, both = own >= 0, (own >= 0) & (judged >= 0)
        agreeing = (others == own[:, None])[has_label].sum(axis=1)
        shares = _divided(agreeing, (others >= 0)[has_label].sum(axis=1))
        found.append(
            ReviewerAgreement(
                images=int(has_label.sum()),
                with_others=_mean_share(shares, "no other reviewer has labelled these images", confidence),
                with_judge=Share(int((own == judged)[both].sum()), int(both.sum()), confidence),
                ties=Share(int(np.isin(own, ties).sum()), int(has_label.sum()), confidence),
            )
        )
    return tuple(found)


def _divided(counts: "NDArray[np.float64]", totals: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """The shares, NaN where there is nothing to take a share of."""
    import numpy as np

    return np.where(totals > 0, counts / np.maximum(totals, 1), np.nan)


def _mean_share(
    shares: "NDArray[np.float64]",
    none: str,
    confidence: float,
    probabilities: Numbers | None = None,
    population: int | None = None,
    clusters: Labels | None = None,
) -> Estimate:
    """The mean of shares between 0 and 1 that are not NaN."""
    import numpy as np

    rows, design = drawn_rows(shares, probabilities=probabilities, population=population, clusters=clusters)
    if not rows:
        return Estimate.none(0, none)
    values = np.array(rows)[:, 0]
    value = design.mean(values) if np.ptp(values) else float(values[0])
    if design.is_census:
        return Estimate(value, Interval(value, value), design.n)
    residuals = values - value
    size, spread = design.effective_size(residuals, confidence), design.mean(residuals**2)
    if spread > 1e-20:  # shares between 0 and 1 vary less than votes
        size *= max(1.0, value * (1 - value) / spread)
    return Estimate(value, wilson_bounds(value, size, normal_quantile(confidence)), design.n)
