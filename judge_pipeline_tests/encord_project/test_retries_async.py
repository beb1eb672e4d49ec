"""In a run, calls to Encord are retried after growing waits, each time from the project's current state."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest

from judge_pipeline.encord_project.errors import (
    EncordDown,
    EncordError,
    EncordRefused,
    EncordUnavailable,
    EncordUnreachable,
    RowRefused,
)
from judge_pipeline.encord_project.retries import IN_RUN, call_with_retries_async
from judge_pipeline_tests.models.virtual_time import run_in_virtual_time


class Encord:
    """Fails with these errors in turn, then answers; records the time of each call and refresh.

    When it is down, every refresh fails too.
    """

    def __init__(self, *errors: EncordError, is_down: bool = False) -> None:
        self._errors = list(errors)
        self._is_down = is_down
        self.events: list[tuple[str, float]] = []

    async def call(self) -> str:
        self._record("called")
        if self._errors:
            raise self._errors.pop(0)
        return "answer"

    async def refresh(self) -> None:
        self._record("refreshed")
        if self._is_down:
            raise EncordUnavailable("503")

    def _record(self, event: str) -> None:
        self.events.append((event, asyncio.get_running_loop().time()))


def times(events: Sequence[tuple[str, float]], kind: str) -> list[float]:
    return [time for happened, time in events if happened == kind]


def ask(encord: Encord) -> str:
    return run_in_virtual_time(call_with_retries_async(encord.call, refresh=encord.refresh))


def test_a_call_that_succeeds_is_made_once() -> None:
    encord = Encord()
    assert ask(encord) == "answer"
    assert encord.events == [("called", 0.0)]


def test_the_call_fails_alone_when_encord_answers_the_refresh() -> None:
    encord = Encord(*[EncordUnavailable("500")] * (len(IN_RUN.waits_seconds) + 1))
    with pytest.raises(EncordUnavailable):
        ask(encord)
    assert encord.events[-1][0] == "refreshed"


def test_encord_is_down_when_it_does_not_answer_the_refresh_either() -> None:
    encord = Encord(EncordUnavailable("503"), is_down=True)
    with pytest.raises(EncordDown, match="does not answer anything else either"):
        ask(encord)


@pytest.mark.parametrize("error", [EncordUnreachable("cut"), EncordUnavailable("500")])
def test_every_retry_starts_from_a_refreshed_state(error: EncordError) -> None:
    encord = Encord(error, error)
    assert ask(encord) == "answer"
    assert [event for event, _ in encord.events] == ["called", "refreshed", "called", "refreshed", "called"]


def test_the_waits_grow_and_end() -> None:
    encord = Encord(*[EncordUnavailable("500")] * (len(IN_RUN.waits_seconds) + 1))
    with pytest.raises(EncordUnavailable):
        ask(encord)
    called = times(encord.events, "called")
    assert [later - earlier for earlier, later in pairwise(called)] == pytest.approx(IN_RUN.waits_seconds)


def test_retry_after_sets_the_wait() -> None:
    encord = Encord(EncordUnavailable("429", retry_after_seconds=30))
    assert ask(encord) == "answer"
    assert times(encord.events, "called") == pytest.approx([0, 30])


def test_an_hour_of_retry_after_fails_the_call_at_once() -> None:
    encord = Encord(EncordUnavailable("429", retry_after_seconds=IN_RUN.longest_retry_after_seconds + 1))
    with pytest.raises(EncordUnavailable):
        ask(encord)
    assert {time for _, time in encord.events} == {0.0}


@pytest.mark.parametrize("error", [EncordRefused("no"), RowRefused("no"), EncordError("no")])
def test_every_other_error_is_raised_at_once(error: EncordError) -> None:
    encord = Encord(error)
    with pytest.raises(type(error)):
        ask(encord)
    assert {time for _, time in encord.events} == {0.0}
