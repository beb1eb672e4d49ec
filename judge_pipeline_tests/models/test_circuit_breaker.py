"""A server that is down is probed until it is back or the run stops; a server that fails on one image is not down."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.circuit_breaker import (
    FAILURES_IN_A_ROW,
    LONGEST_PROBE_SECONDS,
    OUTAGE_SECONDS,
    CircuitBreaker,
)
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import EndpointDown, ModelUnavailable
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.models.rate_limiter import RateLimiter
from judge_pipeline_tests.models.conftest import PLAIN
from judge_pipeline_tests.models.stub_server import StubServer, failure
from judge_pipeline_tests.models.virtual_server import ENDPOINT, OVERLOADED, Rule, VirtualServer, ask_about, numbered
from judge_pipeline_tests.models.virtual_time import run_in_virtual_time

NEVER: Rule = lambda second, image: OVERLOADED  # noqa: E731


def down_between(start: float, end: float) -> Rule:
    return lambda second, image: OVERLOADED if start <= second < end else None


@pytest.mark.parametrize("images", [2, 3, 16, 300])
@pytest.mark.parametrize("start", [0.0, 0.5, 2.0])
def test_a_server_that_is_down_for_half_a_minute_fails_no_question(images: int, start: float) -> None:
    """However many requests are in flight, and whenever the outage starts."""
    server = VirtualServer(down_between(start, start + 30))
    results = ask_about(images, server)
    assert results.failures == []
    assert results.seconds <= images / 16 + 30 + LONGEST_PROBE_SECONDS + 6
    assert len(server.asked_at) <= images + 45, "those in flight when it started, and a probe now and then"


def test_while_a_server_is_down_one_request_at_a_time_probes_it() -> None:
    server = VirtualServer(down_between(0, 60))
    ask_about(100, server)
    probes = [moment for moment in server.asked_at if 2 < moment < 60]
    waits = [later - earlier for earlier, later in pairwise(probes)]
    assert all(server.most_at_once_by_second[int(moment)] == 1 for moment in probes)
    assert waits == sorted(waits), "growing"
    assert 3 <= len(probes) <= 8


@pytest.mark.parametrize("images", [2, 5, 300])
def test_a_server_that_does_not_come_back_fails_all_questions_at_once(images: int) -> None:
    server = VirtualServer(NEVER)
    results = ask_about(images, server)
    assert [type(end) for end in results.ends] == [EndpointDown] * images
    assert OUTAGE_SECONDS <= results.seconds <= OUTAGE_SECONDS + 2
    assert len(server.asked_at) <= 45
    assert str(results.ends[0]) == (
        "LLM1 (https://models.example/v1, model small) has not answered for 120 s, "
        "most recently: HTTP 503: overloaded; launch the remaining tags again once the server works again"
    )


def test_a_server_that_hangs_is_given_up_after_a_second_deadline() -> None:
    """Each request takes the deadline of 120 s to fail: five in a row at once, and one probe."""
    server = VirtualServer(lambda second, image: Failure(None, "no answer within 120 s"), failure_seconds=120)
    results = ask_about(100, server)
    assert {type(end) for end in results.ends} == {EndpointDown}
    assert results.seconds <= 250
    assert len(server.asked_at) == ENDPOINT.concurrency + 1


@pytest.mark.parametrize("failing", [{0}, {0, 1, 2}, {37}, {150, 151, 152, 153, 154, 155}, {299}])
def test_only_the_images_that_a_server_fails_on_fail(failing: set[int]) -> None:
    server = VirtualServer(lambda second, image: Failure(500, "out of memory") if image in failing else None)
    results = ask_about(300, server)
    assert {number for number, end in enumerate(results.ends) if isinstance(end, ModelUnavailable)} == failing
    assert results.answered == 300 - len(failing)


def test_the_only_image_of_a_run_fails_alone() -> None:
    server = VirtualServer(NEVER)
    results = ask_about(1, server)
    assert [type(end) for end in results.ends] == [ModelUnavailable]
    assert "did not answer 6 requests" in str(results.ends[0])
    assert results.seconds < 20


@pytest.mark.parametrize(("every", "slower_by"), [(10, 1.1), (4, 1.5), (2, 2.5)])
@pytest.mark.parametrize("answer_seconds", [1.0, 10.0])
def test_a_server_that_fails_now_and_then_is_used_as_far_as_possible(
    every: int, slower_by: float, answer_seconds: float
) -> None:
    """For example, one of several replicas is down: failures come back at once, answers take their time."""
    server = VirtualServer(
        lambda second, image: OVERLOADED if len(server.asked_at) % every == 0 else None, answer_seconds=answer_seconds
    )
    results = ask_about(640, server)
    assert len(results.failures) <= 2 * 640 / every**6, "all six attempts of a question may fall on the dead one"
    assert results.seconds < slower_by * 640 / 16 * answer_seconds + 10


def test_rate_limits_are_not_an_outage() -> None:
    server = VirtualServer(lambda second, image: Failure(429, "slow down") if second < 30 else None)
    results = ask_about(32, server)
    assert results.failures == []


def test_a_server_that_refuses_requests_is_not_down() -> None:
    server = VirtualServer(
        lambda second, image: Failure(400, "no") if image % 2 else OVERLOADED if second < 3 else None
    )
    results = ask_about(32, server)
    assert results.answered == 16


def test_a_cancelled_probe_is_followed_by_another() -> None:
    async def passes() -> float:
        breaker = CircuitBreaker()
        for number in range(FAILURES_IN_A_ROW):
            breaker.start()
            breaker.failed(0.0, image=str(number), is_probe=False)
        rate_limiter = RateLimiter(concurrency=4, breaker=breaker)

        async def hang() -> None:
            async with rate_limiter.permit(image="a"):
                await asyncio.sleep(1000)

        probing = asyncio.create_task(hang())
        await asyncio.sleep(5)
        probing.cancel()
        async with rate_limiter.permit(image="b") as permit:
            assert permit.is_probe
            permit.refused()
        assert not breaker.is_down
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(passes()) == pytest.approx(6.0)


Event = tuple[str, int, float]
EVENTS = st.lists(
    st.tuples(st.sampled_from(["start", "fail", "answer"]), st.integers(0, 3), st.floats(0, 20)), max_size=120
)


@given(EVENTS)
@settings(max_examples=100)
def test_an_outage_opens_after_several_images_fail_and_ends_with_a_probes_answer(events: list[Event]) -> None:
    breaker = CircuitBreaker()
    now = 0.0
    in_flight: list[tuple[int, float, bool]] = []
    row: list[int] = []
    for kind, number, seconds in events:
        now += seconds
        if kind == "start" and breaker.seconds_until_start(now) == 0:
            is_probe = breaker.start()
            assert is_probe == breaker.is_down
            in_flight.append((number, now, is_probe))
            assert sum(probe for *_, probe in in_flight) <= 1
        elif kind != "start" and in_flight:
            image, started_at, is_probe = in_flight.pop(number % len(in_flight))
            was_down = breaker.is_down
            if kind == "fail":
                breaker.failed(now, image=str(image), is_probe=is_probe)
                row.append(image)
                assert breaker.is_down or not was_down
                if breaker.is_down and not was_down:
                    assert len(row) >= FAILURES_IN_A_ROW
                    assert len(set(row)) > 1
            else:
                breaker.responded(image=str(image), started_at=started_at, is_probe=is_probe)
                row = []
                assert breaker.is_down == (was_down and not is_probe)
        assert breaker.is_down or breaker.seconds_until_start(now) == 0
        assert (breaker.seconds_left(now) == float("inf")) == (not breaker.is_down)


def test_a_client_waits_out_an_outage_of_a_real_server(
    stub: StubServer, endpoint: Callable[..., Endpoint], image: PreparedImage
) -> None:
    """Eight failures are more than the two questions have attempts."""
    stub.replies.extend([failure(503)] * 8)
    retry_policy = RetryPolicy(waits_seconds=(0.01, 0.02))

    async def two() -> list[str]:
        async with ModelClient(endpoint(), retry_policy=retry_policy, outage_seconds=20) as client:
            answers = await asyncio.gather(client.ask(PLAIN, image), client.ask(PLAIN, numbered(2)))
            return [answer.text for answer in answers]

    assert asyncio.run(two()) == ["A cat.", "A cat."]
