"""The job that takes a range of tags along the whole path, and the schedule that launches it for tags without a judgement."""

from collections.abc import Iterator

import dagster as dg

from judge_pipeline.assets.partitions import known_tags
from judge_pipeline.assets.tag_assets import SPECS
from judge_pipeline.automation.support.partition_ranges import partition_ranges
from judge_pipeline.automation.support.pending_tags import judged_tags, missing_tags, permanently_failed_tags
from judge_pipeline.automation.support.ticks import SCHEDULE_TAG, fail_tick_in_one_sentence, is_any_unfinished
from judge_pipeline.engine.resources import PipelineResources

materialize_missing = dg.define_asset_job(
    "materialize_missing",
    selection=dg.AssetSelection.assets(*(spec.key for spec in SPECS)).without_checks(),
    description="Captions, links and judges a range of tags; finished work costs nothing.",
)


def materialize_missing_schedule(batch_size: int) -> dg.ScheduleDefinition:
    """Hourly, off by default; each run takes at most `batch_size` tags."""

    @dg.schedule(
        name="materialize_missing",
        job=materialize_missing,
        cron_schedule="0 * * * *",
        description="Launches batched runs for the images that stand in an agent stage. Tags whose failure a retry cannot fix "
        "(damaged images, refusals, unusable answers) are left for a person.",
    )
    def schedule(
        context: dg.ScheduleEvaluationContext, pipeline: dg.ResourceParam[PipelineResources]
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if is_any_unfinished(context.instance, tags={SCHEDULE_TAG: "materialize_missing"}):
            yield dg.SkipReason("runs of an earlier tick have not finished")
            return
        with fail_tick_in_one_sentence():
            project = pipeline.open_project()
            if project.inactive_reason:
                yield dg.SkipReason(project.inactive_reason)
                return
            snapshot = project.snapshot()
            ontology_version = pipeline.titles.roles_in(project.ontology).version
            judged = judged_tags(pipeline, ontology_version)
            failed = permanently_failed_tags(pipeline)
        keys = known_tags(context.instance)
        missing = set(missing_tags(snapshot, judged)).intersection(keys) - failed
        if not missing:
            yield dg.SkipReason(f"all {len(keys)} tags are judged, finished, gone or waiting for a person")
        for tag_range in partition_ranges(keys, missing, size=batch_size, done=judged.up_to_date):
            run_key = f"{context.scheduled_execution_time}:{tag_range.first}"
            yield dg.RunRequest(run_key=run_key, tags=tag_range.run_tags)

    return schedule
