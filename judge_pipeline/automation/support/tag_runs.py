"""Runs that process tags, from whichever job: which have ended since, whether any is unfinished, and their results."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from judge_pipeline.automation.support.ticks import UNFINISHED
from judge_pipeline.dagster_events.batch_outcome import FAILED_TAGS, STOPPED
from judge_pipeline.dagster_events.run_tags import BUDGET, BY_COMMAND, COUNT_TAGS, COUNTS, SAVED, RunSpent
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.reporting.digest import RunResult

ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)

MAX_DELAY = timedelta(minutes=2)
"""Between a run's end and the moment at which Dagster has recorded it."""

WILL_RETRY = "dagster/will_retry"

JOBS = ("materialize_missing", "continue_waiting", "retry_failed")


def ended_since(
    instance: dg.DagsterInstance, moment: datetime, names: PipelineNames = UNPREFIXED
) -> list[tuple[dg.DagsterRun, datetime]]:
    """The runs that ended after `moment`, with their end times, earliest first.

    Leaves out the runs of a command, which reports them itself, and those that Dagster will retry.
    """
    records = instance.get_run_records(dg.RunsFilter(statuses=list(ENDED), updated_after=moment - MAX_DELAY))
    found = [
        (record.dagster_run, datetime.fromtimestamp(record.end_time, UTC))
        for record in records
        if record.end_time is not None
        and processes_tags(record.dagster_run, names)
        and _is_reported(record.dagster_run)
    ]
    return sorted((each for each in found if each[1] > moment), key=lambda each: each[1])


def is_any_tag_run_unfinished(instance: dg.DagsterInstance, names: PipelineNames = UNPREFIXED) -> bool:
    """Whether any run that processes tags is queued or under way."""
    return any(processes_tags(run, names) for run in instance.get_runs(dg.RunsFilter(statuses=list(UNFINISHED))))


def processes_tags(run: dg.DagsterRun, names: PipelineNames = UNPREFIXED) -> bool:
    """Whether the run is of one of our jobs, or of the tag assets as Dagster's page launches them."""
    if run.job_name in {names.of(job) for job in JOBS}:
        return True
    return bool(run.asset_selection and run.asset_selection & {dg.AssetKey(names.asset(each)) for each in ASSET_TYPES})


def run_result(instance: dg.DagsterInstance, run: dg.DagsterRun) -> RunResult:
    """The result as the run's tags and the failure of its step state it."""
    stopped, errors = _failure(instance, run)
    if COUNT_TAGS["done"] not in run.tags:
        return RunResult(is_counted=False, stopped=stopped, errors=errors)
    spent = RunSpent.of(run.tags)
    counts = {count: int(run.tags.get(COUNT_TAGS[count], "0")) for count in COUNTS}
    return RunResult(
        is_counted=True,
        **counts,
        model_calls=spent.model_calls,
        cost_usd=spent.cost_usd,
        stopped=stopped,
        errors=errors,
        budget=run.tags.get(BUDGET, ""),
        saved=run.tags.get(SAVED, ""),
    )


def will_be_retried(run: dg.DagsterRun) -> bool:
    """Whether Dagster launches the run again because its process was killed."""
    return run.tags.get(WILL_RETRY) == "true"


def _is_reported(run: dg.DagsterRun) -> bool:
    return not will_be_retried(run) and not BY_COMMAND.items() <= run.tags.items()


def _failure(instance: dg.DagsterInstance, run: dg.DagsterRun) -> tuple[str | None, tuple[str, ...]]:
    """Why the run stopped early, if it did, and the failures of tags in its metadata."""
    if run.status is dg.DagsterRunStatus.SUCCESS:
        return None, ()
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        event = entry.dagster_event
        failure = event.step_failure_data.user_failure_data if event else None
        if failure is not None:
            stopped = failure.metadata.get(STOPPED)
            return str(stopped.value) if stopped else None, _errors(failure.metadata.get(FAILED_TAGS))
    return None, ()


def _errors(table: object) -> tuple[str, ...]:
    records: Sequence[dg.TableRecord] = table.records if isinstance(table, dg.TableMetadataValue) else ()
    return tuple(f"{record.data['asset']} of {record.data['reason']}" for record in records)
