"""The job that carries the failed tags again: any scatter of them in one run, where launching partitions makes a run a range."""

from datetime import UTC, datetime

import dagster as dg
from pydantic import Field

from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.assets.tag_assets import SPECS
from judge_pipeline.automation.failed_tags import FailedTag, failed_tags
from judge_pipeline.automation.time_span import NoTime, since
from judge_pipeline.dagster_events.batch_outcome import STOPPED
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.engine.batch_config import BatchConfig
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.run_batch import run_batch
from judge_pipeline.store.errors import StoreError
from judge_pipeline.store.store import Store


class RetryConfig(BatchConfig):
    """Without any: all that has failed."""

    tags: list[str] = Field([], description="These tags, failed or not; without any, all that have failed.")
    since: str | None = Field(
        None,
        description="Only what has failed since: a span such as 2h or 1d, or an ISO time, UTC where it names no zone.",
    )


@dg.op(
    required_resource_keys={"pipeline"},
    description="Finds what has failed, by the store and by Dagster, and carries all of it along the whole path.",
)
def carry_failed_tags(context: dg.OpExecutionContext, config: RetryConfig) -> None:
    """Materialises the failed tags, or those that are named; a partition is added for any that has none.

    Raises:
        Failure: some have failed again, or the run could not begin; its message says why.
    """
    try:
        tags = [Tag(tag) for tag in dict.fromkeys(config.tags)] or [
            failed.tag for failed in _failed(context.resources.pipeline, context.instance, config.since)
        ]
    except (EncordError, StoreError, NoTime) as error:
        raise dg.Failure(str(error), metadata={STOPPED: str(error)}, allow_retries=False) from None
    if not tags:
        context.log.info("no tag has failed")
        return
    known = set(context.instance.get_dynamic_partitions(TAGS.name or ""))
    if unknown := [tag for tag in tags if tag not in known]:
        context.instance.add_dynamic_partitions(TAGS.name or "", unknown)
    run_batch(context, tags, frozenset(spec.key.to_user_string() for spec in SPECS), config)


@dg.job(
    name="retry_failed",
    description="Carries every failed tag again, or those that the config names: one run, however they lie scattered. "
    "What is done already is not paid for twice.",
)
def retry_failed() -> None:
    """One step."""
    carry_failed_tags()


def find_failed(
    pipeline: PipelineResources, instance: dg.DagsterInstance, *, since: datetime | None = None
) -> list[FailedTag]:
    """The tags that have failed, by the project's rows as they stand now; nothing is written and no model is asked.

    Raises:
        EncordError, StoreError: the rows or the failures cannot be read.
    """
    from judge_pipeline.encord_project.project import EncordProject

    snapshot = EncordProject.open(pipeline.connection, pipeline.project_hash).snapshot()
    store = Store.open(pipeline.database_url)
    try:
        return failed_tags(store.project(pipeline.project_hash), instance, snapshot, since=since)
    finally:
        store.close()


def _failed(pipeline: PipelineResources, instance: dg.DagsterInstance, text: str | None) -> list[FailedTag]:
    return find_failed(pipeline, instance, since=since(text, now=datetime.now(UTC)) if text else None)
