"""A process is killed with SIGKILL before and after each write while it submits and collects: nothing is paid twice, nothing lost."""

import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from judge_pipeline_tests.engine.model_batches.batch_trial import ANSWERED, NOTED, BatchTrial
from judge_pipeline_tests.forked import Forked

When = Literal["before", "after"]

COMMITS = 7
"""Noted, intended, uploaded, submitted, ended, settled, collected."""


def ask_and_collect(trial: BatchTrial, ids: list[str]) -> None:
    """What runs and the sensor do, once: questions without an outcome are noted and submitted, batches collected."""
    found = trial.store.questions.find(ids)
    run = f"run {os.getpid()}"
    if open_ids := [
        id_ for id_ in ids if id_ not in found or (found[id_].state is NOTED and not found[id_].is_pending)
    ]:
        trial.submit(trial.note(open_ids, run=run), run=run)
    trial.collect_all()


def ask_and_be_killed(trial: tuple[str, Path, str], ids: list[str], when: When, number: int) -> None:
    """In a process of its own: dies at its commit with this number."""
    commits = 0

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def on_commit(_connection: Any) -> None:
        nonlocal commits
        commits += 1
        if when == "before" and commits == number:
            die()

    def on_return(*_: Any) -> None:
        if when == "after" and commits == number:
            die()

    url, folder, key = trial
    opened = BatchTrial(url, folder, {"api_key": SecretStr(key)})
    event.listen(Engine, "commit", on_commit)
    event.listen(Pool, "checkin", on_return)
    ask_and_collect(opened, ids)


def is_killed(trial: BatchTrial, ids: list[str], when: When, number: int) -> bool:
    """Starts the process; returns whether it was killed, or False if it had finished before."""
    opened = (trial.url, trial.folder, trial.endpoint.api_key.get_secret_value())
    code = Forked(ask_and_be_killed, opened, ids, when, number).wait(60)
    assert code in (0, -signal.SIGKILL)
    return code != 0


def in_new_folder(trial: BatchTrial, name: str) -> BatchTrial:
    """The same server, whose lines are counted from here on, with an empty store."""
    trial.control("DELETE", "stats")
    folder = trial.folder / name
    folder.mkdir()
    return replace(trial, folder=folder)


def assert_the_next_process_finishes(trial: BatchTrial, ids: list[str], *, lines: int) -> None:
    """A day later: what is not at the server by then will not get there."""
    recovered = trial.recover(trial.store.budget_leases.now() + timedelta(days=1))
    assert recovered.problems == []
    assert trial.spooled_files() == []
    ask_and_collect(trial, ids)
    assert {trial.state(id_)[0] for id_ in ids} == {ANSWERED}
    assert trial.answered_lines() == lines, "each question is answered and paid for once"
    batches = [batch for batch in trial.store.model_batches.all() if batch.state == "collected"]
    assert sum(batch.answered for batch in batches) == len(ids)
    assert {(batch.missing, batch.unknown, batch.doubled) for batch in batches} == {(0, 0, 0)}


@pytest.mark.parametrize(
    ("when", "numbers"),
    [("before", range(1, COMMITS + 1)), ("after", (2, 3, 4, COMMITS))],
    ids=["before", "after where the next effect is not a commit"],
)
def test_a_process_killed_at_any_write_has_neither_lost_nor_paid_twice(
    trial: BatchTrial, when: When, numbers: Sequence[int]
) -> None:
    ids = ["a", "b", "c"]
    for number in numbers:
        mine = in_new_folder(trial, str(number))
        assert is_killed(mine, ids, when, number)
        assert_the_next_process_finishes(mine, ids, lines=len(ids))


def test_there_are_no_more_writes(trial: BatchTrial) -> None:
    assert not is_killed(trial, ["a"], "before", COMMITS + 1)
    assert trial.state("a") == (ANSWERED, 0)


def test_a_process_killed_between_two_chunks_of_lines_reads_the_file_again(trial: BatchTrial) -> None:
    ids = [f"q{number}" for number in range(600)]
    trial.fault("text", text="A cat.", mode="batch", share=1)
    assert is_killed(trial, ids, "before", COMMITS)
    assert trial.store.questions.counts() == {ANSWERED: 500, "submitted": 100}
    assert_the_next_process_finishes(trial, ids, lines=len(ids))
