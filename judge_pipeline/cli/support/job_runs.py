"""A Dagster job run in this process, without its log lines, and why it ended when that was too early."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from judge_pipeline.dagster_events.batch_outcome import FAILED, STOPPED
from judge_pipeline.dagster_events.run_tags import BY_COMMAND, RunSpent

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's own lines would run through the progress bar; everything is in the instance's event log."""

NEVER_RETRIED = {"dagster/max_retries": "0"}
"""Whoever has ended a run with Ctrl-C does not want a daemon to start it again."""


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run of this command. `stopped` is a sentence when it ended before its end; failed tags alone are no such reason."""

    run_id: str
    stopped: str | None
    spent: RunSpent


def run_quietly(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    *,
    tags: Mapping[str, str] | None = None,
    ops: Mapping[str, Any] | None = None,
    assets: Sequence[str] | None = None,
    run_id: str | None = None,
) -> EndedRun:
    """Runs a job to its end, or some of its assets; `ops` is the part of its run config by that name.

    Raises:
        KeyboardInterrupt: it was interrupted.
    """
    result = job.execute_in_process(
        instance=instance,
        tags={**NEVER_RETRIED, **BY_COMMAND, **(tags or {})},
        raise_on_error=False,
        run_config={**QUIET, "ops": dict(ops or {})},
        asset_selection=None if assets is None else [dg.AssetKey(asset) for asset in assets],
        run_id=run_id,
    )
    run = instance.get_run_by_id(result.run_id)
    spent = RunSpent.of(run.tags if run else {})
    return EndedRun(result.run_id, None if result.success else _why_it_stopped(result), spent)


def _why_it_stopped(result: dg.ExecuteInProcessResult) -> str | None:
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data.user_failure_data
            if failure is not None:
                is_whole = FAILED in failure.metadata and STOPPED not in failure.metadata
                return None if is_whole else (failure.description or "").partition("\n")[0]
            error = event.step_failure_data.error
            if error is not None and error.cls_name == dg.DagsterExecutionInterruptedError.__name__:
                raise KeyboardInterrupt
            cause = (error.cause or error) if error else None
            said = " ".join(cause.message.split()) if cause else "no reason given"
            return f"run {result.run_id} ended in an unforeseen error: {said}; its log in Dagster has the traceback"
    return f"run {result.run_id} did not begin; its log in Dagster says why"
