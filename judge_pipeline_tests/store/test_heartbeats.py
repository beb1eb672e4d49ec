"""A run that shows no sign of life is ended once, and writes nothing afterwards; a live one is never ended."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import LeaseLost, RunEnded
from judge_pipeline.store.heartbeats import KEPT
from judge_pipeline.store.store import ProjectStore, Store

START = datetime(2026, 1, 1, tzinfo=UTC)
TAG = Tag("one")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
def run(store: Store) -> Iterator[str]:
    """A run that was alive at the start, and counts as lost after a minute."""
    run = str(uuid4())
    store.heartbeats.beat(run, host="one", seconds=60, now=START)
    yield run
    store.heartbeats.forget([], now=START + 2 * KEPT)


def silent(store: Store, seconds: float) -> dict[str, bool]:
    return {each.run: each.is_lost for each in store.heartbeats.silent(at(seconds))}


def ended(store: Store, run: str, seconds: float) -> bool:
    """Whether a look at this moment ends the run."""
    return store.heartbeats.end_lost([run], at(seconds)) == {run}


def test_a_run_is_silent_after_three_quarters_of_its_seconds(store: Store, run: str) -> None:
    assert run not in silent(store, 44)
    assert silent(store, 46)[run] is False


def test_a_silent_run_is_ended_at_the_second_look_a_quarter_later(store: Store, run: str) -> None:
    assert not ended(store, run, 46)
    assert not ended(store, run, 60)
    assert ended(store, run, 61)
    assert silent(store, 61)[run] is True


def test_a_run_that_beats_after_a_look_at_its_silence_lives(store: Store, run: str) -> None:
    """As after the store was away for an hour, or a machine slept with everything on it."""
    assert not ended(store, run, 3_600)
    store.heartbeats.beat(run, host="one", seconds=60, now=at(3_605))
    assert not ended(store, run, 3_620)
    assert run not in silent(store, 3_620)
    assert not ended(store, run, 3_660)


def test_a_run_that_beats_regularly_is_never_ended(store: Store, run: str) -> None:
    for second in range(0, 600, 5):
        store.heartbeats.beat(run, host="one", seconds=60, now=at(second))
        assert run not in silent(store, second + 4)
        assert not ended(store, run, second + 4)


def test_whoever_looks_later_learns_that_it_was_ended(store: Store, run: str) -> None:
    """The first one may be killed before Dagster knows."""
    ended(store, run, 46)
    assert ended(store, run, 61)
    assert ended(store, run, 62)


def test_an_ended_run_beats_and_acquires_no_more(store: Store, project: ProjectStore, run: str) -> None:
    ended(store, run, 46)
    ended(store, run, 61)
    with pytest.raises(RunEnded, match=f"run {run} showed no sign of life"):
        store.heartbeats.beat(run, host="one", seconds=60, now=at(62))
    with pytest.raises(RunEnded):
        project.leases.acquire([TAG], holder=run, seconds=60)


def test_an_ended_run_loses_its_leases_and_writes_no_more(store: Store, project: ProjectStore, run: str) -> None:
    """Also before another run takes its tags."""
    lease = project.leases.acquire([TAG], holder=run, seconds=3_600)[TAG]
    project.save_result("usage", lease, Usage(1))
    ended(store, run, 46)
    ended(store, run, 61)
    with pytest.raises(LeaseLost):
        project.save_result("usage", lease, Usage(2))
    with pytest.raises(LeaseLost):
        project.leases.renew([lease], seconds=60)
    assert set(project.leases.acquire([TAG], holder="next", seconds=60)) == {TAG}
    assert project.results("usage", Usage) == {TAG: Usage(1)}


def test_a_finished_run_is_forgotten_and_an_ended_one_kept_for_a_month(store: Store, run: str) -> None:
    """The process of an ended run may wake up after a weekend."""
    finished = str(uuid4())
    store.heartbeats.beat(finished, host="two", seconds=60, now=START)
    ended(store, run, 46)
    ended(store, run, 61)
    store.heartbeats.forget([finished, run], now=at(62))
    found = silent(store, 3_600)
    assert finished not in found
    assert found[run] is True
    store.heartbeats.forget([], now=START + KEPT + timedelta(seconds=1))
    assert run not in silent(store, 3_600)
