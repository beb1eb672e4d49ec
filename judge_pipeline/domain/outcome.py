"""The outcome of one image: its captions, its judgement, the Final Choice, and the resulting state."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.correction import Correction, Corrections
from judge_pipeline.domain.drawing import Draw
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.review_sample import Basis, review_sample
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.tag_failure import TagFailure
from judge_pipeline.domain.text_item import LinkedTextItems


class State(StrEnum):
    """How an image counts. States are never added together."""

    DECIDED = "decided"
    UNDECIDED = "undecided"
    NOT_AVAILABLE = "answer not available"
    FAILED = "failed"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One image. Without a judgement it counts as failed if any attempt failed, and as not judged otherwise.

    `image` is None if it could not be read, `final_choice` if no person has decided about the present captions.
    `earlier_choice` is a decision about earlier captions of the image; it counts nowhere. `refreshing` says that a refresh
    has not reached the judgement yet: it may be about earlier captions. `corrections` are a person's answers in the place of
    the judge's labels; they never change the judgement, and `earlier_corrections` are about earlier captions.

    `in_population` says that a sample of final choices speaks for this image. If its own choice is in the sample,
    `probability` is its inclusion probability and `basis` says why that is known. `cluster` is its scene; None if
    it is on its own.
    """

    tag: Tag
    title: str
    image: Image | None
    caption_8b: Caption | None
    caption_16b: Caption | None
    judgement: Judgement | None
    final_choice: FinalChoice | None
    failures: tuple[TagFailure, ...]
    earlier_choice: FinalChoice | None = None
    refreshing: bool = False
    corrections: tuple[Correction, ...] = ()
    earlier_corrections: tuple[Correction, ...] = ()
    in_population: bool = False
    probability: float | None = None
    basis: Basis | None = None
    cluster: str | None = None

    @property
    def corrected_choice(self) -> Correction | None:
        """A person's word on which caption is better, in the place of the judge's choice."""
        return next((each for each in self.corrections if each.is_choice), None)

    @property
    def state(self) -> State:
        """The image is not decided if the judge found one of its captions not to be an answer, whatever was chosen."""
        if self.judgement is None:
            return State.FAILED if self.failures else State.NOT_JUDGED
        if self.judgement.not_available:
            return State.NOT_AVAILABLE
        return State.UNDECIDED if self.judgement.choice is None else State.DECIDED

    @property
    def winner(self) -> Captioner | None:
        """The winning captioner, if the image is decided."""
        return self.judgement.choice if self.judgement and self.state is State.DECIDED else None

    @property
    def is_clear(self) -> bool:
        """Whether its present captions were compared: they differ, are answers, and do not seem to sway the judge."""
        judgement = self.judgement
        return (
            self.image is not None
            and self.caption_8b is not None
            and self.caption_16b is not None
            and judgement is not None
            and not (judgement.captions_alike or judgement.suspicions or self.refreshing)
            and self.state in (State.DECIDED, State.UNDECIDED)
        )

    def caption_of(self, captioner: Captioner) -> Caption | None:
        """This captioner's caption."""
        return self.caption_8b if captioner is Captioner.LLM_8B else self.caption_16b


def outcomes(
    *,
    images: Mapping[Tag, Image],
    captions_8b: Mapping[Tag, Caption],
    captions_16b: Mapping[Tag, Caption],
    judgements: Mapping[Tag, Judgement],
    final_choices: Mapping[Tag, FinalChoice],
    failures: Sequence[TagFailure],
    linked_text_items: Mapping[Tag, LinkedTextItems],
    refreshing: Collection[Tag] = (),
    corrections: Mapping[Tag, Corrections] = MappingProxyType({}),
    draws: Mapping[Tag, Draw] = MappingProxyType({}),
    assume_random: bool = False,
    clusters: Mapping[Tag, str] = MappingProxyType({}),
) -> tuple[Outcome, ...]:
    """The outcome of every known image, sorted by title and tag; an image without a title is listed by its tag.

    A Final Choice without anything else does not make an outcome: it may be about an image that the pipeline has never
    seen. It counts if it was given for the captions that are linked now. For `draws` and `assume_random` see
    `review_sample`.
    """
    failed: dict[Tag, list[TagFailure]] = {}
    for failure in failures:
        failed.setdefault(failure.tag, []).append(failure)
    tags = {*images, *captions_8b, *captions_16b, *judgements, *failed}
    titles = {tag: str(tag) for tag in tags}
    titles |= {failure.tag: failure.title for failure in failures}
    titles |= {tag: image.title for tag, image in images.items()}
    texts = {tag: linked.item_uuids for tag, linked in linked_text_items.items()}
    earlier = {tag: choice for tag, choice in final_choices.items() if not choice.is_given_for(texts.get(tag))}

    def corrections_of(tag: Tag, *, earlier: bool) -> tuple[Correction, ...]:
        labels = corrections[tag].labels if tag in corrections else ()
        return tuple(each for each in labels if each.is_given_for(texts.get(tag)) is not earlier)

    counting = {**final_choices, **{tag: choice.without_answer() for tag, choice in earlier.items()}}
    sample = review_sample(
        comparable=captions_8b.keys() & captions_16b.keys(),
        choices={tag: choice for tag, choice in counting.items() if choice is not None},
        draws=draws,
        assume_random=assume_random,
    )
    return tuple(
        Outcome(
            tag=tag,
            title=titles[tag],
            image=images.get(tag),
            caption_8b=captions_8b.get(tag),
            caption_16b=captions_16b.get(tag),
            judgement=judgements.get(tag),
            final_choice=counting.get(tag),
            failures=tuple(failed.get(tag, ())),
            earlier_choice=earlier.get(tag),
            refreshing=tag in refreshing,
            corrections=corrections_of(tag, earlier=False),
            earlier_corrections=corrections_of(tag, earlier=True),
            in_population=tag in sample.population,
            probability=sample.probabilities.get(tag),
            basis=sample.bases.get(tag),
            cluster=clusters.get(tag),
        )
        for tag in sorted(tags, key=lambda tag: (titles[tag], tag))
    )
