"""The final choices: what people have decided about each image in Encord."""

from collections.abc import Iterable, Mapping

import dagster as dg

from judge_pipeline.domain.drawing import Drawing
from judge_pipeline.domain.final_choice import FinalChoice, Review
from judge_pipeline.domain.pipeline_names import PipelineNames
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.corrections import CORRECTIONS
from judge_pipeline.engine.final_choices import FINAL_CHOICES, sync_final_choices
from judge_pipeline.engine.resources import PipelineResources


def final_choices_asset(names: PipelineNames) -> dg.AssetsDefinition:
    """Writes nothing to Encord; no model is called."""

    @dg.asset(
        key=names.asset(FINAL_CHOICES),
        description="What people have decided about each image: its Final Choice, whether the review approved it, and which of "
        "the judge's labels they have corrected. Lists all rows and reads the labels saved since the last sync.",
        kinds={"encord"},
        deps=[names.asset("judgements")],
        required_resource_keys={names.resource},
    )
    def final_choices(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        pipeline = PipelineResources.of(context, names)
        return dg.MaterializeResult(metadata=read_final_choices(pipeline, holder=context.run_id))

    return final_choices


def read_final_choices(pipeline: PipelineResources, *, holder: str) -> dict[str, int]:
    """Brings the store up to date with people's decisions; returns the counts of all decisions and of the new ones.

    Raises:
        EncordError, OntologyMismatch, StoreError: they cannot be read or stored; one sentence.
    """
    project = pipeline.open_project()
    roles = pipeline.titles.roles_in(project.ontology)
    with pipeline.open_store() as store:
        found, changed = sync_final_choices(project, store, roles, holder=holder)
        texts = {tag: seen.texts for tag, seen in found.observations.items()}
        return {
            **counts(store.results(FINAL_CHOICES, FinalChoice).values(), texts, new=len(changed)),
            "corrected": len(store.tags_with(CORRECTIONS)),
        }


def counts(choices: Iterable[FinalChoice], texts: Mapping[Tag, tuple[str, ...]], *, new: int) -> dict[str, int]:
    """The numbers on the asset's page; `texts` are the storage items of each image's present captions.

    A choice for an earlier caption is counted only as such; those by people also by how their images were drawn, unless an
    earlier version did not keep it. `new` is the number of decisions that were added, changed or removed.
    """
    found = list(choices)
    current = [choice for choice in found if choice.is_given_for(texts.get(choice.tag))]
    by_people = [choice for choice in current if choice.is_by_person]
    return {
        "decided": sum(choice.choice is not None for choice in current),
        "ties": sum(choice.is_tie for choice in current),
        "blind": sum(choice.blind for choice in current),
        **{drawing.value: sum(choice.drawn is drawing for choice in by_people) for drawing in Drawing},
        "by a script": sum(choice.is_scripted for choice in current),
        "for an earlier caption": len(found) - len(current),
        "matched by times": sum(choice.by_times for choice in current),
        "approved": sum(choice.review is Review.APPROVED for choice in found),
        "rejected": sum(choice.review is Review.REJECTED for choice in found),
        "new": new,
    }
