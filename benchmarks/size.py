"""What a run of the same number of tags costs in a small and in a large project.

    python -m benchmarks.size [--tags 50] [--small 300] [--large 10000]

Each project's rows are indexed first, as discovery does, by another process. Prints a Markdown table.
"""

import argparse
import resource
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from benchmarks.runs import PROCESSES, QUIET
from benchmarks.scene import scene
from judge_pipeline.engine.resources import PipelineResources


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a run: seconds and processor seconds without the start of Python, and the peak memory of its process."""

    seconds: float
    processor_seconds: float
    peak_mb: float


def cost(tags: int, *, project: int) -> tuple[Cost, Cost]:
    """Of a run that makes everything of `tags` images, and of the same run again."""
    with scene(tags=project, latency_seconds=0.05, concurrency=64) as found:
        discovery = PROCESSES.Process(target=_discover, args=(found.pipeline, found.folder / "dagster", tags))
        discovery.start()
        discovery.join()
        return _of_a_run(found.pipeline, found.folder / "dagster", tags), _of_a_run(
            found.pipeline, found.folder / "dagster", tags
        )


def _of_a_run(pipeline: PipelineResources, home: Path, tags: int) -> Cost:
    receiving, sending = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_run, args=(pipeline, home, tags, sending))
    process.start()
    found: Cost = receiving.recv()
    process.join()
    return found


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


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("tags", 50), ("small", 300), ("large", 10_000)):
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


if __name__ == "__main__":
    main()
