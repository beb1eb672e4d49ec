"""How close the path comes to the speed of the models, how much it asks of Encord, how it scales, and what faults cost.

    python -m benchmarks.path [P1 P2 P3 P4 P5] [--tags-at-most N]

Every figure is a ratio of two measurements of this run, or states its unit. Encord takes 20 ms per request, each of the three
models a fixed latency per call; the judge is called once per image. The ideal is calls x latency / calls in flight at one
endpoint, plus one caption and one judgement, which the first tag needs before the endpoints are busy.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import dagster as dg
import requests

from benchmarks.machine import machine
from benchmarks.runs import BATCH_SIZE, Cost, Measured, killed_after, measured
from benchmarks.scene import Scene, scene
from judge_pipeline.automation.new_images import new_images_sensor
from judge_pipeline.cli.support.dagster_home import dagster_instance
from judge_pipeline.domain.captioner import Captioner

SEQUENTIAL_TAGS = 20
"""Images for the sequential program; its time per image does not depend on their number."""

REQUESTS_PER_RESET = 100
"""A connection is reset after every hundredth request that Encord has carried out: 1 %."""


def ideal_seconds(tags: int, *, latency: float, concurrency: int) -> float:
    return tags * latency / concurrency + 2 * latency


def p1(most: int) -> None:
    """Images per second, compared with a program that processes one image after the other."""
    sequential = sequential_rate(SEQUENTIAL_TAGS)
    for images, concurrency in ((500, 64), (120, 16)):
        number = min(images, most)
        print_p1(sequential, number, concurrency, path_run(number, concurrency=concurrency, latency=1.0))


def p2(most: int) -> None:
    """Wall time over the ideal."""
    for tags, concurrency in ((30, 1), (300, 16), (300, 64)):
        number = min(tags, most)
        for latency in (0.2, 1.0):
            run = path_run(number, concurrency=concurrency, latency=latency)
            print_p2(number, concurrency, latency, run)


def path_run(tags: int, *, concurrency: int, latency: float) -> Measured:
    """One complete run over a new project of so many images."""
    with scene(tags=tags, latency_seconds=latency, concurrency=concurrency) as found:
        return checked(measured(found, batch_size=tags), found, tags)


def sequential_rate(images: int) -> float:
    """Images per second of the sequential program."""
    with scene(tags=images, latency_seconds=1.0, concurrency=64) as found:
        rate = images / sequential_seconds(found, images)
        requests_each = found.encord_stats()["total"] / images
    row("P1", f"encord-agents, {images} images", f"{rate:.2f} images/s, {requests_each:.0f} Encord requests each")
    return rate


def print_p1(sequential: float, images: int, concurrency: int, run: Measured) -> None:
    rates = images / run.inside.step_seconds, images / run.wall_seconds
    excluded, included = (f"{rate / sequential:.0f}" for rate in rates)
    figure = f"{included} times as fast, start-up excluded {excluded}; {rates[0]:.1f} images/s in the step"
    row("P1", f"path, {images} images, {concurrency} in flight, start-up included", figure)


def print_p2(tags: int, concurrency: int, latency: float, run: Measured) -> None:
    ideal = ideal_seconds(tags, latency=latency, concurrency=concurrency)
    step, total = run.inside.step_seconds, run.wall_seconds
    what = f"{tags} tags, {concurrency} in flight, {latency:g} s per call: ideal {ideal:.1f} s"
    row("P2", what, f"{step / ideal:.2f} in the step, {total / ideal:.2f} in total ({step:.1f} s, {total:.1f} s)")
    row("P2", "processor time per tag", f"{1000 * run.inside.processor_seconds / tags:.0f} ms")


def p3(most: int) -> None:
    """Requests to Encord; transfers of images and texts by signed URL are counted separately."""
    sizes = ((10, 1), (150, 50), (500, 500))
    for (tags, batch_size), has_groups in product(sizes, (False, True)):
        number = min(tags, most)
        with scene(tags=number, latency_seconds=0.2, concurrency=64, has_groups=has_groups) as found:
            run = checked(measured(found, batch_size=batch_size), found, number)
            stats = found.encord_stats()
        figure = f"{run.encord_requests / number:.2f} requests and {stats['blobs'] / number:.0f} transfers per tag"
        form = ", as data groups" if has_groups else ""
        row("P3", f"{number} tags in batches of {batch_size}{form}", figure)


def p4(most: int) -> None:
    """Growth, and the cost of finished tags."""
    before: Measured | None = None
    for tags in (number for number in (100, 1_000, 10_000) if number <= most):
        with scene(tags=tags, latency_seconds=0.2, concurrency=64) as found:
            run = checked(measured(found, batch_size=BATCH_SIZE), found, tags)
            row("P4", f"{tags:,} tags", f"{1000 * run.wall_seconds / tags:.0f} ms per tag, {run.inside.peak_mb:.0f} MB")
            if before:
                grown = (run.wall_seconds / tags) / (before.wall_seconds / (tags / 10))
                memory = run.inside.peak_mb / before.inside.peak_mb
                row(
                    "P4", "time per tag, peak memory, over those with a tenth of the tags", f"{grown:.2f}, {memory:.2f}"
                )
            print_finished(found, tags)
        before = run


def print_finished(found: Scene, tags: int) -> None:
    """What finished tags cost: launched again, seen by the sensor, found by the command."""
    again = measured(found, batch_size=BATCH_SIZE)
    figure = f"{again.wall_seconds:.1f} s, {again.inside.processor_seconds:.1f} s of processor time, {again.inside.peak_mb:.0f} MB"
    calls = f"{again.model_calls} model calls, {again.encord_writes} writes"
    row("P4", f"a run over the same {tags:,} tags again", f"{figure}, {calls}")
    whole, usual = tick_seconds(found)
    row("P4", "a tick of the sensor, every minute, and every hour", f"{usual:.1f} s, {whole:.1f} s")
    for which in ("when all are finished and no report is written yet", "again"):
        cost = command_cost(found)
        figure = f"{cost.seconds:.1f} s, {cost.processor_seconds:.1f} s of processor time, {cost.peak_mb:.0f} MB"
        row("P4", f"`judge-pipeline run` {which}", figure)


def p5(most: int) -> None:
    """Faults and a kill, compared with the same run without them."""
    tags = min(500, most)
    with scene(tags=tags, latency_seconds=1.0, concurrency=16) as found:
        clean = checked(measured(found, batch_size=tags), found, tags)
    shares = ("--share-429", "0.05", "--share-500", "0.01")
    with scene(tags=tags, latency_seconds=1.0, concurrency=16, stub=shares) as found:
        cut_connections(found, count=10)
        half = clean.model_calls // 2
        seconds = killed_after(found, batch_size=tags, until=lambda: found.model_stats()["answered"] >= half)
        rest = checked(measured(found, batch_size=tags), found, tags)
        answered = found.model_stats()["answered"]
    row("P5", f"{tags} tags, 16 in flight, 1 s per call", f"clean {clean.wall_seconds:.1f} s")
    faults = "5 % 429, 1 % 500, 1 % cut connections, one SIGKILL"
    row("P5", faults, f"{(seconds + rest.wall_seconds) / clean.wall_seconds:.2f} of the clean time")
    row("P5", "answers paid for twice", f"{answered - clean.model_calls}, at most {3 * 16} were in flight")


def tick_seconds(found: Scene) -> list[float]:
    """Two ticks of the sensor, with every image known: a full scan, and the one a minute later."""
    seconds: list[float] = []
    cursor: str | None = None
    with dagster_instance(found.folder / "dagster") as instance:
        sensor = new_images_sensor(BATCH_SIZE)
        for _ in range(2):
            context = dg.build_sensor_context(
                instance, resources={"pipeline": found.pipeline}, sensor_name=sensor.name, cursor=cursor
            )
            started = time.monotonic()
            cursor = sensor.evaluate_tick(context).cursor
            seconds.append(time.monotonic() - started)
    return seconds


def command_cost(found: Scene) -> Cost:
    """`judge-pipeline run` from the shell, with its table and its report, and the start of Python."""
    began = time.monotonic()
    process = subprocess.Popen(
        command_of("run"), env=os.environ | command_settings(found), cwd=found.folder, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"`run` ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def command_of(name: str) -> list[str]:
    return [str(Path(sys.executable).with_name("judge-pipeline")), name]


def command_settings(found: Scene) -> dict[str, str]:
    """The environment variables with which the commands work on the scene."""
    endpoints = {
        "LLM1": found.pipeline.captioners[Captioner.LLM_8B],
        "LLM2": found.pipeline.captioners[Captioner.LLM_16B],
    }
    settings: dict[str, str] = {}
    for name, endpoint in (endpoints | {"JUDGE": found.pipeline.judge}).items():
        settings |= {f"{name}__BASE_URL": endpoint.base_url, f"{name}__MODEL": endpoint.model}
        settings[f"{name}__CONCURRENCY"] = str(endpoint.concurrency)
    return (
        encord_settings(found)
        | settings
        | {
            "ENCORD_PROJECT_HASH": found.pipeline.project_hash,
            "JUDGE__ORDERS": found.pipeline.orders.value,
            "JUDGE_PIPELINE_HOME": str(found.folder),
            "JUDGE_PIPELINE_DATABASE_URL": found.pipeline.database_url,
            "DAGSTER_HOME": str(found.folder / "dagster"),
        }
    )


def encord_settings(found: Scene) -> dict[str, str]:
    """The environment variables with which other programs find the scene's Encord."""
    key = found.folder / "key"
    key.touch(mode=0o600)
    key.write_text(found.pipeline.connection.ssh_private_key)
    return {"ENCORD_DOMAIN": found.encord_url, "ENCORD_SSH_KEY_FILE": str(key)}


