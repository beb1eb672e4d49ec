"""Calls to Encord that are made again: when, how often, and what is looked at before."""

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
from judge_pipeline.engine.repeating import LONGEST_WAIT_SECONDS, WAITS_SECONDS, until_answered
from judge_pipeline_tests.models.virtual_time import run_in_virtual_time


class Encord:
    """Answers with these errors one after the other, and then well; keeps when it was called and when it was looked at.

    Down, it has the same error for every look too.
    """

    def __init__(self, *errors: EncordError, is_down: bool = False) -> None:
        self._errors = list(errors)
        self._is_down = is_down
        self.events: list[tuple[str, float]] = []

    async def call(self) -> str:
        self._note("called")
        if self._errors:
            raise self._errors.pop(0)
        return "answer"

    async def look(self) -> None:
        self._note("looked")
        if self._is_down:
            raise EncordUnavailable("503")

    def _note(self, what: str) -> None:
        self.events.append((what, asyncio.get_running_loop().time()))


def times(events: Sequence[tuple[str, float]], what: str) -> list[float]:
    return [time for happened, time in events if happened == what]


def ask(encord: Encord) -> str:
    return run_in_virtual_time(until_answered(encord.call, look_again=encord.look))


def test_a_call_that_is_answered_is_made_once() -> None:
    encord = Encord()
    assert ask(encord) == "answer"
    assert encord.events == [("called", 0.0)]


def test_an_encord_that_answers_a_look_has_a_fault_that_is_this_calls_alone() -> None:
    encord = Encord(*[EncordUnavailable("500")] * (len(WAITS_SECONDS) + 1))
    with pytest.raises(EncordUnavailable):
        ask(encord)
    assert encord.events[-1][0] == "looked"


def test_an_encord_that_answers_no_look_either_is_down() -> None:
    encord = Encord(EncordUnavailable("503"), is_down=True)
    with pytest.raises(EncordDown, match="nothing else either"):
        ask(encord)


@pytest.mark.parametrize("error", [EncordUnreachable("cut"), EncordUnavailable("500")])
def test_what_was_done_before_the_answer_was_lost_is_looked_at_first(error: EncordError) -> None:
    encord = Encord(error, error)
    assert ask(encord) == "answer"
    assert [what for what, _ in encord.events] == ["called", "looked", "called", "looked", "called"]


def test_the_waits_grow_and_end() -> None:
    encord = Encord(*[EncordUnavailable("500")] * (len(WAITS_SECONDS) + 1))
    with pytest.raises(EncordUnavailable):
        ask(encord)
    called = times(encord.events, "called")
    assert [later - earlier for earlier, later in pairwise(called)] == pytest.approx(WAITS_SECONDS)


def test_a_rate_limit_says_how_long_to_wait() -> None:
    encord = Encord(EncordUnavailable("429", retry_after_seconds=30))
    assert ask(encord) == "answer"
    assert times(encord.events, "called") == pytest.approx([0, 30])


def test_nobody_waits_for_an_hour() -> None:
    encord = Encord(EncordUnavailable("429", retry_after_seconds=LONGEST_WAIT_SECONDS + 1))
    with pytest.raises(EncordUnavailable):
        ask(encord)
    assert {time for _, time in encord.events} == {0.0}


@pytest.mark.parametrize("error", [EncordRefused("no"), RowRefused("no"), EncordError("no")])
def test_every_other_error_is_everybodys_at_once(error: EncordError) -> None:
    encord = Encord(error)
    with pytest.raises(type(error)):
        ask(encord)
    assert {time for _, time in encord.events} == {0.0}
