"""Runs a Dagster job in this process, without its log lines, and says why it stopped early."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from judge_pipeline.dagster_events.batch_outcome import FAILED, STOPPED, TERMINATED
from judge_pipeline.dagster_events.run_tags import BY_COMMAND, RunSpent

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's log lines would break the progress bar; the instance's event log has them all."""

NO_RETRIES = {"dagster/max_retries": "0"}
"""No daemon starts a run again that a person ended with Ctrl-C."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A finished run of this command. `stop_reason` is a sentence if it stopped early; failed tags are not a reason."""

    run_id: str
    stop_reason: str | None
    spent: RunSpent


def run_job(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    *,
    tags: Mapping[str, str] | None = None,
    ops: Mapping[str, Any] | None = None,
    assets: Sequence[str] | None = None,
    run_id: str | None = None,
) -> FinishedRun:
    """Runs a job, or only some of its assets; `ops` is that part of the run config.

    Raises:
        KeyboardInterrupt: a person pressed Ctrl-C.
    """
    result = job.execute_in_process(
        instance=instance,
        tags={**NO_RETRIES, **BY_COMMAND, **(tags or {})},
        raise_on_error=False,
        run_config={**QUIET, "ops": dict(ops or {})},
        asset_selection=None if assets is None else [dg.AssetKey(asset) for asset in assets],
        run_id=run_id,
    )
    run = instance.get_run_by_id(result.run_id)
    spent = RunSpent.of(run.tags if run else {})
    return FinishedRun(result.run_id, None if result.success else _stop_reason(result), spent)


def _stop_reason(result: dg.ExecuteInProcessResult) -> str | None:
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data.user_failure_data
            if failure is not None:
                if TERMINATED in failure.metadata:
                    raise KeyboardInterrupt
                is_complete = FAILED in failure.metadata and STOPPED not in failure.metadata
                return None if is_complete else (failure.description or "").partition("\n")[0]
            error = event.step_failure_data.error
            if error is not None and error.cls_name == dg.DagsterExecutionInterruptedError.__name__:
                raise KeyboardInterrupt
            cause = (error.cause or error) if error else None
            message = " ".join(cause.message.split()) if cause else "no reason given"
            return f"run {result.run_id} failed unexpectedly: {message}; its log in Dagster has the traceback"
    return f"run {result.run_id} did not start; its log in Dagster says why"
