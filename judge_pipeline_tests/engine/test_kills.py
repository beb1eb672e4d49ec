"""A run is killed with SIGKILL in any step. The next one adopts or creates what is missing, and ends in the same state."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.test_lost_responses import WRITES
from judge_pipeline_tests.engine.trial import QUIET, Trial, every, run_tags_in_own_process
from judge_pipeline_tests.forked import Forked
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL
from judge_pipeline_tests.processes import wait_until

COLOURS = ("red", "green")
NEVER_SECONDS = 60.0
"""How long a response is delayed: longer than any of these tests takes."""


@dataclass
class KilledRun:
    """A run in its own process, which the test kills."""

    trial: Trial
    run_config: dict[str, Any] = field(default_factory=lambda: QUIET)
    run_id: str = field(default_factory=lambda: str(uuid4()))

    def start(self) -> None:
        self.keys = list(self.trial.tags.values())
        self.process = Forked(run_tags_in_own_process, self.trial.pipeline, self.keys, self.run_id, self.run_config)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        def holds_while_it_runs() -> bool:
            assert self.process.poll() is None, "the run ended before it could be killed"
            return holds()

        wait_until(holds_while_it_runs, seconds=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def expire_leases(self) -> None:
        """Frees the run's tags, as happens after `LEASE_SECONDS`."""
        with self.trial.pipeline.open_store() as store:
            later = datetime.now(UTC) + timedelta(hours=1)
            taken = store.leases.acquire([Tag(key) for key in self.keys], holder="later", seconds=1, now=later)
            store.leases.release(taken.values())


def run_and_kill(trial: Trial, until: Callable[[], bool], *, run_config: dict[str, Any] = QUIET) -> None:
    run = KilledRun(trial, run_config)
    run.start()
    run.wait_until(until)
    run.kill()
    run.expire_leases()


def faults_have_been_met(trial: Trial, number: int) -> bool:
    return trial.faults_met() == number


def assert_the_next_run_finishes(trial: Trial, *, max_paid_twice: int) -> None:
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished(*COLOURS)
    assert trial.materialized() == every(*COLOURS)
    assert len(trial.models.calls) <= 8 + max_paid_twice


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("when", "writes"),
    [
        ("after", [write for write in WRITES if write not in ("tagging", "reserving", "asking for the job")]),
        ("before", ["linking", "saving"]),
    ],
)
def test_runs_killed_at_every_write_in_turn_still_finish(trial: Trial, when: str, writes: list[str]) -> None:
    """Each run resumes where the last one was killed, and is killed at the next write. Nothing is paid twice."""
    trial.add(*COLOURS)
    for write in writes:
        trial.seed.server.control("DELETE", "faults")
        trial.inject_fault(match=WRITES[write][0], status=503, when=when, delay_seconds=NEVER_SECONDS)
        run_and_kill(trial, lambda: trial.faults_met() == 1)
    assert_the_next_run_finishes(trial, max_paid_twice=0)


@pytest.mark.parametrize("model", [LARGE, JUDGE])
def test_after_a_kill_during_a_model_call_only_calls_in_flight_are_paid_again(trial: Trial, model: str) -> None:
    trial.add(*COLOURS)
    trial.models.hold(model, "green")
    asked = 2 if model == JUDGE else 1

    def red_is_done_and_green_is_asked() -> bool:
        with trial.pipeline.open_store() as store:
            red_is_done = store.result_counts().get("judgements") == 1
        return red_is_done and trial.models.count(model, "green") == asked

    run_and_kill(trial, red_is_done_and_green_is_asked)
    trial.models.clear_replies()
    assert_the_next_run_finishes(trial, max_paid_twice=asked)
    assert trial.models.count(colour="red") == 4


def test_a_run_that_waited_for_a_killed_one_sees_what_it_did(trial: Trial) -> None:
    """It read the project before the other run linked the texts, so it has to read it again."""
    trial.add(*COLOURS)
    for colour in COLOURS:
        trial.models.hold(SMALL, colour)
    trial.inject_fault(match=WRITES["leaving LLM1"][0], status=503, delay_seconds=NEVER_SECONDS)
    first = KilledRun(trial)
    first.start()
    first.wait_until(lambda: trial.models.count() == 4)
    with ThreadPoolExecutor(1) as pool:
        reads = trial.requests()["v1 GET labelrowmetadata"]
        second = pool.submit(trial.materialize)
        first.wait_until(lambda: trial.requests()["v1 GET labelrowmetadata"] >= reads + 2)
        trial.models.clear_replies()
        first.wait_until(lambda: trial.faults_met() == 1)
        first.kill()
        first.expire_leases()
        assert second.result(timeout=60).success
    assert encord_state(trial.seed) == finished(*COLOURS)
    assert len(trial.models.calls) == 8
