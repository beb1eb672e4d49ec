"""Runs of the path that have ended or are under way, whichever job they are of, and how each one ended."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from judge_pipeline.assets.tag_assets import SPECS
from judge_pipeline.automation.jobs import materialize_missing
from judge_pipeline.automation.retry_failed import retry_failed
from judge_pipeline.dagster_events.batch_outcome import FAILED_TAGS, STOPPED
from judge_pipeline.dagster_events.run_tags import BY_COMMAND, COUNT_TAGS, COUNTS, RunSpent
from judge_pipeline.reporting.digest import RunEnd

ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)

UNDER_WAY = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)

LATE = timedelta(minutes=2)
"""How much later than its end a run may be seen to have ended."""

WILL_RETRY = "dagster/will_retry"

_PATH = frozenset(spec.key for spec in SPECS)


def ended_since(instance: dg.DagsterInstance, moment: datetime) -> list[tuple[dg.DagsterRun, datetime]]:
    """The runs of the path that ended after `moment`, with their ends, the first one first.

    Left out are those that a command has started, which tells of them itself, and those that Dagster starts again.
    """
    records = instance.get_run_records(dg.RunsFilter(statuses=list(ENDED), updated_after=moment - LATE))
    found = [
        (record.dagster_run, datetime.fromtimestamp(record.end_time, UTC))
        for record in records
        if record.end_time is not None and is_of_the_path(record.dagster_run) and _is_told_of(record.dagster_run)
    ]
    return sorted((each for each in found if each[1] > moment), key=lambda each: each[1])


def is_any_under_way(instance: dg.DagsterInstance) -> bool:
    """Whether any run of the path has yet to end."""
    return any(is_of_the_path(run) for run in instance.get_runs(dg.RunsFilter(statuses=list(UNDER_WAY))))


def is_of_the_path(run: dg.DagsterRun) -> bool:
    """Whether the run carries tags: of one of our jobs, or of the assets as Dagster's page launches them."""
    if run.job_name in {materialize_missing.name, retry_failed.name}:
        return True
    return bool(run.asset_selection and _PATH & run.asset_selection)


def how_it_ended(instance: dg.DagsterInstance, run: dg.DagsterRun) -> RunEnd:
    """What the run says in its tags and in the failure of its step."""
    stopped, errors = _failure(instance, run)
    if any(tag not in run.tags for tag in COUNT_TAGS.values()):
        return RunEnd(is_counted=False, stopped=stopped, errors=errors)
    spent = RunSpent.of(run.tags)
    counts = {count: int(run.tags[COUNT_TAGS[count]]) for count in COUNTS if count != "tags"}
    return RunEnd(
        is_counted=True,
        **counts,
        model_calls=spent.model_calls,
        cost_usd=spent.cost_usd,
        stopped=stopped,
        errors=errors,
    )


def begins_again(run: dg.DagsterRun) -> bool:
    """Whether Dagster launches the run anew by itself, because its process was killed."""
    return run.tags.get(WILL_RETRY) == "true"


def _is_told_of(run: dg.DagsterRun) -> bool:
    return not begins_again(run) and not BY_COMMAND.items() <= run.tags.items()


def _failure(instance: dg.DagsterInstance, run: dg.DagsterRun) -> tuple[str | None, tuple[str, ...]]:
    """Why the run stopped before its end, and the failures of tags that it tells of."""
    if run.status is not dg.DagsterRunStatus.FAILURE:
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
