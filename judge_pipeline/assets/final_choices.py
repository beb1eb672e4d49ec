"""The final choices: what people decided about each image in Encord, read when it has changed."""

from collections.abc import Iterable, Mapping

import dagster as dg

from judge_pipeline.domain.final_choice import FinalChoice, Review
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.final_choices import FINAL_CHOICES, catch_up
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.store import Store


@dg.asset(
    name=FINAL_CHOICES,
    description="What people decided about each image: its Final Choice, and whether the review approved it. One look at all "
    "rows, and a reading of those labels that were saved since the last.",
    group_name="judging",
    kinds={"encord"},
    deps=["judgements"],
    required_resource_keys={"pipeline"},
)
def final_choices(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Writes nothing to Encord and asks no model."""
    pipeline: PipelineResources = context.resources.pipeline
    return dg.MaterializeResult(metadata=read_final_choices(pipeline, holder=context.run_id))


def read_final_choices(pipeline: PipelineResources, *, holder: str) -> dict[str, int]:
    """Brings the store up to what people have decided by now; returns the counts of all decisions, and of the new ones.

    Raises:
        EncordError, OntologyMismatch, StoreError: it cannot be read or kept; one sentence.
    """
    from judge_pipeline.encord_project.project import EncordProject

    project = EncordProject.open(pipeline.connection, pipeline.project_hash)
    roles = pipeline.titles.roles_in(project.ontology)
    store = Store.open(pipeline.database_url)
    try:
        records = store.project(pipeline.project_hash)
        found, changed = catch_up(project, records, roles, holder=holder)
        texts = {tag: seen.texts for tag, seen in found.sightings.items()}
        return counts(records.results(FINAL_CHOICES, FinalChoice).values(), texts, new=len(changed))
    finally:
        store.close()


def counts(choices: Iterable[FinalChoice], texts: Mapping[Tag, tuple[str, ...]], *, new: int) -> dict[str, int]:
    """The numbers that the asset's page shows; `texts` are the captions beside each image, by their storage items.

    A choice for an earlier caption is counted as such and as nothing else; `new` is how many decisions have come, changed
    or gone.
    """
    found = list(choices)
    counting = [choice for choice in found if choice.is_given_for(texts.get(choice.tag))]
    return {
        "decided": sum(choice.choice is not None for choice in counting),
        "ties": sum(choice.is_tie for choice in counting),
        "blind": sum(choice.blind for choice in counting),
        "for an earlier caption": len(found) - len(counting),
        "matched by times": sum(choice.by_times for choice in counting),
        "approved": sum(choice.review is Review.APPROVED for choice in found),
        "rejected": sum(choice.review is Review.REJECTED for choice in found),
        "new": new,
    }
