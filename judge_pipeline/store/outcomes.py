"""The outcomes of all images of a project, loaded from the store for the report and the exports."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar, cast

from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.classification_answer import ClassificationAnswer
from judge_pipeline.domain.correction import Corrections
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome, outcomes
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.score import Score
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.store.store import ProjectStore

T = TypeVar("T")

NO_ANSWER = ClassificationAnswer("", "", ())


def load_outcomes(
    store: ProjectStore, *, assume_random: bool = False, clusters: Mapping[Tag, str] = MappingProxyType({})
) -> tuple[Outcome, ...]:
    """One outcome for each image; a failed partition whose key is not an image's Tag is none.

    With `assume_random`, choices that were not drawn are assumed to be a random sample. `clusters` are the scenes of images.

    Thumbnails, the judges' raw answers, and of each ruling what became scores are left out, and equal parts are kept once: in a
    project of 250,000 images they are gigabytes. Judgements have their answers only where a person has corrected a label.

    During a refresh, what is linked in Encord is no longer what the captions say, unless neither has been made yet.
    """
    refreshing = {asset: store.refreshes.unfinished(asset) for asset in ASSET_TYPES}
    relinking = refreshing["linked_text_items"] - (refreshing["captions_8b"] & refreshing["captions_16b"])
    shared = _Shared()
    corrections = store.results("corrections", Corrections)
    choices = {shared(tag): shared.choice(found) for tag, found in store.each_result("final_choices", FinalChoice)}
    asked = corrections.keys() | {tag for tag, choice in choices.items() if choice.given_for is not None}
    return outcomes(
        images={shared(tag): shared.image(found) for tag, found in store.each_result("images", Image)},
        captions_8b={shared(tag): shared.caption(found) for tag, found in store.each_result("captions_8b", Caption)},
        captions_16b={shared(tag): shared.caption(found) for tag, found in store.each_result("captions_16b", Caption)},
        judgements={
            shared(tag): shared.judgement(found, with_answers=tag in corrections)
            for tag, found in store.each_result("judgements", Judgement)
        },
        final_choices=choices,
        failures=[failure for failure in store.failures() if not failure.is_about_no_image],
        linked_text_items=store.results("linked_text_items", LinkedTextItems, sorted(asked - relinking)),
        refreshing=refreshing["judgements"],
        corrections=corrections,
        draws=store.draws.all(),
        assume_random=assume_random,
        clusters=clusters,
    )


class _Shared:
    """What many values have in common, kept once: tags, names of models, scores, rulings."""

    def __init__(self) -> None:
        self._known: dict[object, object] = {}

    def __call__(self, part: T) -> T:
        return cast("T", self._known.setdefault(part, part))

    def image(self, image: Image) -> Image:
        return replace(image, tag=self(image.tag), thumbnail="")

    def caption(self, caption: Caption) -> Caption:
        model, version = self(caption.model), self(caption.prompt_version)
        return replace(caption, tag=self(caption.tag), model=model, prompt_version=version)

    def choice(self, choice: FinalChoice) -> FinalChoice:
        return replace(choice, tag=self(choice.tag), judgement_version=self(choice.judgement_version))

    def judgement(self, judgement: Judgement, *, with_answers: bool) -> Judgement:
        return replace(
            judgement,
            tag=self(judgement.tag),
            rulings=self._rulings(judgement.rulings),
            answers=judgement.answers if with_answers else (),
            scores=self._scores(judgement.scores),
            model=self(judgement.model),
            prompt_version=self(judgement.prompt_version),
            ontology_version=self(judgement.ontology_version),
            judged_with=self(judgement.judged_with),
            panel=tuple(
                replace(
                    vote,
                    judge=self(vote.judge),
                    model=self(vote.model),
                    scores=self._scores(vote.scores),
                    rulings=self._rulings(vote.rulings),
                )
                for vote in judgement.panel
            ),
        )

    def _scores(self, scores: tuple[Score, ...]) -> tuple[Score, ...]:
        return self(tuple(map(self, scores)))

    def _rulings(self, rulings: tuple[Ruling, ...]) -> tuple[Ruling, ...]:
        """Without the raw text and the answers; those with a probability are all different."""
        short = (replace(each, for_8b=NO_ANSWER, for_16b=NO_ANSWER, others=(), text="") for each in rulings)
        return self(tuple(each if each.probability is not None else self(each) for each in short))
