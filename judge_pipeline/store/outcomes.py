"""The outcomes of all images of a project, loaded from the store for the report and the exports."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.classification_answer import ClassificationAnswer
from judge_pipeline.domain.correction import Corrections
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome, outcomes
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.store.store import ProjectStore

NO_ANSWER = ClassificationAnswer("", "", ())


def load_outcomes(
    store: ProjectStore, *, assume_random: bool = False, clusters: Mapping[Tag, str] = MappingProxyType({})
) -> tuple[Outcome, ...]:
    """One outcome for each image; a failed partition whose key is not an image's Tag is none.

    With `assume_random`, choices that were not drawn are assumed to be a random sample. `clusters` are the scenes of images.

    Thumbnails, the judges' raw answers, and of each ruling what became scores are left out: in a project of 250,000 images they are
    gigabytes.

    During a refresh, what is linked in Encord is no longer what the captions say, unless neither has been made yet.
    """
    refreshing = {asset: store.refreshes.unfinished(asset) for asset in ASSET_TYPES}
    relinking = refreshing["linked_text_items"] - (refreshing["captions_8b"] & refreshing["captions_16b"])
    linked = store.results("linked_text_items", LinkedTextItems)
    return outcomes(
        images={tag: replace(image, thumbnail="") for tag, image in store.each_result("images", Image)},
        captions_8b=store.results("captions_8b", Caption),
        captions_16b=store.results("captions_16b", Caption),
        judgements={tag: _without_raw_answers(found) for tag, found in store.each_result("judgements", Judgement)},
        final_choices=store.results("final_choices", FinalChoice),
        failures=[failure for failure in store.failures() if not failure.is_about_no_image],
        linked_text_items={tag: texts for tag, texts in linked.items() if tag not in relinking},
        refreshing=refreshing["judgements"],
        corrections=store.results("corrections", Corrections),
        draws=store.draws.all(),
        assume_random=assume_random,
        clusters=clusters,
    )


def _without_raw_answers(judgement: Judgement) -> Judgement:
    panel = tuple(replace(vote, rulings=_without_text(vote.rulings)) for vote in judgement.panel)
    return replace(judgement, rulings=_without_text(judgement.rulings), panel=panel)


def _without_text(rulings: tuple[Ruling, ...]) -> tuple[Ruling, ...]:
    return tuple(replace(ruling, for_8b=NO_ANSWER, for_16b=NO_ANSWER, others=(), text="") for ruling in rulings)
