"""How long a server that answers nothing is waited for: while its model loads, and while it sends nothing but rate limits."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.editor_agent.describer import OUTAGE_SECONDS, RETRY_POLICY
from judge_pipeline.models.circuit_breaker import LOADING_SECONDS, LONGEST_PROBE_SECONDS
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import EndpointDown, ModelUnavailable, QuotaExhausted
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline_tests.models.conftest import Ask
from judge_pipeline_tests.models.stub_server import StubReply, StubServer, failure
from judge_pipeline_tests.models.virtual_server import VirtualServer, ask_about

CASES = Path(__file__).parent / "cases"
SLOW_DOWN = Failure(429, "slow down")


def case(name: str) -> dict[str, Any]:
    """What a server answered, as reported."""
    read: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return read


def failure_of(name: str) -> Failure:
    answer = case(name)
    return Failure(answer["status"], answer["body"]["error"]["message"], code=str(answer["body"]["error"]["code"]))


LOADS = failure_of("cold-start-with-one-image")


@pytest.mark.parametrize("images", [1, 2, 60])
@pytest.mark.parametrize("seconds", [60, 120, 400])
def test_a_server_that_loads_its_model_is_waited_for(images: int, seconds: float) -> None:
    """Also when the run has one image: people try that first."""
    server = VirtualServer(lambda second, image: LOADS if second < seconds else None)
    results = ask_about(images, server)
    assert results.answered == images
    assert results.seconds < seconds + LONGEST_PROBE_SECONDS + images / 16 + 2
    assert len(server.asked_at) < images + 60


def test_a_server_that_starts_to_load_in_mid_run_is_waited_for() -> None:
    server = VirtualServer(lambda second, image: LOADS if 5 < second < 300 else None)
    assert ask_about(200, server).failures == []


@pytest.mark.parametrize("images", [1, 60])
def test_a_server_that_loads_for_ever_is_given_up(images: int) -> None:
    results = ask_about(images, VirtualServer(lambda second, image: LOADS))
    assert {type(end) for end in results.ends} == {EndpointDown}
    assert "has not answered for 60" in str(results.ends[0])
    assert "most recently: HTTP 503: Loading model" in str(results.ends[0])
    assert LOADING_SECONDS <= results.seconds < LOADING_SECONDS + LONGEST_PROBE_SECONDS


@pytest.mark.parametrize("failure", [LOADS, SLOW_DOWN])
def test_a_labeller_does_not_wait_for_a_server_that_loads_or_limits(failure: Failure) -> None:
    """With the settings of the editor's agent, for which no outage is too long."""
    server = VirtualServer(lambda second, image: failure)
    results = ask_about(1, server, retry_policy=RETRY_POLICY, outage_seconds=OUTAGE_SECONDS)
    assert [type(end) for end in results.ends] == [ModelUnavailable]
    assert results.seconds < 60


def test_a_server_that_stops_loading_and_fails_is_given_up_two_minutes_later() -> None:
    crashed = Failure(None, "Connect call failed", was_sent=False)
    server = VirtualServer(lambda second, image: LOADS if second < 300 else crashed)
    results = ask_about(60, server)
    assert {type(end) for end in results.ends} == {EndpointDown}
    assert 420 <= results.seconds < 420 + 2 * LONGEST_PROBE_SECONDS


def test_a_replica_that_loads_while_others_answer_fails_no_image() -> None:
    server = VirtualServer(lambda second, image: LOADS if len(server.asked_at) % 2 else None)
    results = ask_about(160, server)
    assert results.failures == []
    assert results.seconds < 60


def test_a_model_that_cannot_be_loaded_fails_its_only_image_within_seconds() -> None:
    results = ask_about(1, VirtualServer(lambda second, image: Failure(500, "failed to load model: out of memory")))
    assert [type(end) for end in results.ends] == [ModelUnavailable]
    assert results.seconds < 20


