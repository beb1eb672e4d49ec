"""The pairs of captions that probe a judge: what is shown with which picture, and how its answer is read."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement, alike
from judge_pipeline.domain.probes.splicing import joined, sentences, with_false_detail
from judge_pipeline.domain.probes.trial import Chosen, Probe, Trial
from judge_pipeline.domain.repetition import content
from judge_pipeline.domain.tag import Tag

MOST_DONORS = 500
"""Images whose captions lend a false detail: enough to find a fitting one, in a project of any size."""


@dataclass(frozen=True, slots=True)
class CaptionedImage:
    """An image with both captions. `choice` is the present judge's choice between them, None if it has none."""

    tag: Tag
    sha256: str
    captions: Mapping[Captioner, str]
    choice: Captioner | None

    @property
    def said(self) -> str:
        """Both captions."""
        return " ".join(self.captions.values())

    @property
    def better(self) -> Captioner:
        """The captioner whose caption is falsified: the judge's choice, or else one drawn by the tag."""
        return self.choice or _drawn("better", self.tag)


@dataclass(frozen=True, slots=True)
class ProbePair:
    """Two texts to be judged as the captions of `tag`, the first in the place of `first_slot`.

    `picture` is the image that is shown with them; None is a blank one.
    """

    probe: Probe
    tag: Tag
    first: str
    second: str
    first_slot: Captioner
    picture: Tag | None

    def caption_of(self, captioner: Captioner) -> str:
        """The text in the place of this captioner's caption."""
        return self.first if captioner is self.first_slot else self.second

    def trial(self, judgement: Judgement) -> Trial:
        """What the judge chose. A text that it finds not to be an answer loses to one that is."""
        if self.probe is Probe.SAME_CAPTION:
            return self._trial_of_equals(judgement)
        return Trial(self.probe, self._chosen(_preferred(judgement, judgement.choice)))

    def _trial_of_equals(self, judgement: Judgement) -> Trial:
        """A choice between equal texts is forced, so the grades say whether the judge prefers one."""
        gap, ruling = judgement.score_gap, judgement.rulings[0]
        first_place = ruling.choice is ruling.shown_first
        if gap is None and not judgement.not_available:
            reason = "the form has no criterion that both captions are graded by"
            return Trial(self.probe, None, reason, first_place)
        graded_higher = None if not gap else Captioner.LLM_8B if gap > 0 else Captioner.LLM_16B
        return Trial(self.probe, self._chosen(_preferred(judgement, graded_higher)), first_place=first_place)

    def _chosen(self, captioner: Captioner | None) -> Chosen:
        if captioner is None:
            return Chosen.NEITHER
        return Chosen.FIRST if captioner is self.first_slot else Chosen.SECOND


def sample(tags: Iterable[Tag], count: int) -> list[Tag]:
    """Random images, the same ones every time; a larger sample contains the smaller one."""
    return sorted(tags, key=lambda tag: _rank("sample", tag))[:count]


def donors(images: Iterable[CaptionedImage]) -> list[CaptionedImage]:
    """The images whose captions may lend a false detail."""
    return sorted(images, key=lambda image: _rank("donor", image.tag))[:MOST_DONORS]


def probe_pairs(
    image: CaptionedImage, lenders: Sequence[CaptionedImage], *, both_orders: bool
) -> tuple[ProbePair, ...]:
    """The probes of one image, as far as they can be made of the captions there are.

    In one order every choice is forced, so it is not asked which of two equal texts the judge prefers.
    """
    better, captions = image.better, image.captions
    own = captions[better]
    found: list[ProbePair] = []

    def add(probe: Probe, first: str, second: str, *, slot: Captioner | None = None, picture: Tag | None) -> None:
        drawn = slot or _drawn(probe.value, image.tag)
        found.append(ProbePair(probe, image.tag, first, second, drawn, picture))

    ranked = _ranked(image, lenders)
    falsified = (with_false_detail(own, each.captions[better], said=image.said) for each in ranked)
    planted = next((text for text in falsified if text is not None and not alike(own, text)), None)
    if planted is not None:
        add(Probe.FALSE_DETAIL, own, planted, picture=image.tag)
    others = [each for each in ranked if planted is None or not alike(each.captions[better], planted)]
    if ranked:
        lender = (others or ranked)[0]
        theirs = lender.captions[better]
        add(Probe.LONGER_WITH_ERROR, own, joined(own, sentences(theirs)[0]), picture=image.tag)
        if others:  # or else the same question has been asked as a false detail
            add(Probe.OTHER_CAPTION, own, theirs, picture=image.tag)
        slot = _drawn(Probe.OTHER_CAPTION.value, image.tag).other  # only the picture differs
        add(Probe.SWAPPED_IMAGE, theirs, own, slot=slot, picture=lender.tag)
    if image.choice is not None:
        add(Probe.BLANK_IMAGE, own, captions[better.other], slot=better, picture=None)
    if both_orders:
        parts = (captions[Captioner.LLM_8B], captions[Captioner.LLM_16B])
        add(Probe.REORDERED, joined(*parts), joined(*reversed(parts)), picture=image.tag)
    add(Probe.SAME_CAPTION, own, own, picture=image.tag)
    return tuple(found)


def _ranked(image: CaptionedImage, lenders: Iterable[CaptionedImage]) -> list[CaptionedImage]:
    """Other images whose caption says something else: those without a word in common first, then those with fewer than half.

    Within each of these groups the order is drawn, so that new images change few pairs.
    """
    said, found = content(image.said), []
    for lender in lenders:
        theirs = content(lender.captions[image.better])
        if lender.sha256 != image.sha256 and theirs - said:
            common = len(theirs & said)
            group = 0 if not common else 1 if 2 * common <= len(theirs) else 2
            found.append((group, _rank(image.tag, lender.tag), lender))
    return [lender for _, _, lender in sorted(found, key=lambda each: each[:2])]


def _preferred(judgement: Judgement, choice: Captioner | None) -> Captioner | None:
    available = [captioner for captioner in Captioner if captioner not in judgement.not_available]
    return choice if len(available) == len(Captioner) else available[0] if available else None


def _drawn(purpose: str, tag: Tag) -> Captioner:
    return Captioner.LLM_8B if _rank(purpose, tag)[0] & 1 else Captioner.LLM_16B


def _rank(purpose: str, tag: Tag) -> bytes:
    return hashlib.sha256(f"probe {purpose} {tag}".encode()).digest()
