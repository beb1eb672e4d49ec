"""The calls and dollars that the models of a run share, in virtual time."""

import asyncio
import socketserver
import threading
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.domain.spending import Spent
from judge_pipeline.models.endpoint import Endpoint, Price
from judge_pipeline.models.errors import ModelUnavailable, SpendingLimitReached, SpendingLimitUnusable
from judge_pipeline.models.exchange import Reply
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline_tests.models.conftest import PLAIN, WITH_SCHEMA, Ask
from judge_pipeline_tests.models.stub_server import StubServer, completion, failure
from judge_pipeline_tests.models.virtual_time import run_in_virtual_time
from judge_pipeline_tests.servers import UNREACHABLE_URL

LLM1 = Endpoint("LLM1", "https://models.example/v1", "small", price=Price(1.0, 2.0))
LLM2 = replace(LLM1, name="LLM2")


def reply(cost_usd: float | None = None, usage: Usage = Usage(100, 20)) -> Reply:  # noqa: B008
    return Reply("A cat.", "", "", "stop", "small", usage, 1.0, cost_usd)


class Askers:
    """Many that ask at once; each call takes a second, costs the next of `costs` and is answered, unless it is `lost`."""

    def __init__(
        self,
        spending_limits: SpendingLimits,
        *,
        costs: Sequence[float] = (0.1,),
        endpoints: Sequence[Endpoint] = (LLM1,),
    ):
        self.spending_limits = spending_limits
        self.costs = cycle(costs)
        self.endpoints = cycle(endpoints)
        self.started = self.now = self.most_at_once = 0
        self.turned_down = 0

    async def ask(self) -> None:
        endpoint = next(self.endpoints)
        async with self.spending_limits.call(endpoint) as call:
            self.started += 1
            self.now += 1
            self.most_at_once = max(self.most_at_once, self.now)
            await asyncio.sleep(1.0)
            self.now -= 1
            if self.turned_down:
                self.turned_down -= 1
            else:
                call.succeeded(reply(next(self.costs)))

    def all_ask(self, count: int) -> list[BaseException]:
        """All at once; returns the errors of those that may not ask."""

        async def all_of_them() -> list[BaseException | None]:
            return await asyncio.gather(*(self.ask() for _ in range(count)), return_exceptions=True)

        return [end for end in run_in_virtual_time(all_of_them()) if end is not None]


def test_without_limits_all_questions_are_asked_at_once() -> None:
    askers = Askers(SpendingLimits())
    assert askers.all_ask(200) == []
    assert askers.most_at_once == 200


def test_the_last_allowed_call_is_made_and_none_after_it() -> None:
    askers = Askers(SpendingLimits(max_model_calls=10))
    ends = askers.all_ask(64)
    assert askers.started == 10
    assert [type(end) for end in ends] == [SpendingLimitReached] * 54
    assert str(ends[0]) == (
        "the run has reached its limit of 10 model calls (max_model_calls); "
        "launch the remaining tags again with a higher limit or none; finished work is not paid for twice"
    )


def test_exactly_as_many_calls_as_allowed_do_not_stop_a_run() -> None:
    assert Askers(SpendingLimits(max_model_calls=64)).all_ask(64) == []


def test_a_refused_request_does_not_count_as_a_call() -> None:
    """A rate limit must not stop a run whose calls are counted: others wait whether one under way becomes free again."""
    askers = Askers(SpendingLimits(max_model_calls=10))
    askers.turned_down = 3
    askers.all_ask(64)
    assert (askers.started, askers.spending_limits.calls) == (13, 10)


def test_a_call_whose_answer_is_lost_counts_as_much_as_the_most_expensive() -> None:
    async def third(**caps: Any) -> Spent:
        spending_limits = SpendingLimits(**caps)
        async with spending_limits.call(LLM1) as call:
            call.succeeded(reply(0.2))
        async with spending_limits.call(LLM1) as call:
            call.lost()
        async with spending_limits.call(LLM2):
            pass
        return spending_limits.spent

    assert run_in_virtual_time(third()).cost_usd == 0.2, "only known costs are reported"
    with pytest.raises(SpendingLimitReached, match=r"limit of 2 model calls"):
        run_in_virtual_time(third(max_model_calls=2))
    with pytest.raises(SpendingLimitReached, match=r"\$0.4000 of its \$0.4 "):
        run_in_virtual_time(third(max_cost_usd=0.4))


