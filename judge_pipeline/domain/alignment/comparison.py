"""The old and the new judge on the same held-out images: both agreements with people, and their difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from judge_pipeline.domain.alignment.labelled import Labelled
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.statistics import MIN_CHOICES, cohen_kappa, share_difference
from judge_pipeline.domain.tag import Tag


@dataclass(frozen=True, slots=True)
class Comparison:
    """`gained` are the images that only the new judge gets right, `lost` those that only the old one does.

    `difference` is new minus old agreement, with its 95% interval from `low` to `high`. A kappa is None if undefined. With
    `is_sampled` the images were drawn at random and the shares are weighted by their probabilities.
    """

    images: int
    gained: int
    lost: int
    old: float
    new: float
    difference: float
    low: float
    high: float
    old_kappa: float | None
    new_kappa: float | None
    is_sampled: bool

    @property
    def helps(self) -> bool:
        """Whether the new judge is better beyond chance."""
        return self.low > 0


def held_out_images(images: Sequence[Labelled]) -> tuple[Sequence[Labelled], bool]:
    """Those drawn with a known probability if they suffice, and whether they do; else all of them."""
    sampled = [each for each in images if each.probability is not None]
    return (sampled, True) if len(sampled) >= min(len(images), MIN_CHOICES) else (images, False)


def comparison(images: Sequence[Labelled], new: Mapping[Tag, Judgement], *, is_sampled: bool) -> Comparison:
    """Compares the judges on these images, of which there is at least one; images without a new judgement are left out."""
    rows = [each for each in images if each.tag in new]
    was = [each.is_agreed for each in rows]
    now = [each.is_agreement(new[each.tag]) for each in rows]
    probabilities = [each.probability for each in rows] if is_sampled else None
    clusters = [each.group for each in rows]
    gain = share_difference(was, now, probabilities=probabilities, clusters=clusters)
    old = share_difference([False] * len(rows), was, probabilities=probabilities).value
    if gain.value is None or gain.interval is None or old is None:
        raise ValueError("expected images that both judges have compared, found none")
    people = [str(each.people) for each in rows]
    return Comparison(
        images=len(rows),
        gained=sum(after and not before for before, after in zip(was, now, strict=True)),
        lost=sum(before and not after for before, after in zip(was, now, strict=True)),
        old=old,
        new=old + gain.value,
        difference=gain.value,
        low=gain.interval.low,
        high=gain.interval.high,
        old_kappa=cohen_kappa([_label(each.judgement) for each in rows], people).value,
        new_kappa=cohen_kappa([_label(new[each.tag]) for each in rows], people).value,
        is_sampled=is_sampled,
    )


def _label(judgement: Judgement) -> str:
    return "not available" if judgement.not_available else str(judgement.choice)
