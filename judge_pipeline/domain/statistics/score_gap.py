"""Agreement by score gap: is the judge more reliable where its own scores are farther apart?"""

from collections.abc import Iterator
from dataclasses import dataclass

from judge_pipeline.domain.statistics.arguments import check_labels, is_within, number, shown
from judge_pipeline.domain.statistics.columns import Labels, Numbers, are_equal, paired
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, check_confidence
from judge_pipeline.domain.statistics.share import Share


@dataclass(frozen=True, slots=True)
class GapLevel:
    """Agreement at one gap: `at` of the images with exactly this gap, `from_here` of those with this gap or a larger one;
    `coverage` is the latter's share of all.
    """

    gap: float
    at: Share
    from_here: Share
    coverage: Share


@dataclass(frozen=True, slots=True)
class AutoAccept:
    """The rule: if the judge's gap is `gap` or more, accept its choice without asking a person.

    `agreement` and `coverage` refer to the labelled images that it would have accepted. All three are None, with the reason
    in `undefined`, if no gap is known to be enough.
    """

    wanted: float
    gap: float | None
    agreement: Share | None
    coverage: Share | None
    undefined: str | None = None


def agreement_by_gap(
    judge: Labels, people: Labels, gaps: Numbers, *, confidence: float = CONFIDENCE
) -> tuple[GapLevel, ...]:
    """Every gap that occurs, smallest first; rows without a label or gap are left out.

    `gaps` are the distances between the judge's scores of the two captions, 0 or more. A tie is a label like any other.

    Source of agreement against coverage: R. El-Yaniv and Y. Wiener, On the foundations of noise-free selective
    classification, JMLR 11 (2010), 1605-1641.

    Raises:
        ValueError: columns of different lengths, or a gap below 0 or infinite.
    """
    check_confidence(confidence)
    rows = _gap_rows(judge, people, gaps)
    return tuple(_levels_from_largest(rows, confidence))[::-1]


def _gap_rows(judge: Labels, people: Labels, gaps: Numbers) -> list[tuple[float, bool]]:
    """Gap and agreement of the rows with both labels and a gap."""
    rows = paired(judge, people, gaps)
    check_labels(row[:2] for row in rows)
    read = [(number(gap), are_equal(one, other)) for one, other, gap in rows]
    if negative := [gap for gap, _ in read if gap < 0]:
        raise ValueError(f"expected gaps of 0 or more, the distance between two scores, found {negative[0]}")
    return read


def _levels_from_largest(rows: list[tuple[float, bool]], confidence: float) -> Iterator[GapLevel]:
    agreed: dict[float, int] = {}
    counted: dict[float, int] = {}
    for gap, is_agreed in rows:
        agreed[gap] = agreed.get(gap, 0) + is_agreed
        counted[gap] = counted.get(gap, 0) + 1
    agreed_so_far, counted_so_far = 0, 0
    for gap in sorted(counted, reverse=True):
        agreed_so_far += agreed[gap]
        counted_so_far += counted[gap]
        yield GapLevel(
            gap=gap,
            at=Share(agreed[gap], counted[gap], confidence),
            from_here=Share(agreed_so_far, counted_so_far, confidence),
            coverage=Share(counted_so_far, len(rows), confidence),
        )


def auto_accept(
    judge: Labels, people: Labels, gaps: Numbers, *, wanted: float = 0.9, confidence: float = CONFIDENCE
) -> AutoAccept:
    """The smallest gap at and above which the judge agrees with people on more than `wanted` of the images.

    Gaps are tested from the largest down, each by the exact one-sided binomial (Clopper-Pearson) lower bound of the
    agreement at and above it, and the search ends at the first that fails. Because the order is fixed beforehand, all
    tests together err with probability 1 - `confidence` at most, without further correction. Gaps with too few images to
    pass even with full agreement are skipped; that depends on the gaps only, not on who agreed.

    The guarantee covers images like the labelled ones: it needs labels from a random sample, not from images that people
    looked at because the judge was unsure.

    Sources: C. J. Clopper and E. S. Pearson, The use of confidence or fiducial limits illustrated in the case of the
    binomial, Biometrika 26 (1934), 404-413; fixed sequences: P. Bauer, Multiple testing in clinical trials, Statistics
    in Medicine 10 (1991), 871-890; their use for choosing a threshold: A. N. Angelopoulos et al., Learn then test,
    arXiv:2110.01052 (2021).

    Raises:
        ValueError: as `agreement_by_gap`, or a wanted agreement that is not between 0 and 1.
    """
    check_confidence(confidence)
    if not (is_within(wanted, 0, 1) and 0 < wanted < 1):
        raise ValueError(f"expected a wanted agreement between 0 and 1, such as 0.9, found {shown(wanted)}")
    rows = _gap_rows(judge, people, gaps)
    if not rows:
        return AutoAccept(wanted, None, None, None, "no image has labels of both and a gap")
    accepted = first_able = None
    for level in _levels_from_largest(rows, confidence):
        if _lower_bound(level.coverage.count, level.coverage.count, confidence) <= wanted:
            continue
        first_able = first_able or level
        if _lower_bound(level.from_here.count, level.from_here.total, confidence) <= wanted:
            break
        accepted = level
    if first_able is None:
        why = f"{len(rows)} labelled images are too few to show an agreement above {wanted:.0%}"
        return AutoAccept(wanted, None, None, None, why)
    if accepted is None:
        why = f"even at gaps of {first_able.gap:g} or more the agreement is not known to be above {wanted:.0%}"
        return AutoAccept(wanted, None, None, None, why)
    return AutoAccept(wanted, accepted.gap, accepted.from_here, accepted.coverage)


def _lower_bound(count: int, total: int, confidence: float) -> float:
    """One-sided: the true share is below it with probability 1 - confidence at most."""
    from scipy.special import betaincinv

    return float(betaincinv(count, total - count + 1, 1 - confidence)) if count else 0.0
