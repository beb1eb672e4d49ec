"""Runs stopped with SIGSTOP past their lease at each write, and a Final Choice made at each request of a run.

    python -m benchmarks.interruptions [stops] [choices]

Prints whatever is lost, written twice or paid twice, and then ends with 1. A stopped run is followed by another one, which waits
for the lease of 20 s; then it goes on.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from judge_pipeline.assets.partitions import delete_tags, known_tags
from judge_pipeline_tests.encord_project.holding_proxy import LABEL_SAVE
from judge_pipeline_tests.engine.interruptions import NEVER, choose_at, stop_past_the_lease
from judge_pipeline_tests.engine.quick_event_log import quick_instance
from judge_pipeline_tests.engine.test_suspended_runs import BEFORE_WRITES
from judge_pipeline_tests.engine.trial import Trial, build_pipeline
from judge_pipeline_tests.model_stub import StubModels
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import running_local_encord, serve

WithTrial = Callable[[Callable[[Trial], str]], str]


@contextmanager
def trials() -> Iterator[WithTrial]:
    """Calls a function with a new project on shared servers."""
    models = StubModels()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_local_encord(Path(folder)) as encord,
        serve(models) as models_url,
        quick_instance() as instance,
    ):

        def with_trial(act: Callable[[Trial], str]) -> str:
            models.reset()
            for what in ("faults", "stats"):
                encord.control("DELETE", what)
            with tempfile.TemporaryDirectory() as own:
                seed = create_seed_project(encord)
                pipeline = build_pipeline(seed, models_url, Path(own))
                try:
                    return act(Trial(seed, models, pipeline, instance, Path(own)))
                finally:
                    delete_tags(instance, known_tags(instance))

        yield with_trial


def stops(with_trial: WithTrial) -> Iterator[str]:
    for write in BEFORE_WRITES:
        begun = time.monotonic()
        found = with_trial(partial(outcome, partial(stop_before, write)))
        yield f"SIGSTOP before {write}: {found} ({time.monotonic() - begun:.0f} s)"


def stop_before(write: str, trial: Trial) -> str:
    stop_past_the_lease(trial, write, seconds_pass=True)
    return "nothing written afterwards"


def choices(with_trial: WithTrial) -> Iterator[str]:
    for what, held in (("request", ()), ("save of labels", LABEL_SAVE)):
        points = int(with_trial(partial(points_of, held)))
        for seconds in (0.5, 0.0):
            found = Counter(
                with_trial(partial(outcome, partial(choose_at_point, held, number, seconds)))
                for number in range(points)
            )
            yield f"Final Choice at each {what}, {seconds} s before it went on: {dict(found)}"


def points_of(held: tuple[str, ...], trial: Trial) -> str:
    return str(choose_at(trial, *held, point=NEVER)[0])


def choose_at_point(held: tuple[str, ...], point: int, seconds: float, trial: Trial) -> str:
    try:
        return choose_at(trial, *held, point=point, seconds=seconds)[1]
    except AssertionError as error:
        raise AssertionError(f"at request {point}: {str(error)[:300]}") from None


def outcome(act: Callable[[Trial], str], trial: Trial) -> str:
    """What `act` returns, or what was wrong."""
    try:
        return act(trial)
    except AssertionError as error:
        return f"FAILED: {error}"


def main() -> None:
    wanted = set(sys.argv[1:]) or {"stops", "choices"}
    lines = []
    with trials() as with_trial:
        for name, found in (("stops", stops), ("choices", choices)):
            for line in found(with_trial) if name in wanted else ():
                print(line, flush=True)
                lines.append(line)
    sys.exit(any("FAILED" in line for line in lines))


if __name__ == "__main__":
    main()
