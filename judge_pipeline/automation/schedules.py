"""The schedules: one launches whatever has no judgement yet, the other what has failed and may pass by now."""

from collections.abc import Iterator

import dagster as dg

from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.automation.ended_runs import UNDER_WAY
from judge_pipeline.automation.jobs import materialize_missing
from judge_pipeline.automation.partition_ranges import batches
from judge_pipeline.automation.pending_tags import judged_tags, missing_tags, tags_that_wait_for_a_person
from judge_pipeline.automation.retry_failed import carry_failed_tags, find_failed, retry_failed
from judge_pipeline.automation.ticks import failing_in_one_sentence
from judge_pipeline.dagster_events.run_tags import COUNT_TAGS
from judge_pipeline.engine.resources import PipelineResources


def materialize_missing_schedule(batch_size: int) -> dg.ScheduleDefinition:
    """Every hour, off until somebody turns it on; runs of at most `batch_size` tags."""

    @dg.schedule(
        name="materialize_missing",
        job=materialize_missing,
        cron_schedule="0 * * * *",
        required_resource_keys={"pipeline"},
        description="Launches batched runs for the tags that have no judgement yet, save those whose failure does not pass "
        "by itself: damaged images, refusals and unusable answers wait for a person.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        from judge_pipeline.encord_project.project import EncordProject

        of_earlier_ticks = dg.RunsFilter(
            tags={"dagster/schedule_name": "materialize_missing"}, statuses=list(UNDER_WAY)
        )
        if context.instance.get_runs_count(of_earlier_ticks):
            yield dg.SkipReason("runs of an earlier tick have not ended yet")
            return
        pipeline: PipelineResources = context.resources.pipeline
        with failing_in_one_sentence():
            project = EncordProject.open(pipeline.connection, pipeline.project_hash)
            snapshot = project.snapshot()
            judged = judged_tags(pipeline, pipeline.titles.roles_in(project.ontology).version)
            waiting = tags_that_wait_for_a_person(pipeline)
        keys = context.instance.get_dynamic_partitions(TAGS.name or "")
        missing = set(missing_tags(snapshot, judged.all)).intersection(keys) - waiting
        if not missing:
            yield dg.SkipReason(
                f"each of {len(keys)} tags is judged, finished by a person or gone, or waits for a person"
            )
        for batch in batches(keys, missing, size=batch_size, done=judged.up_to_date):
            yield dg.RunRequest(run_key=f"{context.scheduled_execution_time}:{batch.first}", tags=batch.run_tags)

    return schedule


@dg.schedule(
    name="retry_failed",
    job=retry_failed,
    cron_schedule="30 * * * *",
    required_resource_keys={"pipeline"},
    description="Launches one run for the tags whose failure may pass by itself: Encord or a model had no time, a run was "
    "killed or stopped. Damaged images, refusals and unusable answers wait for a person.",
)
def retry_failed_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Every hour, off until somebody turns it on. A tag that fails for ever costs nothing for ever."""
    under_way = dg.RunsFilter(job_name=retry_failed.name, statuses=list(UNDER_WAY))
    if context.instance.get_runs_count(under_way):
        return dg.SkipReason("the last run of retry_failed has not ended yet")
    with failing_in_one_sentence():
        failed = find_failed(context.resources.pipeline, context.instance)
    tags = [each.tag for each in failed if each.may_pass]
    if not tags:
        waiting = f"; {len(failed)} wait for a person, see `judge-pipeline retry-failed --dry-run`" if failed else ""
        return dg.SkipReason(f"no tag has failed in a way that passes by itself{waiting}")
    return dg.RunRequest(
        run_key=str(context.scheduled_execution_time),
        run_config={"ops": {carry_failed_tags.name: {"config": {"tags": tags}}}},
        tags={COUNT_TAGS["tags"]: str(len(tags))},
    )
