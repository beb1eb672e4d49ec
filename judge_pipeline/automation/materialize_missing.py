"""The job that takes a range of tags along the whole path, and the schedule that launches it for tags without a judgement."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from judge_pipeline.assets.partitions import known_tags
from judge_pipeline.automation.support.model_batch_tags import waiting_tags
from judge_pipeline.automation.support.partition_ranges import partition_ranges, spanned_keys
from judge_pipeline.automation.support.pending_tags import (
    judged_tags,
    missing_tags,
    permanently_failed_tags,
    up_to_date_tags,
)
from judge_pipeline.automation.support.ticks import SCHEDULE_TAG, fail_tick_in_one_sentence, is_any_unfinished
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.engine.discovery import discover
from judge_pipeline.engine.resources import PipelineResources

NAME = "materialize_missing"


def materialize_missing_job(names: PipelineNames) -> Any:
    """An asset job; Dagster has no public name for its type."""
    return dg.define_asset_job(
        names.of(NAME),
        selection=dg.AssetSelection.assets(*(names.asset(asset) for asset in ASSET_TYPES)).without_checks(),
        description="Captions, links and judges a range of tags; finished work costs nothing.",
    )


def materialize_missing_schedule(batch_size: int, names: PipelineNames = UNPREFIXED) -> dg.ScheduleDefinition:
    """Hourly, off by default; each run takes at most `batch_size` tags."""

    @dg.schedule(
        name=names.of(NAME),
        job_name=names.of(NAME),
        required_resource_keys={names.resource},
        cron_schedule="0 * * * *",
        description="Launches batched runs for the images that stand in an agent stage. Tags whose failure a retry cannot fix "
        "(damaged images, refusals, unusable answers) are left for a person.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        pipeline = PipelineResources.of(context, names)
        if is_any_unfinished(context.instance, tags={SCHEDULE_TAG: names.of(NAME)}):
            yield dg.SkipReason("runs of an earlier tick have not finished")
            return
        with fail_tick_in_one_sentence():
            project = pipeline.open_project()
            if project.inactive_reason:
                yield dg.SkipReason(project.inactive_reason)
                return
            ontology_version = pipeline.titles.roles_in(project.ontology).version
            keys = known_tags(context.instance, names)
            with pipeline.open_store() as store:
                snapshot = discover(project, store, keys, is_bounded=True).snapshot
            judged = judged_tags(pipeline)
            failed, waiting = permanently_failed_tags(pipeline), waiting_tags(pipeline)
            missing = set(missing_tags(snapshot, judged)).intersection(keys) - failed - waiting
            spanned = spanned_keys(keys, missing, size=batch_size)
            done = up_to_date_tags(pipeline, judged, ontology_version, among=spanned)
        if not missing:
            batches = " or a model batch" if waiting else ""
            yield dg.SkipReason(f"all {len(keys)} tags are judged, finished, gone or waiting for a person{batches}")
        for tag_range in partition_ranges(keys, missing, size=batch_size, done=done):
            run_key = f"{context.scheduled_execution_time}:{tag_range.first}"
            yield dg.RunRequest(run_key=run_key, tags=tag_range.run_tags)

    return schedule
