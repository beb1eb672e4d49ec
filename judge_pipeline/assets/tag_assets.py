"""The five partitioned assets, one step of a run: every tag of the batch takes its own path through them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from judge_pipeline.assets.partitions import TAGS, PartitionsGone, has_known_range, tags_of_run
from judge_pipeline.dagster_events.batch_outcome import STOPPED, outputs_for_later_steps
from judge_pipeline.dagster_events.data_versions import ONTOLOGY
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.run_batch import BatchConfig, run_batch

SPECS = [
    dg.AssetSpec(
        "images",
        description="Images of the Encord project: read, checked, small enough for a model, and known to Encord by their Tag.",
        group_name="captioning",
        kinds={"encord"},
        partitions_def=TAGS,
        skippable=True,
    ),
    dg.AssetSpec(
        "captions_8b",
        deps=["images"],
        description="The first captioner's (`LLM1`) description of the image, within the word limit.",
        group_name="captioning",
        kinds={"openai"},
        partitions_def=TAGS,
        skippable=True,
    ),
    dg.AssetSpec(
        "captions_16b",
        deps=["images"],
        description="The second captioner's (`LLM2`) description of the image, within the word limit.",
        group_name="captioning",
        kinds={"openai"},
        partitions_def=TAGS,
        skippable=True,
    ),
    dg.AssetSpec(
        "linked_text_items",
        deps=["captions_8b", "captions_16b"],
        description="Both captions as text items next to their image in Encord; all three rows have moved on to the judge's stage.",
        group_name="captioning",
        kinds={"encord"},
        partitions_def=TAGS,
        skippable=True,
    ),
    dg.AssetSpec(
        "judgements",
        deps=["images", "linked_text_items", ONTOLOGY],
        description="The judge's blind comparison by the project's ontology, saved on the label row; all rows are in review.",
        group_name="judging",
        kinds={"openai", "encord"},
        partitions_def=TAGS,
        skippable=True,
    ),
]
"""In the order of the path."""


def tag_assets(batch_size: int, *, judged_with: str | None = None) -> dg.AssetsDefinition:
    """The multi-asset; a backfill is cut into runs of at most `batch_size` tags.

    Dagster shows judgements made with anything other than `judged_with` as stale.
    """

    @dg.multi_asset(
        name="path",
        specs=[*SPECS[:-1], SPECS[-1].replace_attributes(code_version=judged_with)],
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.multi_run(batch_size),
    )
    def path(
        context: dg.AssetExecutionContext, config: BatchConfig, pipeline: dg.ResourceParam[PipelineResources]
    ) -> Iterator[Any]:
        try:
            tags = tags_of_run(context)
        except PartitionsGone as error:
            raise dg.Failure(f"stopped: {error}", metadata={STOPPED: str(error)}, allow_retries=False) from None
        selected = frozenset(key.to_user_string() for key in context.selected_asset_keys)
        run_batch(context, pipeline, tags, selected, config)
        if not has_known_range(context):  # Dagster could not read the outputs
            context.log.warning(
                "the steps after this one are skipped: the first or last partition of the run was deleted"
            )
            return
        yield from outputs_for_later_steps(name for spec in SPECS if (name := spec.key.to_user_string()) in selected)

    return path
