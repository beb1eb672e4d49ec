"""Agreement by score gap: is the judge more reliable where its own scores are farther apart?"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

from judge_pipeline.domain.statistics.arguments import check_labels, is_within, number, shown
from judge_pipeline.domain.statistics.columns import Labels, Numbers, are_equal, is_missing, paired, values_of
from judge_pipeline.domain.statistics.confidence_sequence import is_higher_at_every_look, lowest_share_at_every_look
from judge_pipeline.domain.statistics.estimate import CONFIDENCE, check_confidence
from judge_pipeline.domain.statistics.sampled_mean import sampled_share
from judge_pipeline.domain.statistics.sampling_design import drawn_rows
from judge_pipeline.domain.statistics.share import Share

LEAST_COVERAGE = 0.2
"""Of the judged images. A lower one makes the first test wait for more labels: of 300, 60 are among the first fifth."""


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

    `agreement` is that of the images it accepts, with an interval for one look; `at_least` is its lower bound at every look.
    `coverage` are the labelled images that it would have accepted. All four are None, with the reason in `undefined`, if no
    gap is known to be enough.
    """

    wanted: float
    gap: float | None
    agreement: Share | None
    at_least: float | None
    coverage: Share | None
    undefined: str | None = None

    @classmethod
    def none(cls, wanted: float, why: str) -> "AutoAccept":
        """No rule."""
        return cls(wanted, None, None, None, None, why)


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
    judge: Labels,
    people: Labels,
    gaps: Numbers,
    *,
    probabilities: Numbers | None = None,
    clusters: Labels | None = None,
    wanted: float = 0.9,
    confidence: float = CONFIDENCE,
) -> AutoAccept:
    """The smallest gap at and above which the judge agrees with people on more than `wanted` of the images.

    A row is an image that the judge has judged; people have labelled some. Gaps are tested from the largest down, each by
    the lower bound of the agreement at and above it that holds at every look (`lowest_share_at_every_look`), and the search
    ends at the first that fails. The first is the largest gap that at least `LEAST_COVERAGE` of the judged images reach.

    **Why a false rule has probability 1 - `confidence` at most, however often people look.** The judge's gaps fix the
    order of the tests before anyone labels. Let g be the first gap in it whose true agreement is not above `wanted`; if there is
    none, no rule is false. A false rule at any look has passed g, since the search ends where a test fails. So it needs the bound
    at g to exceed `wanted` at that look, and the bound is false at g at some look with probability 1 - `confidence` at most.
    Gaps and looks both come without a correction. What must not happen is that g is skipped at one look and tested at
    another: then the first false gap would change with the labels, and each would err on its own. So no gap is skipped
    for having few labels; those above the first are left out at every look. If the project grows, the first gap may move to one
    next to it; the proof is for a project whose images are known.

    With `probabilities` a label counts with its weight 1 / π, and a row without one is not labelled. The labels from a gap on
    count as Kish's (Σw)² / Σw² equal ones with their weighted agreement. For equal weights the bound is exact, otherwise
    approximate, and cautious where the images of large weight are the clear ones, as in a sample stratified by gap. With
    `clusters` the labels of one scene count as one label of their summed weight, which is cautious unless all of them agree alike.

    The rule speaks of images like the labelled ones: they need to be drawn, not those that people looked at because the judge
    was unsure.

    Sources: fixed sequences: P. Bauer, Multiple testing in clinical trials, Statistics in Medicine 10 (1991), 871-890; their use
    for choosing a threshold: A. N. Angelopoulos et al., Learn then test, arXiv:2110.01052 (2021); L. Kish, Survey Sampling
    (1965), section 11.7.

    Raises:
        ValueError: as `agreement_by_gap`, a wanted agreement that is not between 0 and 1, or a probability that is not above 0
            and up to 1.
    """
    check_confidence(confidence)
    if not (is_within(wanted, 0, 1) and 0 < wanted < 1):
        raise ValueError(f"expected a wanted agreement between 0 and 1, such as 0.9, found {shown(wanted)}")
    given = values_of(probabilities) if probabilities is not None else None
    columns = [values_of(column) for column in (judge, people, gaps)]
    every = sorted((number(gap) for _, gap in paired(columns[0], columns[2])), reverse=True)
    keys = values_of(clusters) if clusters is not None else None
    read, weights, scenes = _labelled(columns, given, keys)
    if not read:
        return AutoAccept.none(wanted, "no image has labels of both and a gap")
    first = every[ceil(len(every) * LEAST_COVERAGE) - 1]
    accepted: tuple[float, float, float] | None = None
    place, count, total, squares = 0, 0.0, 0.0, 0.0
    of_scene: dict[Any, float] = defaultdict(float)
    order = sorted(range(len(read)), key=lambda row: -read[row][0])
    for gap in dict.fromkeys(every):
        while place < len(order) and read[order[place]][0] >= gap:
            weight, is_agreed, scene = weights[order[place]], read[order[place]][1], scenes[order[place]]
            count, total = count + weight * is_agreed, total + weight
            squares += (of_scene[scene] + weight) ** 2 - of_scene[scene] ** 2
            of_scene[scene] += weight
            place += 1
        if gap > first:
            continue
        equal = total**2 / squares if squares else 0.0
        agreed = equal * min(count / total, 1.0) if total else 0.0
        if not is_higher_at_every_look(agreed, equal, wanted, confidence=confidence):
            break
        accepted = (gap, agreed, equal)
    if accepted is None:
        labelled = sum(gap >= first for gap, _ in read)
        if not is_higher_at_every_look(labelled, labelled, wanted, confidence=confidence):
            few = "1 labelled image is" if labelled == 1 else f"{labelled} labelled images are"
            return AutoAccept.none(
                wanted, f"{few} too few to show an agreement above {wanted:.0%} at gaps of {first:g} or more"
            )
        why = f"even at gaps of {first:g} or more the agreement is not known to be above {wanted:.0%}"
        return AutoAccept.none(wanted, why)
    gap, agreed, equal = accepted
    inside = [row for row, (found, _) in enumerate(read) if found >= gap]
    flags = [read[row][1] for row in inside]
    drawn = None if given is None else [1 / weights[row] for row in inside]
    inside_scenes = None if keys is None else [scenes[row] for row in inside]
    weighted = None
    if drawn is not None or inside_scenes is not None:
        weighted = sampled_share(flags, probabilities=drawn, clusters=inside_scenes, confidence=confidence)
    return AutoAccept(
        wanted,
        gap,
        Share(sum(flags), len(flags), confidence, weighted),
        lowest_share_at_every_look(agreed, equal, confidence=confidence),
        Share(len(inside), len(read), confidence),
    )


def _labelled(
    columns: list[list[Any]], given: list[Any] | None, keys: list[Any] | None
) -> tuple[list[tuple[float, bool]], list[float], list[Any]]:
    """Gap and agreement of the labelled rows, their weights and their scenes; a row without a scene is its own."""
    size = len(columns[0])
    scenes = range(size) if keys is None else [object() if is_missing(key) else key for key in keys]
    drawn = [1.0] * size if given is None else given
    rows, _ = drawn_rows(*columns, scenes, drawn, probabilities=drawn)
    check_labels([[row[3] for row in rows]])
    read = _gap_rows(*([row[place] for row in rows] for place in range(3)))
    return read, [1 / float(row[4]) for row in rows], [row[3] for row in rows]
