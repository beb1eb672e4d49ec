"""The five partitioned assets, one step of a run: every tag of the batch takes its own path through them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from judge_pipeline.assets.partitions import PartitionsGone, has_known_range, partitions_of, tags_of_run
from judge_pipeline.dagster_events.batch_outcome import STOPPED, outputs_for_later_steps
from judge_pipeline.dagster_events.data_versions import ONTOLOGY
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.run_batch import BatchConfig, run_batch

PATH: dict[str, tuple[list[str], set[str], str, str]] = {
    "images": (
        [],
        {"encord"},
        "Images of the Encord project: read, checked, small enough for a model, and known to Encord by their Tag.",
        "A finished image is read again",
    ),
    "captions_8b": (
        ["images"],
        {"openai"},
        "The first captioner's (`LLM1`) description of the image, within the word limit.",
        "A finished caption is asked for again, linked in the place of the old one, and the new pair is judged,",
    ),
    "captions_16b": (
        ["images"],
        {"openai"},
        "The second captioner's (`LLM2`) description of the image, within the word limit.",
        "A finished caption is asked for again, linked in the place of the old one, and the new pair is judged,",
    ),
    "linked_text_items": (
        ["captions_8b", "captions_16b"],
        {"encord"},
        "Both captions as text items next to their image in Encord; all three rows have moved on to the judge's stage.",
        "Finished texts are replaced",
    ),
    "judgements": (
        ["images", "linked_text_items", ONTOLOGY],
        {"openai", "encord"},
        "The judge's blind comparison by the project's ontology, saved on the label row; all rows are in review.",
        "A finished image is judged again",
    ),
}
"""In the order of the path: what each asset needs, its kinds, what it is, and what happens to a finished tag on purpose."""


def _how_to_start(names: PipelineNames) -> str:
    return (
        f"**No partitions yet?** Launch the job `{names.of('register_images')}`: it adds one for each image of the Encord "
        f"project, launches nothing and costs nothing. Or switch on the sensor `{names.of('new_images')}`, which also runs them."
    )


def _how_to_repeat(again: str, names: PipelineNames) -> str:
    return (
        "Launching a finished tag costs nothing and changes nothing. "
        f"{again} with `ops: {{{names.of('path')}: {{config: {{refresh: true}}}}}}` in the launchpad."
    )


def tag_specs(names: PipelineNames) -> list[dg.AssetSpec]:
    """The partitioned assets of a pipeline, in the order of the path."""
    return [
        dg.AssetSpec(
            names.asset(asset),
            deps=[names.asset(each) for each in deps],
            description=f"{what}\n\n{_how_to_start(names)}\n\n{_how_to_repeat(again, names)}",
            kinds=kinds,
            partitions_def=partitions_of(names),
            skippable=True,
        )
        for asset, (deps, kinds, what, again) in PATH.items()
    ]


SPECS = tag_specs(UNPREFIXED)


def tag_assets(
    batch_size: int, *, judged_with: str | None = None, names: PipelineNames = UNPREFIXED
) -> dg.AssetsDefinition:
    """The multi-asset; a backfill is cut into runs of at most `batch_size` tags.

    Dagster shows judgements made with anything other than `judged_with` as stale.
    """
    specs = tag_specs(names)

    @dg.multi_asset(
        name=names.of("path"),
        specs=[*specs[:-1], specs[-1].replace_attributes(code_version=judged_with)],
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.multi_run(batch_size),
        required_resource_keys={names.resource},
    )
    def path(context: dg.AssetExecutionContext, config: BatchConfig) -> Iterator[Any]:
        try:
            tags = tags_of_run(context, names)
        except PartitionsGone as error:
            raise dg.Failure(f"stopped: {error}", metadata={STOPPED: str(error)}, allow_retries=False) from None
        selected = frozenset(key.path[-1] for key in context.selected_asset_keys)
        run_batch(context, PipelineResources.of(context, names), tags, selected, config)
        if len(context.job_def.graph.nodes) == 1:  # nothing reads outputs, and Dagster lists all partitions for each
            return
        if not has_known_range(context, names):  # Dagster could not read the outputs
            context.log.warning(
                "the steps after this one are skipped: the first or last partition of the run was deleted"
            )
            return
        yield from outputs_for_later_steps("__".join(names.asset(each)) for each in ASSET_TYPES if each in selected)

    return path
