"""Runs whose process was killed: Dagster goes on showing them as under way; here they are found and ended.

A run holds a lock on a file in its instance's folder. The lock ends with the process, however that ends; the file is
removed by a run that comes to its own end. So a file that nobody has locked is what a killed run leaves behind, and a
living run is never taken for one, whichever process, container or restart asks.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import dagster as dg

FOLDER = "judge_pipeline_runs"

MESSAGE = (
    "The process of this run was killed: the machine stopped, Dagster was killed, or memory ran out. "
    "What is done is kept; launch the failed partitions again."
)

SECONDS_BETWEEN_LOOKS = 30


@contextmanager
def marked_as_alive(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Shows the other processes that this run's process lives, for as long as the block lasts or until it is killed."""
    file = _folder(instance) / run_id
    try:
        file.parent.mkdir(exist_ok=True)
        opened = file.open("ab")
    except OSError:  # a folder that cannot be written is no reason not to run
        yield
        return
    with opened:
        if not _locked(opened):  # another process of the same run shows it already
            yield
            return
        opened.write(f"{os.getpid()}\n".encode())
        opened.flush()
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def end_killed_runs(instance: dg.DagsterInstance) -> list[str]:
    """Ends every run that a killed process has left as failed, or as cancelled where that was asked; returns their ids."""
    ended = []
    folder = _folder(instance)
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            with file.open("rb") as opened:
                if _locked(opened) and _is_left(file, opened):
                    if _end(instance, file.name):
                        ended.append(file.name)
                    file.unlink()
        except FileNotFoundError:
            continue  # its run has just come to its own end
    return ended


@dg.sensor(
    name="killed_runs",
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Ends runs that a killed process has left as if they were under way; a living run is never touched.",
)
def killed_runs_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """On from the start: it looks into one folder, and only where a run was killed is there anything to do."""
    ended = end_killed_runs(context.instance)
    return dg.SkipReason(f"ended as failed: {', '.join(ended)}" if ended else "no run was killed")


def _end(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    if run is None or run.is_finished:
        return False
    if run.status is dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, MESSAGE)
    else:
        instance.report_run_failed(run, MESSAGE)
    return True


def _folder(instance: dg.DagsterInstance) -> Path:
    return Path(instance.root_directory) / FOLDER


def _locked(opened: IO[bytes]) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_left(file: Path, opened: IO[bytes]) -> bool:
    """Whether the locked file is still there, and was locked before: a run writes into it once it has the lock."""
    state = os.fstat(opened.fileno())
    return state.st_size > 0 and os.path.samestat(state, file.stat())
