"""The job that deletes what is old, and the schedule that launches it every night."""

from datetime import UTC, datetime, timedelta

import dagster as dg
from pydantic import Field

from judge_pipeline.automation.support.ticks import fail_tick_in_one_sentence
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.engine.resources import PipelineResources

NAME = "prune"
OP = "delete_old_data"


class PruneConfig(dg.Config):
    """How old."""

    days: float = Field(
        ge=1, description="Delete ended runs, discarded answers and thumbnails of archived images older than this."
    )


def prune_job(retention_days: float, names: PipelineNames) -> dg.JobDefinition:
    """One step; with the default config it keeps what the settings say."""

    @dg.op(
        name=names.of(OP),
        description="Deletes ended runs with their events, discarded answers and thumbnails of archived images that are old. "
        "What Dagster's pages show of a partition stays.",
        required_resource_keys={names.resource},
    )
    def delete_old(context: dg.OpExecutionContext, config: PruneConfig) -> None:
        from judge_pipeline.automation.support.pruning import delete_old_data, find_old_data  # brings the event storage

        pipeline = PipelineResources.of(context, names)
        before = datetime.now(UTC) - timedelta(days=config.days)
        with fail_tick_in_one_sentence(), pipeline.open_store() as store:
            old = find_old_data(store, context.instance, names, before=before)
            delete_old_data(old, store, context.instance)
        if old.problem:
            context.log.warning(old.problem)
        context.log.info(f"Deleted {old}")

    @dg.job(
        name=names.of(NAME),
        description="Deletes what is old; the results stay, and so does what Dagster shows of them.",
        config=dg.RunConfig(ops={names.of(OP): PruneConfig(days=retention_days)}),
    )
    def prune() -> None:
        delete_old()

    return prune


def prune_schedule(names: PipelineNames = UNPREFIXED) -> dg.ScheduleDefinition:
    """Every night, off by default."""
    return dg.ScheduleDefinition(
        name=names.of(NAME),
        job_name=names.of(NAME),
        cron_schedule="15 3 * * *",
        description="Deletes ended runs with their events, discarded answers and thumbnails of archived images when they are older "
        "than JUDGE_PIPELINE_RETENTION_DAYS.",
    )
