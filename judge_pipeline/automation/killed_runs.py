"""The sensor that ends the runs whose process was killed, which Dagster would show as under way for ever.

A run locks a file in its instance's folder. The lock ends with the process, whatever ends it; a run that finishes removes
the file. An unlocked file therefore belongs to a killed run, and no process, container or restart mistakes a living run
for a killed one. Runs on other machines, whose files are elsewhere, are known by their heartbeat in the store: see
`support.lost_runs`.
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import dagster as dg

from judge_pipeline.automation.support.lost_runs import HeartbeatTable, end_lost_runs, end_run
from judge_pipeline.domain.pipeline_names import PipelineNames
from judge_pipeline.store.errors import StoreError

FOLDER = "judge_pipeline_runs"

MESSAGE = (
    "The process of this run was killed: the machine stopped, Dagster was killed, or memory ran out. "
    "Finished work is kept; launch the failed partitions again."
)

SECONDS_BETWEEN_TICKS = 30

logger = logging.getLogger("judge_pipeline")


@contextmanager
def marked_as_alive(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Marks this run's process as alive until the block ends or the process is killed."""
    file = _folder(instance) / run_id
    try:
        file.parent.mkdir(exist_ok=True)
        opened = file.open("ab")
    except OSError:  # a run can do without its mark
        yield
        return
    with opened:
        if not _try_lock(opened):  # another process of the same run has marked it
            yield
            return
        opened.write(f"{os.getpid()}\n".encode())
        opened.flush()
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def end_killed_runs(instance: dg.DagsterInstance) -> list[str]:
    """Ends the killed runs as failed, or as cancelled if that was requested; returns their ids."""
    ended = []
    folder = _folder(instance)
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            with file.open("rb") as opened:
                if _try_lock(opened) and _is_abandoned(file, opened):
                    if end_run(instance, file.name, MESSAGE):
                        ended.append(file.name)
                    file.unlink()
        except FileNotFoundError:
            continue  # its run has just finished
    return ended


def killed_runs_sensor(names: PipelineNames, heartbeats: HeartbeatTable | None = None) -> dg.SensorDefinition:
    """On by default: it lists one folder and reads one small table, and acts when a run was killed."""
    seconds = (
        min(SECONDS_BETWEEN_TICKS, max(1, int(heartbeats.lost_after / 4))) if heartbeats else SECONDS_BETWEEN_TICKS
    )

    @dg.sensor(
        name=names.of("killed_runs"),
        minimum_interval_seconds=seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends runs whose process was killed, on this machine or another, and that Dagster still shows as under way. "
        "Never touches a living run.",
    )
    def killed_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        ended = end_killed_runs(context.instance)
        problem = ""
        if heartbeats:
            try:
                ended += end_lost_runs(context.instance, heartbeats.database_url)
            except StoreError as error:
                problem = f"; runs of other machines are not known: {error}"
        for run_id in ended:
            logger.warning("%s: run %s was killed and is ended as failed", names.of("killed_runs"), run_id)
        return dg.SkipReason((f"ended as failed: {', '.join(ended)}" if ended else "no run was killed") + problem)

    return killed_runs


def _folder(instance: dg.DagsterInstance) -> Path:
    return Path(instance.root_directory) / FOLDER


def _try_lock(opened: IO[bytes]) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_abandoned(file: Path, opened: IO[bytes]) -> bool:
    """Whether the locked file still exists and its run once had the lock, after which it writes into the file."""
    state = os.fstat(opened.fileno())
    return state.st_size > 0 and os.path.samestat(state, file.stat())