def test_a_real_server_that_loads_is_waited_for(ask: Ask, stub: StubServer) -> None:
    answer = case("cold-start-with-one-image")
    stub.replies.extend([StubReply(answer["body"], status=answer["status"])] * 7)
    two_attempts = RetryPolicy(waits_seconds=(0.01, 0.01))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("judge_pipeline.models.circuit_breaker.LONGEST_PROBE_SECONDS", 0.02)
        assert ask(retry_policy=two_attempts)[0].text == "A cat."


def test_a_run_waits_until_the_models_are_listed(stub: StubServer, endpoint: Callable[..., Endpoint]) -> None:
    async def wait() -> None:
        async with ModelClient(endpoint(), retry_policy=RetryPolicy(waits_seconds=(0.02,))) as client:
            loading = asyncio.create_task(client.check(waits=True))
            await asyncio.sleep(0.2)
            assert not loading.done()
            stub.models = StubReply({"data": [{"id": "stub"}]})
            assert await loading == ""

    stub.models = failure(503, "Loading model")
    asyncio.run(wait())


@pytest.mark.parametrize("images", [1, 20, 250])
@pytest.mark.parametrize("retry_after", [None, 60.0])
def test_nothing_but_rate_limits_for_five_minutes_ends_the_run(images: int, retry_after: float | None) -> None:
    server = VirtualServer(lambda second, image: Failure(429, "slow down", retry_after_seconds=retry_after))
    results = ask_about(images, server)
    assert {type(end) for end in results.ends} == {EndpointDown}
    assert "has answered nothing but rate limits for 3" in str(results.ends[0])
    assert "most recently: HTTP 429: slow down" in str(results.ends[0])
    assert 300 <= results.seconds < 420
    assert len(server.asked_at) < 80


def test_rate_limits_that_begin_in_mid_run_end_it_five_minutes_after_the_last_answer() -> None:
    results = ask_about(250, VirtualServer(lambda second, image: SLOW_DOWN if second > 10 else None))
    assert results.answered == 176
    assert {type(end) for end in results.failures} == {EndpointDown}
    assert results.seconds < 10 + 420


@pytest.mark.parametrize("seconds", [60, 240])
def test_rate_limits_of_a_few_minutes_fail_no_question(seconds: float) -> None:
    results = ask_about(60, VirtualServer(lambda second, image: SLOW_DOWN if second < seconds else None))
    assert results.failures == []


def test_a_low_limit_with_answers_now_and_then_ends_no_run() -> None:
    """Three a minute: each question is refused several times, and waits in line for many minutes."""
    answered: list[float] = []

    def limited(second: float, image: int) -> Failure | None:
        if answered and second < answered[-1] + 20:
            return SLOW_DOWN
        answered.append(second)
        return None

    assert ask_about(100, VirtualServer(limited)).failures == []


def test_the_quota_of_a_day_ends_the_run_at_once_with_the_servers_words() -> None:
    used_up = failure_of("rate-limit-for-the-day")
    server = VirtualServer(lambda second, image: used_up)
    results = ask_about(1, server)
    assert [type(end) for end in results.ends] == [QuotaExhausted]
    assert "has used up its quota: Rate limit exceeded: free-models-per-day. Add 10 credits" in str(results.ends[0])
    assert len(server.asked_at) == 1


def test_a_wait_that_is_longer_than_any_minute_ends_the_run_at_once() -> None:
    """A limit per hour, say."""
    results = ask_about(1, VirtualServer(lambda second, image: Failure(429, "later", retry_after_seconds=3600.0)))
    assert [type(end) for end in results.ends] == [QuotaExhausted]
    assert "has used up its quota and asks to wait 3,600 s: later; launch the remaining tags" in str(results.ends[0])


def test_a_wait_in_the_message_is_kept() -> None:
    azure = Failure(429, "Requests have exceeded token rate limit of your pricing tier. Please retry after 12 seconds.")
    server = VirtualServer(lambda second, image: azure if second < 10 else None)
    results = ask_about(1, server)
    assert results.answered == 1
    assert [round(second) for second in server.asked_at] == [0, 12]