def sequential_seconds(found: Scene, images: int) -> float:
    """The sequential program's time for the scene's images, without the start of Python and its imports."""
    program = [sys.executable, str(Path(__file__).with_name("sequential_runner.py"))]
    environment = os.environ | encord_settings(found)
    command = [*program, found.pipeline.project_hash, f"{found.models_url}/v1"]
    with first_request(found) as started:
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - started()
    if found.model_stats()["answered"] != 3 * images:
        raise SystemExit(f"the sequential program made {found.model_stats()}; expected 3 calls per image")
    return seconds


@contextmanager
def first_request(found: Scene) -> Iterator[Callable[[], float]]:
    """The moment of the first request to Encord, polled every 50 ms."""
    import threading

    moment: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            if found.encord_stats()["total"]:
                moment.append(time.monotonic())
                return

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield lambda: moment[0]
    finally:
        ended.set()
        watching.join()


def cut_connections(found: Scene, *, count: int) -> None:
    """Loses the response to every hundredth request that Encord carries out."""
    for number in range(1, count + 1):
        fault = {"match": "^(?!.*_local)", "status": "reset", "when": "after", "skip": REQUESTS_PER_RESET * number}
        requests.post(f"{found.encord_url}/_local/faults", json=fault, timeout=10).raise_for_status()


