"""Each kind of failure for each class of call: repeated or not, which exception, how many requests, what was done."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from encord.exceptions import RateLimitExceededError, RequestException
from encord.http.constants import RequestsSettings

from judge_pipeline_tests.local.encord.faults.calls import CALLS, ONE_OF_EACH_CLASS
from judge_pipeline_tests.local.encord.faults.desk import Desk
from judge_pipeline_tests.local.encord.faults.sdk_call import SdkCall

HASTY = RequestsSettings(
    max_retries=3,
    backoff_factor=0.01,
    connection_retries=3,
    read_timeout=0.2,  # type: ignore[arg-type]
    write_timeout=0.2,  # type: ignore[arg-type]
)
"""A client that waits a fifth of a second for the next byte."""

TOO_LATE_SECONDS = 0.4

every_call = pytest.mark.parametrize("call", CALLS, ids=str)
one_of_each_class = pytest.mark.parametrize("call", ONE_OF_EACH_CLASS, ids=str)


@dataclass(frozen=True)
class Outcome:
    """What a call came to: its exception, the requests that the server saw, and how often the effect is there."""

    error: type[Exception] | None
    requests: int
    effects: int


def outcome(desk: Desk, call: SdkCall, **fault: Any) -> Outcome:
    attempt = call.prepare(desk)
    desk.order(call.operation, **fault)
    error = None
    try:
        attempt.make()
    except Exception as raised:
        error = type(raised)
    return Outcome(error, desk.requests_of(call.operation), attempt.effects())


def done(call: SdkCall) -> int:
    """A read has no effect that could be missing."""
    return 1 if call.is_read else 0


def after_the_effect(call: SdkCall, error: type[Exception]) -> Outcome:
    """The effect is there, once, and the SDK may not know: it repeats, is refused, or gives up."""
    if call.is_retried:
        return Outcome(call.again, requests=2, effects=1)
    return Outcome(error, requests=1, effects=1)


@every_call
def test_a_status_before_the_effect_is_ridden_over_or_raised(desk: Desk, call: SdkCall) -> None:
    expected = (
        Outcome(None, requests=2, effects=1) if call.is_retried else Outcome(call.server_error, requests=1, effects=0)
    )
    assert outcome(desk, call, status=500) == expected


@every_call
def test_a_status_after_the_effect_is_taken_for_a_failure(desk: Desk, call: SdkCall) -> None:
    assert outcome(desk, call, status=500, when="after") == after_the_effect(call, call.server_error)


@one_of_each_class
def test_a_status_that_stays_is_raised_after_three_repetitions(desk: Desk, call: SdkCall) -> None:
    requests = 4 if call.is_retried else 1
    assert outcome(desk, call, status=503, times=99) == Outcome(call.server_error, requests, done(call))


@every_call
def test_a_cut_connection_before_the_effect_is_ridden_over_or_raised(desk: Desk, call: SdkCall) -> None:
    expected = (
        Outcome(None, requests=2, effects=1) if call.is_retried else Outcome(RequestException, requests=1, effects=0)
    )
    assert outcome(desk, call, status="reset") == expected


@every_call
def test_a_cut_connection_after_the_effect_is_taken_for_a_failure(desk: Desk, call: SdkCall) -> None:
    assert outcome(desk, call, status="reset", when="after") == after_the_effect(call, RequestException)


@every_call
def test_a_rate_limit_is_waited_for_or_raised(desk: Desk, call: SdkCall) -> None:
    expected = (
        Outcome(None, requests=2, effects=1)
        if call.is_retried
        else Outcome(RateLimitExceededError, requests=1, effects=0)
    )
    assert outcome(desk, call, status=429, retry_after=0) == expected


@one_of_each_class
def test_a_rate_limit_that_stays_is_raised_as_such(desk: Desk, call: SdkCall) -> None:
    requests = 4 if call.is_retried else 1
    expected = Outcome(RateLimitExceededError, requests, done(call))
    assert outcome(desk, call, status=429, retry_after=0, times=99) == expected


@one_of_each_class
def test_a_slow_answer_is_waited_for(desk: Desk, call: SdkCall) -> None:
    assert outcome(desk, call, status="slow", delay_seconds=0.05) == Outcome(None, requests=1, effects=1)


@one_of_each_class
def test_an_answer_that_stops_half_way_is_never_asked_for_again(desk: Desk, call: SdkCall) -> None:
    """The SDK repeats for a status or a missing head, not for a missing rest: the effect is there, the answer is not."""
    hasty = replace(desk, client=desk.seed.server.client(settings=HASTY))
    assert outcome(hasty, call, status="slow", delay_seconds=TOO_LATE_SECONDS) == Outcome(
        RequestException, requests=1, effects=1
    )


@one_of_each_class
def test_an_answer_that_comes_too_late_is_a_cut_connection_after_the_effect(desk: Desk, call: SdkCall) -> None:
    hasty = replace(desk, client=desk.seed.server.client(settings=HASTY))
    late = outcome(hasty, call, status=500, when="after", delay_seconds=TOO_LATE_SECONDS)
    assert late == after_the_effect(call, RequestException)
