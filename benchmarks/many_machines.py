"""Many machines, without containers: throughput of 1, 2 and 4 workers, and a backfill of which one worker is killed and not restarted.

    python -m benchmarks.many_machines [--tags 2000] [--workers 1 2 4] [--batch 100] [--concurrency 16] [--latency 1.0]
        [--lost-after 60] [--per-minute 600] [--cap 300]

`--per-minute` limits the requests of each model in the part with the kill. `--cap` adds a backfill of two workers that may make
so many calls. Needs the programs of PostgreSQL and Redis, the extra `cluster`, and the tests' folder. Ends with 1 if the killed
worker left anything undone or doubled, if more than the calls in flight were paid for twice, or if a model got more than its
limits or the cap.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from benchmarks.scene import Scene, scene
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.deploy.machines import Installation, installation, missing_program, scene_settings
from judge_pipeline_tests.processes import wait_until

STATUS = dg.DagsterRunStatus
HOURS = 3_600


@contextmanager
def backfilled(
    given: argparse.Namespace, workers: int, more: Mapping[str, str] | None = None
) -> Iterator[tuple[Scene, Installation, list[Tag], str]]:
    """A new project, an installation with so many workers, and a backfill of all tags that the daemon has begun."""
    with (
        tempfile.TemporaryDirectory(prefix="many-machines-") as name,
        scene(
            tags=given.tags, latency_seconds=given.latency, concurrency=given.concurrency, encord_seconds=0.0
        ) as found,
    ):
        settings = scene_settings(
            found, Path(name), batch_size=given.batch, concurrency=given.concurrency, lost_after=given.lost_after
        )
        with installation(Path(name), {**settings, **(more or {})}, runs_at_once=workers) as made:
            tags = sorted(found.pipeline.open_project().snapshot().images)
            backfill = made.backfill(tags, batch_size=given.batch)
            made.start_workers(workers)
            made.start_daemon()
            yield found, made, tags, backfill


def is_over(made: Installation, backfill: str) -> bool:
    found = made.instance.get_backfill(backfill)
    return found is not None and found.status.value.startswith(("COMPLETED", "FAILED", "CANCELED"))


def seconds_of(given: argparse.Namespace, workers: int) -> float:
    """From the first run's start to the last one's end."""
    with backfilled(given, workers) as (_, made, _, backfill):
        wait_until(lambda: is_over(made, backfill), seconds=HOURS, otherwise=made.describe)
        records = made.instance.get_run_records()
        begun = min(record.start_time or 0.0 for record in records)
        return max(record.end_time or 0.0 for record in records) - begun


def problems_after_a_kill(given: argparse.Namespace) -> list[str]:
    """Kills one of two workers after a third of the calls, and says what is not as it should be."""
    more = {}
    if given.per_minute:
        more = {f"{name}__REQUESTS_PER_MINUTE": str(given.per_minute) for name in ("LLM1", "LLM2", "JUDGE")}
    with backfilled(given, 2, more) as (found, made, tags, backfill):
        wait_until(lambda: found.model_stats()["answered"] >= given.tags, seconds=HOURS, otherwise=made.describe)
        victim = next(run for run in made.runs(STATUS.STARTED) if made.worker_with(run.run_id))
        worker = made.worker_with(victim.run_id)
        assert worker
        worker.pull_the_plug()
        killed_at = time.monotonic()
        wait_until(lambda: victim.run_id in {run.run_id for run in made.runs(STATUS.FAILURE)}, seconds=HOURS)
        print(f"the run of the killed worker is ended after {time.monotonic() - killed_at:.0f} s")
        wait_until(lambda: is_over(made, backfill), seconds=HOURS, otherwise=made.describe)
        print(
            f"all is done {time.monotonic() - killed_at:.0f} s after the kill, {made.instance.get_backfill(backfill)}"[
                :200
            ]
        )
        after = found.pipeline.open_project().snapshot()
        stats = found.model_stats()
        twice = stats["calls"] - 3 * given.tags
        print(f"calls paid twice: {twice}; {stats}")
        undone = [tag for tag in tags if after.is_work(tag)]
        missing = {
            asset: given.tags - len(made.instance.get_materialized_partitions(dg.AssetKey(asset)))
            for asset in ASSET_TYPES
        }
        return [
            *([f"{len(undone)} images are not in review"] if undone else []),
            *(f"{asset} of {count} tags is missing" for asset, count in missing.items() if count),
            *([f"conflicts: {dict(after.conflicts)}"] if after.conflicts else []),
            *([f"{len(after.texts)} texts of {given.tags} images"] if len(after.texts) != 2 * given.tags else []),
            *over(stats, "most_in_flight_of_a_model", given.concurrency),
            *(over(stats, "most_a_minute_of_a_model", given.per_minute) if given.per_minute else ()),
            *([f"{twice} calls were paid twice"] if not 0 <= twice <= 3 * given.concurrency else []),
        ]


def problems_with_a_cap(given: argparse.Namespace) -> list[str]:
    """A backfill whose runs may make `--cap` calls together."""
    with backfilled(given, 2, {"JUDGE_PIPELINE_MAX_MODEL_CALLS": str(given.cap)}) as (found, made, tags, backfill):
        wait_until(lambda: is_over(made, backfill), seconds=HOURS, otherwise=made.describe)
        calls = found.model_stats()["calls"]
        judged = len(made.instance.get_materialized_partitions(dg.AssetKey("judgements")))
        print(f"with a cap of {given.cap}: {calls} calls, {judged} of {len(tags)} tags judged")
        return [
            *([f"{calls} calls, above the cap of {given.cap}"] if calls > given.cap else []),
            *([f"{judged} tags judged with {calls} calls"] if calls - 3 * judged > 2 else []),
        ]


def over(stats: Mapping[str, int], name: str, limit: float) -> list[str]:
    """The sentence about a limit that was exceeded."""
    return [f"{name} is {stats[name]}, above the limit of {limit}"] if stats[name] > limit else []


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tags", type=int, default=2_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--lost-after", type=float, default=60.0)
    parser.add_argument("--per-minute", type=float)
    parser.add_argument("--cap", type=int)
    given = parser.parse_args()
    if reason := missing_program():
        raise SystemExit(reason)
    one = None
    for workers in given.workers:
        seconds = seconds_of(given, workers)
        one = one or seconds
        print(
            f"{workers} workers: {seconds:.0f} s, {given.tags / seconds:.1f} tags a second, ratio {one / seconds:.2f}"
        )
    problems = problems_after_a_kill(given)
    if given.cap:
        problems += problems_with_a_cap(given)
    print("\n".join(problems) or "nothing is undone, doubled, above a limit or paid twice beyond what was in flight")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
