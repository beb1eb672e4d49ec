"""Each kind of failure for each class of call: retries, exception, number of requests, effect."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from encord.exceptions import RateLimitExceededError, RequestException
from encord.http.constants import RequestsSettings

from judge_pipeline_tests.local.encord.faults.calls import CALLS, ONE_OF_EACH_CLASS
from judge_pipeline_tests.local.encord.faults.sandbox import Sandbox
from judge_pipeline_tests.local.encord.faults.sdk_call import SdkCall

HASTY = RequestsSettings(
    max_retries=3,
    backoff_factor=0.01,
    connection_retries=3,
    read_timeout=0.2,  # type: ignore[arg-type]
    write_timeout=0.2,  # type: ignore[arg-type]
)
"""A client that waits 0.2 s for the next byte."""

TOO_LATE_SECONDS = 0.4

every_call = pytest.mark.parametrize("call", CALLS, ids=str)
one_of_each_class = pytest.mark.parametrize("call", ONE_OF_EACH_CLASS, ids=str)


@dataclass(frozen=True)
class Outcome:
    """The outcome of a call: its exception, the requests that the server saw, and how many times the effect is visible."""

    error: type[Exception] | None
    requests: int
    effects: int


def outcome(sandbox: Sandbox, call: SdkCall, **fault: Any) -> Outcome:
    attempt = call.prepare(sandbox)
    sandbox.inject(call.operation, **fault)
    error = None
    try:
        attempt.make()
    except Exception as raised:
        error = type(raised)
    return Outcome(error, sandbox.requests_of(call.operation), attempt.effects())


def done(call: SdkCall) -> int:
    """The number of effects; a read has none."""
    return 1 if call.is_read else 0


def after_the_effect(call: SdkCall, error: type[Exception]) -> Outcome:
    """The effect happened once, and the SDK does not know: it retries, is refused, or gives up."""
    if call.is_retried:
        return Outcome(call.again, requests=2, effects=1)
    return Outcome(error, requests=1, effects=1)


@every_call
def test_a_status_before_the_effect_is_retried_or_raised(sandbox: Sandbox, call: SdkCall) -> None:
    expected = (
        Outcome(None, requests=2, effects=1) if call.is_retried else Outcome(call.server_error, requests=1, effects=0)
    )
    assert outcome(sandbox, call, status=500) == expected


@every_call
def test_a_status_after_the_effect_looks_like_a_failure(sandbox: Sandbox, call: SdkCall) -> None:
    assert outcome(sandbox, call, status=500, when="after") == after_the_effect(call, call.server_error)


@one_of_each_class
def test_a_persistent_status_is_raised_after_three_retries(sandbox: Sandbox, call: SdkCall) -> None:
    requests = 4 if call.is_retried else 1
    assert outcome(sandbox, call, status=503, times=99) == Outcome(call.server_error, requests, done(call))


@every_call
def test_a_cut_connection_before_the_effect_is_retried_or_raised(sandbox: Sandbox, call: SdkCall) -> None:
    expected = (
        Outcome(None, requests=2, effects=1) if call.is_retried else Outcome(RequestException, requests=1, effects=0)
    )
    assert outcome(sandbox, call, status="reset") == expected


@every_call
def test_a_cut_connection_after_the_effect_looks_like_a_failure(sandbox: Sandbox, call: SdkCall) -> None:
    assert outcome(sandbox, call, status="reset", when="after") == after_the_effect(call, RequestException)


@every_call
def test_a_rate_limit_is_retried_or_raised(sandbox: Sandbox, call: SdkCall) -> None:
    expected = (
        Outcome(None, requests=2, effects=1)
        if call.is_retried
        else Outcome(RateLimitExceededError, requests=1, effects=0)
    )
    assert outcome(sandbox, call, status=429, retry_after=0) == expected


@one_of_each_class
def test_a_persistent_rate_limit_is_raised_as_such(sandbox: Sandbox, call: SdkCall) -> None:
    requests = 4 if call.is_retried else 1
    expected = Outcome(RateLimitExceededError, requests, done(call))
    assert outcome(sandbox, call, status=429, retry_after=0, times=99) == expected


@one_of_each_class
def test_a_slow_answer_is_waited_for(sandbox: Sandbox, call: SdkCall) -> None:
    assert outcome(sandbox, call, status="slow", delay_seconds=0.05) == Outcome(None, requests=1, effects=1)


@one_of_each_class
def test_a_response_that_stops_halfway_is_never_retried(sandbox: Sandbox, call: SdkCall) -> None:
    """The SDK retries after a status or missing headers, but not after a truncated body: the effect happened, the response is lost."""
    hasty = replace(sandbox, client=sandbox.seed.server.client(settings=HASTY))
    assert outcome(hasty, call, status="slow", delay_seconds=TOO_LATE_SECONDS) == Outcome(
        RequestException, requests=1, effects=1
    )


@one_of_each_class
def test_a_response_that_comes_too_late_counts_as_a_cut_connection_after_the_effect(
    sandbox: Sandbox, call: SdkCall
) -> None:
    hasty = replace(sandbox, client=sandbox.seed.server.client(settings=HASTY))
    late = outcome(hasty, call, status=500, when="after", delay_seconds=TOO_LATE_SECONDS)
    assert late == after_the_effect(call, RequestException)
