"""Which failures are retried, after which waits, and when a question fails."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.errors import ModelUnavailable
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.retry_after import retry_after_seconds
from judge_pipeline_tests.models.conftest import Ask
from judge_pipeline_tests.models.stub_server import StubReply, StubServer, completion, failure
from judge_pipeline_tests.models.virtual_server import ENDPOINT, VirtualServer, ask_about
from judge_pipeline_tests.servers import UNREACHABLE_URL


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 529])
def test_a_passing_failure_is_retried(ask: Ask, stub: StubServer, status: int) -> None:
    stub.replies.extend([failure(status), failure(status)])
    assert ask()[0].text == "A cat."
    assert len(stub.bodies) == 3


@pytest.mark.parametrize(
    "reply", [StubReply({}, cut_after=1), StubReply("<html>", headers={"content-type": "application/json"})]
)
def test_an_answer_cut_off_in_transit_is_requested_again(ask: Ask, stub: StubServer, reply: StubReply) -> None:
    stub.replies.append(reply)
    assert ask()[0].text == "A cat."


def test_retry_after_is_respected(ask: Ask, stub: StubServer) -> None:
    stub.replies.append(failure(429, headers={"retry-after": "0.4"}))
    started = time.monotonic()
    ask()
    assert time.monotonic() - started >= 0.4


def test_rate_limits_in_a_row_hold_every_question_back() -> None:
    server = VirtualServer(
        lambda second, image: Failure(429, "slow down", retry_after_seconds=4.0) if second < 4 else None
    )
    results = ask_about(9, server, endpoint=replace(ENDPOINT, concurrency=1))
    assert results.answered == 9
    in_vain = [second for second in server.asked_at if second < 4]
    assert len(in_vain) == 4
    assert max(in_vain) < 1


@pytest.mark.parametrize("status", [429, 500])
def test_a_stray_refusal_with_retry_after_delays_only_its_own_question(status: int) -> None:
    server = VirtualServer(
        lambda second, image: Failure(status, "later", retry_after_seconds=4.0) if second < 4 and image == 20 else None
    )
    assert ask_about(160, server).seconds == pytest.approx(10.0, abs=1.0)


def test_a_question_fails_when_the_server_keeps_failing(ask: Ask, stub: StubServer) -> None:
    stub.rule = lambda request: failure(500, "CUDA out of memory")
    with pytest.raises(
        ModelUnavailable, match=r"LLM1 \(http.*, model stub\) .* 6 requests .* HTTP 500: CUDA out of memory; "
    ):
        ask()
    assert len(stub.bodies) == 6


def test_rate_limits_take_time_and_no_attempts() -> None:
    server = VirtualServer(lambda second, image: Failure(429, "slow down") if len(server.asked_at) < 10 else None)
    assert ask_about(1, server, retry_policy=RetryPolicy(waits_seconds=(0.5,))).answered == 1


def test_a_wait_beyond_the_total_time_is_not_started(ask: Ask, stub: StubServer) -> None:
    """Of a server in maintenance, say."""
    stub.replies.append(failure(503, "maintenance", headers={"retry-after": "86400"}))
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="maintenance"):
        ask()
    assert time.monotonic() - started < 5


def test_a_refused_connection_is_reported_with_its_address(ask: Ask) -> None:
    with pytest.raises(
        ModelUnavailable, match=rf"{UNREACHABLE_URL}/v1, model stub\) .* no connection: Connect call failed"
    ):
        ask(base_url=f"{UNREACHABLE_URL}/v1", retry_policy=RetryPolicy(waits_seconds=(0.01,)))


def test_an_answer_must_be_complete_by_the_deadline(ask: Ask, stub: StubServer) -> None:
    slow = completion()
    slow.delay_seconds = 1
    stub.replies.append(slow)
    assert ask(timeout_seconds=0.2)[0].text == "A cat."
    assert len(stub.bodies) == 2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "1"}, 1.0),
        ({"retry-after": "0.3"}, 0.3),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, 59.0),
        ({"retry-after": "Fri, 31 Dec 1999 23:58:00 GMT"}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
    ],
)
def test_retry_after_is_in_seconds_milliseconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers, now=datetime(1999, 12, 31, 23, 59, 0, tzinfo=UTC)) == seconds
