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
from pathlib import Path
from typing import TypeVar

from judge_pipeline.assets.partitions import delete_tags, known_tags
from judge_pipeline_tests.encord_project.holding_proxy import LABEL_SAVE
from judge_pipeline_tests.engine.interruptions import NEVER, choose_at, stop_past_the_lease
from judge_pipeline_tests.engine.quick_event_log import quick_instance
from judge_pipeline_tests.engine.test_suspended_runs import BEFORE_WRITES
from judge_pipeline_tests.engine.trial import Trial, build_pipeline
from judge_pipeline_tests.model_stub import StubModels
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import running_local_encord, serve

T = TypeVar("T")


@contextmanager
def trials() -> Iterator[Callable[[Callable[[Trial], T]], T]]:
    """Calls a function with a new project on shared servers."""
    models = StubModels()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_local_encord(Path(folder)) as encord,
        serve(models) as models_url,
        quick_instance() as instance,
    ):

        def with_trial(act: Callable[[Trial], T]) -> T:
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


def stops(with_trial: Callable[[Callable[[Trial], str]], str]) -> Iterator[str]:
    for write in BEFORE_WRITES:
        begun = time.monotonic()

        def stop(trial: Trial, write: str = write) -> str:
            stop_past_the_lease(trial, write, seconds_pass=True)
            return "nothing written afterwards"

        found = with_trial(lambda trial, stop=stop: outcome(stop, trial))
        yield f"SIGSTOP before {write}: {found} ({time.monotonic() - begun:.0f} s)"


def choices(with_trial: Callable[[Callable[[Trial], T]], T]) -> Iterator[str]:
    for what, held in (("request", ()), ("save of labels", LABEL_SAVE)):
        points, _ = with_trial(lambda trial, held=held: choose_at(trial, *held, point=NEVER))
        for seconds in (0.5, 0.0):
            found = Counter(
                with_trial(
                    lambda trial, n=n, h=held, s=seconds: outcome(
                        lambda trial: choose_at(trial, *h, point=n, seconds=s)[1], trial
                    )
                )
                for n in range(points)
            )
            yield f"Final Choice at each {what}, {seconds} s before it went on: {dict(found)}"


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
