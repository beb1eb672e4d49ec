"""The sensor that looks after model batches, and the job that goes on with the tags whose answers have come.

The tags may be scattered and still make one run, as in `retry_failed`; but nothing has failed here, so the job has a name of its own.
"""

import hashlib
import logging

import dagster as dg

from judge_pipeline.automation.support.model_batch_tags import (
    still_wanted,
    tags_to_continue,
    visit,
)
from judge_pipeline.automation.support.scattered_tags import run_scattered_tags
from judge_pipeline.automation.support.ticks import fail_tick_in_one_sentence, is_any_unfinished
from judge_pipeline.dagster_events.batch_outcome import STOPPED
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.engine.own_rows import OwnRows
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.run_batch import BatchConfig
from judge_pipeline.store.errors import StoreError
from judge_pipeline.store.ready_tags import are_model_batches_used, version_of

NAME = "continue_waiting"
OP = "continue_ready_tags"

SECONDS_BETWEEN_TICKS = 60

COLLECTING_SECONDS = 20.0
"""Dagster ends a tick after 60. A file that takes longer to read is read by a run, which has the time."""

NOTHING_WAITS = "no image waits for a model batch"

logger = logging.getLogger("judge_pipeline")


def continue_waiting_job(names: PipelineNames) -> dg.JobDefinition:
    """One step. It collects what has come, without a limit of time, and finds its tags itself: those that are ready then."""

    @dg.op(
        name=names.of(OP),
        description="Goes on with the images that were waiting for model batches and wait for nothing more.",
        required_resource_keys={names.resource},
    )
    def continue_ready_tags(context: dg.OpExecutionContext, config: BatchConfig) -> None:
        pipeline = PipelineResources.of(context, names)
        try:
            for problem in visit(pipeline, context.instance).problems:
                context.log.warning(problem)
            tags = _wanted_tags(pipeline)
        except (EncordError, StoreError) as error:
            raise dg.Failure(str(error), metadata={STOPPED: str(error)}, allow_retries=False) from None
        if tags:
            run_scattered_tags(context, pipeline, tags, config)
        else:
            context.log.info("no image is ready to go on")

    @dg.job(
        name=names.of(NAME),
        description="Goes on with all images whose answers from model batches have come, in one run. An image may wait again "
        "afterwards, for the judge.",
    )
    def continue_waiting() -> None:
        continue_ready_tags()

    return continue_waiting


def model_batches_sensor(
    pipeline: object,
    *,
    database_url: str | None = None,
    names: PipelineNames = UNPREFIXED,
    collecting_seconds: float = COLLECTING_SECONDS,
) -> dg.SensorDefinition:
    """On by default: it asks no model anything, and its runs only finish what other runs have begun.

    `pipeline` is the resource of the code location. It is opened, which may start the local servers, only if the store at
    `database_url` has something to do. A set of ready tags is requested once: if its run fails, a person or the schedules go on.
    """

    @dg.sensor(
        name=names.of("model_batches"),
        job_name=names.of(NAME),
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks the servers for the answers to model batches, saves them, and launches one run for the images that wait "
        "for nothing more. Does nothing while no image waits.",
    )
    def model_batches(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        with fail_tick_in_one_sentence():
            if database_url and not are_model_batches_used(database_url):
                return dg.SkipReason(NOTHING_WAITS)
            with dg.build_resources({names.resource: pipeline}, instance=context.instance) as resources:
                return _tick(getattr(resources, names.resource), context.instance, collecting_seconds)

    return model_batches


def _tick(
    pipeline: PipelineResources, instance: dg.DagsterInstance, collecting_seconds: float
) -> dg.RunRequest | dg.SkipReason:
    visited = visit(pipeline, instance, seconds=collecting_seconds)
    for problem in visited.problems:
        logger.warning("model batches: %s", problem)
    if is_any_unfinished(instance, job_name=pipeline.names.of(NAME)):
        return dg.SkipReason(f"the last run of {pipeline.names.of(NAME)} has not finished")
    with pipeline.open_store() as store:
        ready, waiting = tags_to_continue(store), len(store.questions.waiting_tags())
        unread = [f"{each.uuid} {each.state}" for each in store.model_batches.unfinished() if visited.is_cut_short]
    if not ready and not unread:
        waits = f"{waiting:,} images wait for model batches" if waiting else NOTHING_WAITS
        return dg.SkipReason("; ".join([waits, *visited.problems]))
    if reason := pipeline.open_project().inactive_reason:
        return dg.SkipReason(reason)
    logger.info("model batches: %d images can go on, %d wait", len(ready), waiting)
    if unread:  # the next tick would begin with the same file again
        return dg.RunRequest(run_key=hashlib.sha256("\n".join(sorted(unread)).encode()).hexdigest()[:16])
    return dg.RunRequest(run_key=version_of(ready))


def _wanted_tags(pipeline: PipelineResources) -> list[Tag]:
    """The ready tags; those whose image is gone or finished do not wait any more."""
    with pipeline.open_store() as store:
        tags = [each.tag for each in tags_to_continue(store)]
        if not tags:
            return []
        wanted = still_wanted(tags, OwnRows(pipeline.open_project(), store, tags).read())
        store.questions.forget(set(tags).difference(wanted))
    return wanted
