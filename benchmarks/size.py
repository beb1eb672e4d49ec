"""What a run of the same number of tags costs in a small and in a large project, and what discovery costs in one that is all known.

    python -m benchmarks.size [--tags 50] [--small 300] [--large 10000] [--known 30000]

Each project's rows are indexed first, as discovery does, by another process. Prints Markdown tables.
"""

import argparse
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from benchmarks.known_project import copy_processed_image
from benchmarks.path import command_cost
from benchmarks.runs import BATCH_SIZE, PROCESSES, QUIET, Cost, measured
from benchmarks.scene import scene
from judge_pipeline.engine.resources import PipelineResources

TICKS = ("new_images, every minute", "new_images, every hour", "retry_failed", "materialize_missing")


def cost(tags: int, *, project: int) -> tuple[Cost, Cost]:
    """Of a run that makes everything of `tags` images, and of the same run again."""
    with scene(tags=project, latency_seconds=0.05, concurrency=64) as found:
        _in_process(_discover, found.pipeline, found.folder / "dagster", tags)
        return _of_a_run(found.pipeline, found.folder / "dagster", tags), _of_a_run(
            found.pipeline, found.folder / "dagster", tags
        )


def _of_a_run(pipeline: PipelineResources, home: Path, tags: int) -> Cost:
    return _measured(_run, pipeline, home, tags)


def _discover(pipeline: PipelineResources, home: Path, tags: int) -> None:
    from judge_pipeline.assets.partitions import add_tags
    from judge_pipeline.cli.support.dagster_home import dagster_instance
    from judge_pipeline.engine.own_rows import index_listed_rows

    project = pipeline.open_project()
    with pipeline.open_store() as store, dagster_instance(home) as instance:
        images = project.snapshot_of(index_listed_rows(project, store)).images
        add_tags(instance, list(images)[:tags])


def _run(pipeline: PipelineResources, home: Path, tags: int, sending: "Pipe") -> None:
    import dagster as dg

    import judge_pipeline.engine.batch_runner
    import judge_pipeline.models.sdk_connection  # noqa: F401
    from judge_pipeline.assets.partitions import known_tags
    from judge_pipeline.assets.tag_assets import tag_assets
    from judge_pipeline.automation.materialize_missing import materialize_missing_job
    from judge_pipeline.automation.support.partition_ranges import PartitionRange
    from judge_pipeline.cli.support.dagster_home import dagster_instance
    from judge_pipeline.domain.pipeline_names import UNPREFIXED

    with dagster_instance(home) as instance:
        job = dg.Definitions(
            assets=[tag_assets(tags)],
            jobs=[materialize_missing_job(UNPREFIXED)],
            resources={"pipeline": pipeline},
            executor=dg.in_process_executor,
        ).resolve_job_def("materialize_missing")
        keys = known_tags(instance)
        began, processor = time.perf_counter(), time.process_time()
        job.execute_in_process(instance=instance, tags=PartitionRange(keys[0], keys[-1]).run_tags, run_config=QUIET)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sending.send(Cost(time.perf_counter() - began, time.process_time() - processor, peak))


def known_project(images: int) -> list[tuple[str, Cost]]:
    """What is to be done once everything has been judged, which is nothing, costs: ticks, the command `run` twice, all tags again."""
    with scene(tags=1, latency_seconds=0.05, concurrency=64) as found:
        home = found.folder / "dagster"
        _in_process(_discover, found.pipeline, home, 1)
        _of_a_run(found.pipeline, home, 1)
        copy_processed_image(found, images)
        _in_process(_discover, found.pipeline, home, images)
        ticks = [(name, _measured(_tick, found.pipeline, home, name)) for name in TICKS]
        commands = [(f"`run`, {which}", command_cost(found)) for which in ("with its report", "again")]
        run = measured(found, batch_size=BATCH_SIZE)
        again = Cost(run.wall_seconds, run.inside.processor_seconds, run.inside.peak_mb)
        return [*ticks, *commands, (f"all tags launched again, in runs of {BATCH_SIZE}", again)]


def _in_process(work: Callable[..., None], *arguments: object) -> None:
    process = PROCESSES.Process(target=work, args=arguments)
    process.start()
    process.join()


def _measured(work: Callable[..., None], *arguments: object) -> Cost:
    receiving, sending = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=work, args=(*arguments, sending))
    process.start()
    found: Cost = receiving.recv()
    process.join()
    return found


def _tick(pipeline: PipelineResources, home: Path, name: str, sending: "Pipe") -> None:
    import dagster as dg

    import judge_pipeline.encord_project.project  # noqa: F401
    from judge_pipeline.automation.code_location import code_location
    from judge_pipeline.cli.support.dagster_home import dagster_instance

    now = datetime.now(UTC)
    location = code_location(pipeline, batch_size=BATCH_SIZE)
    resources = {"pipeline": pipeline}
    with dagster_instance(home) as instance:
        began, processor = time.perf_counter(), time.process_time()
        if name.startswith("new_images"):
            cursor = now.isoformat() if name == TICKS[0] else None
            with dg.build_sensor_context(
                instance=instance, resources=resources, definitions=location, cursor=cursor
            ) as sensor:
                location.resolve_sensor_def("new_images").evaluate_tick(sensor)
        else:
            repository = location.get_repository_def()
            with dg.build_schedule_context(
                instance=instance, resources=resources, scheduled_execution_time=now, repository_def=repository
            ) as schedule:
                location.resolve_schedule_def(name).evaluate_tick(schedule)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sending.send(Cost(time.perf_counter() - began, time.process_time() - processor, peak))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("tags", 50), ("small", 300), ("large", 10_000), ("known", 30_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    small, large = (cost(options.tags, project=size) for size in (options.small, options.large))
    print(
        f"| {options.tags} tags, in a project of | {options.small:,} | {options.large:,} | ratio |\n|---|---|---|---|"
    )
    for what, one, other in zip(("made", "made already"), small, large, strict=True):
        for unit in ("seconds", "processor_seconds", "peak_mb"):
            a, b = getattr(one, unit), getattr(other, unit)
            print(f"| {what}: {unit.replace('_', ' ')} | {a:.1f} | {b:.1f} | {b / a:.2f} |")
    print(f"\n| of {options.known:,} judged images | seconds | processor seconds | peak MB |\n|---|---|---|---|")
    for name, each in known_project(options.known):
        print(f"| {name} | {each.seconds:.1f} | {each.processor_seconds:.1f} | {each.peak_mb:.0f} |")


if __name__ == "__main__":
    main()