@given(
    st.lists(st.floats(0.001, 0.1), min_size=1, max_size=20),
    st.floats(0.05, 2.0),
    st.integers(1, 80),
    st.sampled_from([(LLM1,), (LLM1, LLM2)]),
)
@settings(max_examples=60, deadline=None)
def test_dollars_are_exceeded_by_no_more_than_calls_cost_above_the_earlier_maximum(
    costs: list[float], cap: float, count: int, endpoints: tuple[Endpoint, ...]
) -> None:
    askers = Askers(SpendingLimits(max_cost_usd=cap), costs=costs, endpoints=endpoints)
    ends = askers.all_ask(count)
    spent = askers.spending_limits.spent.cost_usd
    assert spent is not None
    assert all(isinstance(end, SpendingLimitReached) for end in ends)
    assert askers.started + len(ends) == count, "none waits forever"
    assert ends == [] or spent + max(costs) >= cap * 0.999, "nothing is left that another call would fit into"
    unforeseen = askers.most_at_once * (max(costs) - min(costs)) + len(endpoints) * max(costs)
    assert spent <= cap * 1.001 + unforeseen


def test_the_first_call_of_an_endpoint_is_made_alone_to_learn_its_cost() -> None:
    askers = Askers(SpendingLimits(max_cost_usd=1.0), costs=[0.4])
    ends = askers.all_ask(64)
    assert askers.started == 2
    assert "has spent $0.8000 of its $1 (max_cost_usd), and the next call may cost $0.4000" in str(ends[0])


def test_calls_of_equal_cost_never_exceed_the_limit() -> None:
    askers = Askers(SpendingLimits(max_cost_usd=0.95), costs=[0.1], endpoints=[LLM1, LLM2])
    askers.all_ask(64)
    assert askers.started == 9


def test_concurrency_grows_as_costs_are_learned() -> None:
    """One, two, four, eight at a time."""
    askers = Askers(SpendingLimits(max_cost_usd=1000.0), costs=[0.1])

    async def all_of_them() -> float:
        await asyncio.gather(*(askers.ask() for _ in range(63)))
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(all_of_them()) == pytest.approx(6.0)


def test_a_limit_of_a_whole_number_of_calls_is_used_up_exactly() -> None:
    """Ten times 0.1 is not 1.0 in floating point."""
    askers = Askers(SpendingLimits(max_cost_usd=1.0), costs=[0.1])
    askers.all_ask(64)
    assert askers.started == 10


def test_free_models_never_reach_a_limit_in_dollars() -> None:
    assert Askers(SpendingLimits(max_cost_usd=0.01), costs=[0.0]).all_ask(200) == []


def test_unknown_costs_stop_a_run_with_a_limit_in_dollars() -> None:
    async def ask() -> None:
        spending_limits = SpendingLimits(max_cost_usd=1.0)
        for _ in range(2):
            async with spending_limits.call(LLM1) as call:
                call.succeeded(reply(None, Usage()))

    with pytest.raises(SpendingLimitUnusable, match=r"LLM1 \(.*\) does not report the tokens .* set max_model_calls"):
        run_in_virtual_time(ask())


def test_a_cancelled_call_no_longer_counts_as_in_flight() -> None:
    async def asks_after_a_cancelled_one() -> int:
        spending_limits = SpendingLimits(max_model_calls=1)
        askers = Askers(spending_limits)
        first = asyncio.create_task(askers.ask())
        await asyncio.sleep(0.5)
        second = asyncio.create_task(askers.ask())
        await asyncio.sleep(0.1)
        first.cancel()
        await second
        return spending_limits.calls

    assert run_in_virtual_time(asks_after_a_cancelled_one()) == 1