def checked(run: Measured, found: Scene, tags: int) -> Measured:
    """The run, if its result is complete: every tag judged, exactly two texts or one data group per tag."""
    from encord.constants.enums import DataType

    project = found.pipeline.connection.client().get_project(found.pipeline.project_hash)
    rows = project.list_label_rows_v2()
    texts = sum(each.data_type is DataType.PLAIN_TEXT for each in rows)
    groups = sum(each.data_type is DataType.GROUP for each in rows)
    done = sum(bool(each.workflow_graph_node and each.workflow_graph_node.title == "Human Review") for each in rows)
    if run.inside.failed_runs or (texts, groups, done) not in ((2 * tags, 0, 3 * tags), (0, tags, tags)):
        raise SystemExit(
            f"{tags} tags: {run.inside.failed_runs} failed runs, {texts} texts, {groups} groups, {done} rows in Human Review"
        )
    return run


def row(promise: str, what: str, figure: str) -> None:
    print(f"| {promise} | {what} | {figure} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    promises = {"P1": p1, "P2": p2, "P3": p3, "P4": p4, "P5": p5}
    parser.add_argument("promises", nargs="*", choices=[*promises, []], default=[])
    parser.add_argument("--tags-at-most", type=int, default=10_000)
    given = parser.parse_args()
    print(machine())
    print("\n| | what | figure |\n|---|---|---|", flush=True)
    for name in given.promises or promises:
        promises[name](given.tags_at_most)
    print(machine())


if __name__ == "__main__":
    main()
