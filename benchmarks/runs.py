"""Processes all tags of a scene with Dagster runs in a separate process, timed from its start to its end."""

import multiprocessing
import resource
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.scene import Scene
from judge_pipeline.engine.resources import PipelineResources

BATCH_SIZE = 500
"""Tags in one run, as in the default settings."""

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
PROCESSES = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Inside:
    """Measured inside the process: seconds in the steps, processor seconds, peak memory in MB, failed runs."""

    step_seconds: float
    processor_seconds: float
    peak_mb: float
    failed_runs: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One process with its runs. `wall_seconds` includes the start of Python, the imports and Dagster's work around the steps."""

    wall_seconds: float
    inside: Inside
    model_calls: int
    encord_requests: int
    encord_writes: int
    most_in_flight: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, processor seconds, and the peak memory of the process."""

    seconds: float
    processor_seconds: float
    peak_mb: float


def measured(found: Scene, *, batch_size: int) -> Measured:
    """Starts the process and waits for its end."""
    encord, models = found.encord_stats(), found.model_stats()
    receiving, sending = PROCESSES.Pipe(duplex=False)
    started = time.monotonic()
    process = started_process(found, batch_size=batch_size, sending=sending)
    inside = receiving.recv()
    process.join()
    wall = time.monotonic() - started
    encord_after, models_after = found.encord_stats(), found.model_stats()
    return Measured(
        wall,
        inside,
        models_after["calls"] - models["calls"],
        encord_after["total"] - encord["total"],
        encord_after["writes"] - encord["writes"],
        models_after["most_in_flight"],
    )


def started_process(found: Scene, *, batch_size: int, sending: "Pipe | None" = None) -> BaseProcess:
    """Starts the process and does not wait for it."""
    arguments = (found.pipeline, found.folder / "dagster", batch_size, sending)
    process = PROCESSES.Process(target=_process_all, args=arguments)
    process.start()
    return process


def killed_after(found: Scene, *, batch_size: int, until: Callable[[], bool]) -> float:
    """Kills the process as soon as `until` is true; returns how long it ran."""
    started = time.monotonic()
    process = started_process(found, batch_size=batch_size)
    while not until():
        if not process.is_alive():
            raise SystemExit("the run ended before it could be killed")
        time.sleep(0.02)
    process.kill()
    process.join()
    return time.monotonic() - started


def _process_all(pipeline: PipelineResources, home: Path, batch_size: int, sending: "Pipe | None") -> None:
    """One Dagster run per batch of the project's tags, finished ones included."""
    import dagster as dg
    from dagster import DagsterEventType as EventType

    import judge_pipeline.engine.batch_runner  # what a step loads late belongs to the start-up, as everything else that is loaded
    import judge_pipeline.models.sdk_connection  # noqa: F401
    from judge_pipeline.assets.partitions import add_tags, known_tags
    from judge_pipeline.assets.tag_assets import tag_assets
    from judge_pipeline.automation.killed_runs import marked_as_alive
    from judge_pipeline.automation.materialize_missing import materialize_missing_job
    from judge_pipeline.automation.support.partition_ranges import partition_ranges
    from judge_pipeline.cli.support.dagster_home import dagster_instance
    from judge_pipeline.domain.pipeline_names import UNPREFIXED
    from judge_pipeline.engine.discovery import discover

    with dagster_instance(home) as instance:
        with pipeline.open_store() as store:  # as `judge-pipeline run` finds its work
            seen = discover(pipeline.open_project(), store, known_tags(instance)).snapshot.images
        add_tags(instance, list(seen))
        job = dg.Definitions(
            assets=[tag_assets(batch_size)],
            jobs=[materialize_missing_job(UNPREFIXED)],
            resources={"pipeline": pipeline},
            executor=dg.in_process_executor,
        ).resolve_job_def("materialize_missing")
        step = failed = 0.0
        tags = known_tags(instance)
        for batch in partition_ranges(tags, tags, size=batch_size):
            run_id = str(uuid.uuid4())
            with marked_as_alive(instance, run_id):  # as the resource of `judge_pipeline.definitions` does
                result = job.execute_in_process(
                    instance=instance, run_id=run_id, tags=batch.run_tags, raise_on_error=False, run_config=QUIET
                )
            began, *_, ended = instance.get_records_for_run(
                run_id, of_type={EventType.STEP_START, EventType.STEP_SUCCESS, EventType.STEP_FAILURE}
            ).records
            step += ended.timestamp - began.timestamp
            failed += not result.success
    usage = resource.getrusage(resource.RUSAGE_SELF)
    if sending:
        sending.send(Inside(step, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, int(failed)))