@pytest.mark.parametrize(
    ("calls", "dollars", "says"),
    [
        (0, None, "max_model_calls is 0, expected a number above 0; leave it out for no limit"),
        (-5, None, "max_model_calls is -5, expected a number"),
        (None, 0.0, "max_cost_usd is 0, expected a number"),
        (None, -0.5, "max_cost_usd is -0.5, expected a number"),
        (None, float("nan"), "max_cost_usd is nan, expected a number"),
    ],
)
def test_a_limit_that_is_not_above_zero_is_refused(calls: int | None, dollars: float | None, says: str) -> None:
    with pytest.raises(SpendingLimitUnusable, match=says):
        SpendingLimits(max_model_calls=calls, max_cost_usd=dollars)


def test_a_limit_in_dollars_needs_every_price() -> None:
    unpriced = replace(LLM2, price=None)
    SpendingLimits(max_model_calls=1).check([LLM1, unpriced])
    SpendingLimits(max_cost_usd=1.0).check([LLM1, LLM2])
    with pytest.raises(
        SpendingLimitUnusable,
        match=r"price of LLM2 \(.*\) is unknown; set LLM2__INPUT_USD_PER_MILLION_TOKENS and LLM2__OUTPUT_USD_PER_MILL",
    ):
        SpendingLimits(max_cost_usd=1.0).check([LLM1, unpriced])


def test_the_log_says_which_amounts_are_unknown() -> None:
    spending_limits = SpendingLimits()
    assert str(spending_limits) == "0 model calls, 0 tokens, $0.0000"
    for _ in range(10):
        spending_limits.count(reply(0.125, Usage(100, 20)), LLM1)
    assert str(spending_limits) == "10 model calls, 1,200 tokens, $1.2500"
    assert spending_limits.spent == Spent(1000, 200, 1.25, 10.0, None, None)
    spending_limits.count(reply(None, Usage(None, 1)), LLM2)
    assert str(spending_limits) == "11 model calls, an unknown number of tokens, an unknown cost"


def test_retries_and_repeated_questions_count_as_they_are_billed(ask: Ask, stub: StubServer) -> None:
    """The server error is not billed, the empty answer and the request without one are."""
    slow = completion()
    slow.delay_seconds = 1
    stub.replies.extend([failure(500), slow, completion("")])
    spending_limits = SpendingLimits()
    ask(spending_limits=spending_limits, timeout_seconds=0.2, price=Price(1.0, 2.0))
    assert len(stub.bodies) == 4
    assert spending_limits.calls == 3
    assert spending_limits.spent.prompt_tokens == 200


def test_a_client_asks_nothing_more_once_the_limit_is_reached(ask: Ask, stub: StubServer) -> None:
    with pytest.raises(SpendingLimitReached):
        ask(PLAIN, WITH_SCHEMA, PLAIN, spending_limits=SpendingLimits(max_model_calls=2))
    assert len(stub.bodies) == 2


def test_a_request_without_a_connection_does_not_count_as_a_call(ask: Ask) -> None:
    spending_limits = SpendingLimits()
    with pytest.raises(ModelUnavailable):
        ask(spending_limits=spending_limits, base_url=f"{UNREACHABLE_URL}/v1")
    assert spending_limits.calls == 0


class HangsUp(socketserver.BaseRequestHandler):
    """Reads a request and closes the connection."""

    def handle(self) -> None:
        self.request.recv(65_536)


def test_a_call_that_the_server_hangs_up_on_may_have_been_paid(ask: Ask) -> None:
    spending_limits = SpendingLimits()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), HangsUp) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(ModelUnavailable, match="no answer: Server disconnected"):
            ask(
                spending_limits=spending_limits,
                base_url=f"http://127.0.0.1:{server.server_address[1]}/v1",
                retry_policy=RetryPolicy(waits_seconds=()),
            )
        server.shutdown()
    assert spending_limits.calls == 1
