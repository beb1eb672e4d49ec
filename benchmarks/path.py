"""How near the path comes to what the models allow: wall time over the ideal, and requests per tag.

    python -m benchmarks.path --tags 300 --concurrency 64 --latency 1

The ideal is the time in which an endless supply of tags would be answered: calls x latency / calls in flight, where each
of the three endpoints takes `--concurrency` calls at once. Start-up is what Dagster does before the first tag is worked on.
"""

import argparse
import resource
import time

import dagster as dg

from benchmarks.scene import Scene, scene
from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.assets.path import path_of_tags
from judge_pipeline.automation.batches import batches
from judge_pipeline.automation.jobs import materialize_missing
from judge_pipeline.encord_project.project import EncordProject

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def in_dagster(found: Scene, instance: dg.DagsterInstance, *, batch_size: int) -> tuple[float, float]:
    """Runs all tags; returns wall seconds with and without what Dagster does around the step."""
    project = EncordProject.open(found.workbench.connection, found.workbench.project_hash)
    tags = list(project.board().images)
    known = set(instance.get_dynamic_partitions(TAGS.name or ""))
    instance.add_dynamic_partitions(TAGS.name or "", [tag for tag in tags if tag not in known])
    definitions = dg.Definitions(
        assets=[path_of_tags(batch_size)],
        jobs=[materialize_missing],
        resources={"workbench": found.workbench},
        executor=dg.in_process_executor,
    )
    job = definitions.resolve_job_def("materialize_missing")
    wall = inside = 0.0
    for batch in batches(instance.get_dynamic_partitions(TAGS.name or ""), tags, size=batch_size):
        started = time.monotonic()
        result = job.execute_in_process(instance=instance, tags=batch.run_tags, raise_on_error=False, run_config=QUIET)
        wall += time.monotonic() - started
        stats = instance.get_run_step_stats(result.run_id)[0]
        inside += (stats.end_time or 0) - (stats.start_time or 0)
        if not result.success:
            raise SystemExit("the run failed: " + str(result.get_step_failure_events()))
    return wall, inside


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tags", type=int, default=300)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--batch-size", type=int, default=0, help="tags a run; 0 is all in one")
    given = parser.parse_args()
    with scene(tags=given.tags, latency_seconds=given.latency, concurrency=given.concurrency) as found:
        dagster_home = found.folder / "dagster"
        dagster_home.mkdir()
        with dg.DagsterInstance.local_temp(str(dagster_home)) as instance:
            wall, inside = in_dagster(found, instance, batch_size=given.batch_size or given.tags)
            encord, models = found.encord_stats(), found.model_stats()
            again, _ = in_dagster(found, instance, batch_size=given.batch_size or given.tags)
        ideal = given.tags * given.latency / given.concurrency
        ideal += 2 * given.latency  # the first tag's caption before its judgement: nothing can shorten it
        print(f"{given.tags} tags, {given.concurrency} in flight an endpoint, {given.latency} s a call")
        print(f"ideal                 {ideal:8.1f} s")
        print(f"step                  {inside:8.1f} s  {inside / ideal:5.2f} x ideal")
        print(f"run                   {wall:8.1f} s  {wall / ideal:5.2f} x ideal")
        print(f"no-op run             {again:8.1f} s, {found.model_stats()['calls'] - models['calls']} model calls")
        print(f"Encord requests a tag {encord['total'] / given.tags:8.2f}")
        print(f"model calls           {models['calls']}, at most {models['most_in_flight']} in flight")
        print(f"peak memory           {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


if __name__ == "__main__":
    main()
