"""The images that the judge and people have compared, divided into parts by image before anything is learned."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import Review
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.tag import Tag

LEARN_SHARE, SELECT_SHARE = 0.25, 0.25
"""Of all images; the rest is held out. Half of the choices for the evaluation: it decides, and needs the most."""

MIN_TRAINING = 20
MIN_HELD_OUT = 20
"""Of 20, five must change from wrong to right and none the other way for a gain to show; fewer images cannot show one."""


class Part(Enum):
    """What an image is used for: always the same, and the same for all images of its group."""

    LEARN = "learn"
    SELECT = "select"
    HOLD_OUT = "hold out"


@dataclass(frozen=True, slots=True)
class Labelled:
    """An image with the current judge's judgement and the choice of people, who chose blind; `people` is None for a tie.

    Images of one `group` are the same file or of the same cluster. `probability` is that of the image to be drawn for
    review, None if it is not known.
    """

    tag: Tag
    group: str
    caption_8b: str
    caption_16b: str
    judgement: Judgement
    people: Captioner | None
    probability: float | None

    @property
    def part(self) -> Part:
        """By the group's own random number, so that it stays when choices are added."""
        digest = hashlib.sha256(f"alignment {self.group}".encode()).digest()
        number = int.from_bytes(digest[:8]) / 2**64
        if number < LEARN_SHARE:
            return Part.LEARN
        return Part.SELECT if number < LEARN_SHARE + SELECT_SHARE else Part.HOLD_OUT

    @property
    def is_agreed(self) -> bool:
        """Whether the current judge says what people say."""
        return self.is_agreement(self.judgement)

    def is_agreement(self, judgement: Judgement) -> bool:
        """Whether a judgement of this image says what people say. One that finds a caption not to be an answer does not."""
        return not judgement.not_available and judgement.choice is self.people

    @property
    def longer(self) -> Captioner | None:
        """The captioner of the longer caption."""
        difference = len(self.caption_8b) - len(self.caption_16b)
        return None if not difference else Captioner.LLM_8B if difference > 0 else Captioner.LLM_16B


def labelled_images(outcomes: Iterable[Outcome], *, judged_with: str, ontology_version: str) -> list[Labelled]:
    """The images that the current judge has compared and a person has decided blind, sorted by tag.

    Choices of scripts, rejected ones and those about earlier captions do not count, nor judgements of other versions.
    """
    listed = list(outcomes)
    groups = _groups(listed)
    found = []
    for each in listed:
        judgement, choice = each.judgement, each.final_choice
        if judgement is None or choice is None or each.caption_8b is None or each.caption_16b is None:
            continue
        is_persons = choice.blind and choice.label is not None and not choice.is_scripted
        is_current = not judgement.is_outdated(judged_with=judged_with, ontology_version=ontology_version)
        if not is_persons or choice.review is Review.REJECTED or each.refreshing or not is_current:
            continue
        if judgement.not_available or judgement.captions_alike:
            continue
        texts = (each.caption_8b.text, each.caption_16b.text)
        found.append(Labelled(each.tag, groups[each.tag], *texts, judgement, choice.choice, each.probability))
    return sorted(found, key=lambda one: one.tag)


def missing_choices(images: Sequence[Labelled]) -> int:
    """How many more blind choices are needed, as expected from the shares of the parts; 0 if there are enough."""
    held_out = sum(each.part is Part.HOLD_OUT for each in images)
    lacking = (
        (MIN_TRAINING - (len(images) - held_out)) / (LEARN_SHARE + SELECT_SHARE),
        (MIN_HELD_OUT - held_out) / (1 - LEARN_SHARE - SELECT_SHARE),
    )
    return max(0, *(round(each) for each in lacking))


def _groups(outcomes: Sequence[Outcome]) -> dict[Tag, str]:
    """The group of each image: connected by the same file or the same cluster, and named by its first key."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    keys = {}
    for each in outcomes:
        own = [f"file {each.image.sha256}" if each.image else f"tag {each.tag}"]
        own += [f"cluster {each.cluster}"] if each.cluster is not None else []
        keys[each.tag] = own[0]
        first, *others = sorted(map(root, own))
        parent.update(dict.fromkeys(others, first))
    return {tag: root(key) for tag, key in keys.items()}
