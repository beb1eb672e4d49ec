"""The job that processes failed tags again, and the schedule that launches it.

The tags may be scattered and still make one run, whereas launching partitions makes one run per contiguous range.
"""

from datetime import UTC, datetime

import dagster as dg
from pydantic import Field

from judge_pipeline.automation.support.failed_tags import FailedTag, failed_tags
from judge_pipeline.automation.support.scattered_tags import run_scattered_tags
from judge_pipeline.automation.support.ticks import fail_tick_in_one_sentence, is_any_unfinished
from judge_pipeline.automation.support.time_span import InvalidTime, parse_since
from judge_pipeline.dagster_events.batch_outcome import STOPPED
from judge_pipeline.domain.pipeline_names import PipelineNames
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.run_batch import BatchConfig
from judge_pipeline.store.errors import StoreError

NAME = "retry_failed"
CARRY = "carry_failed_tags"


class RetryConfig(BatchConfig):
    """By default: everything that has failed."""

    tags: list[str] = Field([], description="Process these tags, failed or not. Empty: every failed tag.")
    since: str | None = Field(
        None,
        description="Only failures since then: a span such as 2h or 1d, or an ISO time (UTC unless it names a zone).",
    )


def retry_failed_job(names: PipelineNames) -> dg.JobDefinition:
    """One step."""

    @dg.op(
        name=names.of(CARRY),
        description="Finds the failed tags in the store and in Dagster, and processes them from end to end.",
        required_resource_keys={names.resource},
    )
    def carry_failed_tags(context: dg.OpExecutionContext, config: RetryConfig) -> None:
        _carry(context, config, PipelineResources.of(context, names))

    @dg.job(
        name=names.of(NAME),
        description="Processes every failed tag again, or those that the config names, in one run even if they are scattered. "
        "Finished work is not paid for twice.",
    )
    def retry_failed() -> None:
        carry_failed_tags()

    return retry_failed


def retry_failed_schedule(names: PipelineNames) -> dg.ScheduleDefinition:
    """Hourly, off by default. A tag that fails for good is not retried, so it costs nothing more."""

    @dg.schedule(
        name=names.of(NAME),
        job_name=names.of(NAME),
        cron_schedule="30 * * * *",
        required_resource_keys={names.resource},
        description="Launches one run for the tags whose failure may be temporary: Encord or a model was overloaded, a run was "
        "killed or stopped. Damaged images, refusals and unusable answers are left for a person.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        pipeline = PipelineResources.of(context, names)
        if is_any_unfinished(context.instance, job_name=names.of(NAME)):
            return dg.SkipReason(f"the last run of {names.of(NAME)} has not finished")
        with fail_tick_in_one_sentence():
            if reason := pipeline.open_project().inactive_reason:
                return dg.SkipReason(reason)
            failed = find_failed(pipeline, context.instance)
        tags = [each.tag for each in failed if each.is_transient]
        if not tags:
            permanent = f"; {len(failed)} need a person, see `judge-pipeline retry-failed --dry-run`" if failed else ""
            return dg.SkipReason(f"no tag has a temporary failure{permanent}")
        return dg.RunRequest(
            run_key=str(context.scheduled_execution_time),
            run_config={"ops": {names.of(CARRY): {"config": {"tags": tags}}}},
        )

    return schedule


def _carry(context: dg.OpExecutionContext, config: RetryConfig, pipeline: PipelineResources) -> None:
    """Materialises the failed tags, or those that the config names; adds the partitions that are missing.

    Raises:
        Failure: a tag failed again, or the run could not start; its message says why.
    """
    try:
        tags = [Tag(tag) for tag in dict.fromkeys(config.tags)]
        if not tags:
            since = parse_since(config.since, now=datetime.now(UTC)) if config.since else None
            tags = [failed.tag for failed in find_failed(pipeline, context.instance, since=since)]
    except (EncordError, StoreError, InvalidTime) as error:
        raise dg.Failure(str(error), metadata={STOPPED: str(error)}, allow_retries=False) from None
    if not tags:
        context.log.info("no failed tags")
        return
    run_scattered_tags(context, pipeline, tags, config)


def find_failed(
    pipeline: PipelineResources, instance: dg.DagsterInstance, *, since: datetime | None = None
) -> list[FailedTag]:
    """The tags that have failed, read from the project, the store and Dagster; calls no model, writes only where rows are.

    Raises:
        EncordError, StoreError: the project or the store cannot be read.
    """
    project = pipeline.open_project()
    with pipeline.open_store() as store:
        return failed_tags(store, instance, project, since=since, names=pipeline.names)
