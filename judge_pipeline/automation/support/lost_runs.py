"""Ends the runs whose heartbeat has stopped, from any process that reaches Dagster's database and the store."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import dagster as dg

from judge_pipeline.store.address import store_exists
from judge_pipeline.store.store import Store

SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True, slots=True)
class HeartbeatTable:
    """Where the heartbeats of runs are, and after how many seconds without one a run counts as lost."""

    database_url: str = field(repr=False)
    lost_after: float


def end_lost_runs(
    instance: dg.DagsterInstance, database_url: str, *, wait: Callable[[str], None] | None = None
) -> list[str]:
    """Ends the runs that have been silent for too long, as failed or as cancelled if that was requested; returns their ids.

    A run is ended at the second look at its silence, see `store.heartbeats`. With `wait`, this waits for that look if a run of this
    instance is silent, and says so with that function. A store that does not exist is not created.

    Raises:
        StoreError: the store cannot be used.
    """
    if not store_exists(database_url):
        return []
    store = Store.open(database_url)
    try:
        ended, is_waiting = list[str](), False
        while True:
            silent = {each.run: each for each in store.heartbeats.silent()}
            runs = instance.get_runs(dg.RunsFilter(run_ids=list(silent))) if silent else []
            if finished := [run.run_id for run in runs if run.is_finished and not silent[run.run_id].is_lost]:
                store.heartbeats.forget(finished)
            unfinished = [run.run_id for run in runs if not run.is_finished]
            lost = store.heartbeats.end_lost(unfinished) if unfinished else set()
            for run_id in sorted(lost):
                each = silent[run_id]
                message = (
                    f"The process of this run is gone: its machine {each.host} or the worker on it stopped, or lost its "
                    f"connection to the store; its last sign of life was at {each.beat_at:%Y-%m-%d %H:%M:%S} UTC. "
                    "Finished work is kept; what is left is retried, or launch the failed partitions again."
                )
                if end_run(instance, run_id, message):
                    ended.append(run_id)
            suspected = sorted(set(unfinished) - lost)
            if not suspected or wait is None:
                return ended
            if not is_waiting:
                hosts = ", ".join(sorted({silent[run_id].host for run_id in suspected}))
                wait(f"run {', '.join(suspected)} on {hosts} shows no sign of life; waiting until that is certain")
                is_waiting = True
            time.sleep(SECONDS_BETWEEN_LOOKS)
    finally:
        store.close()


def end_run(instance: dg.DagsterInstance, run_id: str, message: str) -> bool:
    """Reports the end of an unfinished run to Dagster; False if it has finished, or Dagster does not know it."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.is_finished:
        return False
    if run.status is dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, message)
    else:
        instance.report_run_failed(run, message)
    return True
