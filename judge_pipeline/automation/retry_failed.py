"""The job that processes failed tags again, and the schedule that launches it.

The tags may be scattered and still make one run, whereas launching partitions makes one run per contiguous range.
"""

from datetime import UTC, datetime

import dagster as dg
from pydantic import Field

from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.assets.tag_assets import SPECS
from judge_pipeline.automation.support.failed_tags import FailedTag, failed_tags
from judge_pipeline.automation.support.ticks import fail_tick_in_one_sentence, is_any_unfinished
from judge_pipeline.automation.support.time_span import InvalidTime, parse_since
from judge_pipeline.dagster_events.batch_outcome import STOPPED
from judge_pipeline.dagster_events.run_tags import COUNT_TAGS
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.run_batch import BatchConfig, run_batch
from judge_pipeline.store.errors import StoreError


class RetryConfig(BatchConfig):
    """By default: everything that has failed."""

    tags: list[str] = Field([], description="Process these tags, failed or not. Empty: every failed tag.")
    since: str | None = Field(
        None,
        description="Only failures since then: a span such as 2h or 1d, or an ISO time (UTC unless it names a zone).",
    )


@dg.op(
    description="Finds the failed tags in the store and in Dagster, and processes them from end to end.",
)
def carry_failed_tags(
    context: dg.OpExecutionContext, config: RetryConfig, pipeline: dg.ResourceParam[PipelineResources]
) -> None:
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
    add_tags(context.instance, tags)
    run_batch(context, pipeline, tags, frozenset(spec.key.to_user_string() for spec in SPECS), config)


@dg.job(
    name="retry_failed",
    description="Processes every failed tag again, or those that the config names, in one run even if they are scattered. "
    "Finished work is not paid for twice.",
)
def retry_failed() -> None:
    """One step."""
    carry_failed_tags()


@dg.schedule(
    name="retry_failed",
    job=retry_failed,
    cron_schedule="30 * * * *",
    description="Launches one run for the tags whose failure may be temporary: Encord or a model was overloaded, a run was "
    "killed or stopped. Damaged images, refusals and unusable answers are left for a person.",
)
def retry_failed_schedule(
    context: dg.ScheduleEvaluationContext, pipeline: dg.ResourceParam[PipelineResources]
) -> dg.RunRequest | dg.SkipReason:
    """Hourly, off by default. A tag that fails for good is not retried, so it costs nothing more."""
    if is_any_unfinished(context.instance, job_name=retry_failed.name):
        return dg.SkipReason("the last run of retry_failed has not finished")
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
        run_config={"ops": {carry_failed_tags.name: {"config": {"tags": tags}}}},
        tags={COUNT_TAGS["tags"]: str(len(tags))},
    )


def find_failed(
    pipeline: PipelineResources, instance: dg.DagsterInstance, *, since: datetime | None = None
) -> list[FailedTag]:
    """The tags that have failed, read from the project, the store and Dagster; writes nothing and calls no model.

    Raises:
        EncordError, StoreError: the project or the store cannot be read.
    """
    snapshot = pipeline.open_project().snapshot()
    with pipeline.open_store() as store:
        return failed_tags(store, instance, snapshot, since=since)
