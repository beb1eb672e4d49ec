"""A server that answers slowly, a few requests at a time, is used to the end; default settings, in virtual time."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from judge_pipeline.models.adaptive_concurrency import AdaptiveConcurrency
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import EndpointDown, ModelUnavailable
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline_tests.models.conftest import PLAIN
from judge_pipeline_tests.models.queueing_server import QueueingServer
from judge_pipeline_tests.models.stub_server import StubReply, StubRequest, StubServer, completion
from judge_pipeline_tests.models.virtual_server import ENDPOINT, VirtualServer, ask_about, numbered

IMAGES = 60
DEADLINE = ENDPOINT.timeout_seconds


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("answer_seconds", [8, 10, 12, 20, 40, 110])
def test_a_server_with_one_slot_answers_everything_and_no_request_is_wasted(answer_seconds: float, seed: int) -> None:
    """Sixteen at once take longer than the deadline, and nothing is wrong."""
    server = QueueingServer(answer_seconds, seed=seed, spread=0.05 if answer_seconds > 100 else 0.3)
    results = ask_about(IMAGES, server)
    assert results.answered == IMAGES
    assert server.requests == IMAGES, "none is sent twice"
    assert results.seconds < 1.1 * IMAGES * answer_seconds, "its slot is never idle"
    if 16 * answer_seconds > 1.3 * DEADLINE:
        fitting = DEADLINE / answer_seconds
        assert server.most_after(2 * DEADLINE) <= 1.5 * fitting + 1, "as many at once as it answers within a deadline"


def test_a_real_server_with_a_queue_longer_than_the_deadline_answers_everything(
    stub: StubServer, endpoint: Callable[..., Endpoint]
) -> None:
    """Each request waits for those before it; the eighth takes three deadlines."""

    def after_the_others(request: StubRequest) -> StubReply:
        return replace(completion(), delay_seconds=0.15 * stub.now)

    async def ask_all() -> tuple[list[str], str]:
        async with ModelClient(endpoint(concurrency=8, timeout_seconds=0.4)) as client:
            answers = await asyncio.gather(*(client.ask(PLAIN, numbered(number)) for number in range(10)))
            return [answer.text for answer in answers], client.slowness

    stub.rule = after_the_others
    answers, slowness = asyncio.run(ask_all())
    assert answers == ["A cat."] * 10
    assert "was too slow for 8 requests at once within 0.4 s" in slowness
    assert "LLM1__CONCURRENCY=" in slowness
    assert "LLM1__TIMEOUT_SECONDS" in slowness
    assert len(stub.bodies) == 10


@pytest.mark.parametrize("notices", [True, False], ids=["stops", "goes-on"])
@pytest.mark.parametrize(("gateway_seconds", "status"), [(120, None), (60, 504), (100, 524), (90, 408)])
@pytest.mark.parametrize("answer_seconds", [8, 12, 20, 40])
def test_a_slow_server_behind_something_that_gives_requests_up_answers_everything(
    answer_seconds: float, gateway_seconds: float, status: int | None, notices: bool
) -> None:
    server = QueueingServer(
        answer_seconds, gateway_seconds=gateway_seconds, gateway_status=status, notices=notices, spread=0.2
    )
    results = ask_about(IMAGES, server)
    assert results.answered == IMAGES
    assert server.requests <= IMAGES + (16 if notices else 40), "each of the first at once may be given up"
    assert results.seconds < (1.3 if notices else 2.2) * IMAGES * answer_seconds + 2 * gateway_seconds


@pytest.mark.parametrize("answer_seconds", [8, 20, 40])
def test_a_slow_server_that_takes_the_newest_first_answers_everything(answer_seconds: float) -> None:
    server = QueueingServer(answer_seconds, order="last in, first out")
    results = ask_about(IMAGES, server)
    assert results.answered == IMAGES
    assert server.requests < 1.5 * IMAGES
    assert results.seconds < 1.2 * IMAGES * answer_seconds


@pytest.mark.parametrize("answer_seconds", [20, 70, 110])
def test_every_slot_of_a_slow_server_is_used(answer_seconds: float) -> None:
    server = QueueingServer(answer_seconds, slots=2, spread=0.05)
    results = ask_about(IMAGES, server)
    assert (results.answered, server.requests) == (IMAGES, IMAGES)
    assert results.seconds < 1.1 * IMAGES / 2 * answer_seconds


@pytest.mark.parametrize(("status", "message"), [(503, "Server is busy; please try again later"), (429, "busy")])
def test_a_server_that_refuses_what_comes_while_it_works_answers_everything(status: int, message: str) -> None:
    server = VirtualServer(
        lambda second, image: Failure(status, message) if server.now > 1 else None, answer_seconds=20
    )
    assert ask_about(IMAGES, server).answered == IMAGES


def test_a_slow_server_that_hangs_is_given_up() -> None:
    """Each request that it was left with may take it another 20 s: up to 16 of them, and two minutes of probes."""
    server = QueueingServer(20, hangs_at=300)
    results = ask_about(IMAGES, server)
    assert {type(end) for end in results.failures} == {EndpointDown}
    assert results.seconds < 300 + 6 * DEADLINE + 16 * 20


@pytest.mark.parametrize(("hangs_at", "deadlines"), [(0, 2), (30, 1)])
def test_a_server_that_takes_requests_and_answers_none_is_given_up_two_minutes_after_the_deadline(
    hangs_at: float, deadlines: int
) -> None:
    """Twice the deadline before its first answer: many servers load their model on the first request."""
    server = QueueingServer(1, slots=16, hangs_at=hangs_at)
    results = ask_about(600, server)
    assert {type(end) for end in results.failures} == {EndpointDown}
    assert results.seconds <= hangs_at + deadlines * DEADLINE + 120 + 5
    assert "if it is only slow, lower LLM1__CONCURRENCY or raise LLM1__TIMEOUT_SECONDS" in str(results.failures[0])


def test_a_request_that_hangs_on_a_healthy_server_fails_alone_and_slows_nothing() -> None:
    server = VirtualServer(lambda second, image: Failure(None, "") if image == 7 else None, failure_seconds=1e9)
    results = ask_about(16 * 130, server)
    assert [type(end) for end in results.failures] == [ModelUnavailable]
    assert "lower LLM1__CONCURRENCY or raise LLM1__TIMEOUT_SECONDS" in str(results.failures[0])
    assert all(server.most_at_once_by_second[second] == 16 for second in range(138))


def test_a_model_that_loads_within_the_first_request_is_waited_for() -> None:
    """Ollama stops loading when the client hangs up, so a second request does not help."""
    server = VirtualServer(lambda second, image: None, answer_seconds=140)
    assert ask_about(1, server).answered == len(server.asked_at) == 1


def test_a_server_that_is_fast_again_gets_as_many_at_once_as_before() -> None:
    concurrency = AdaptiveConcurrency(concurrency=16, deadline_seconds=120)
    concurrency.answered(20, started_at=0)
    concurrency.answered(100, started_at=0)
    assert concurrency.lost(120, started_at=0)
    assert concurrency.limit == 1
    now = 120.0
    for _ in range(40):
        concurrency.answered(now + 1, started_at=now)
        now += 1
    assert concurrency.limit == 16


def test_the_time_in_line_for_a_slow_server_is_not_taken_from_a_questions_ten_minutes() -> None:
    """Each question fails twice, with hundreds of seconds in line between the two."""
    failed: dict[int, int] = {}

    def twice(second: float, image: int) -> Failure | None:
        failed[image] = failed.get(image, 0) + 1
        return Failure(500, "no") if failed[image] <= 2 and image % 4 == 0 else None

    server = VirtualServer(twice, answer_seconds=40)
    results = ask_about(IMAGES, server, endpoint=replace(ENDPOINT, concurrency=1))
    assert results.answered == IMAGES
