"""Shared work: started once for all concurrent callers; and the click rate limit."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from judge_pipeline.editor_agent.errors import TooManyClicks, Unavailable
from judge_pipeline.editor_agent.rate_limit import ClickRateLimit
from judge_pipeline.editor_agent.single_flight import MAX_IN_FLIGHT, SingleFlight


class Work:
    """Counts its starts; ends when `may_end` is set."""

    def __init__(self) -> None:
        self.begun = 0
        self.error: Exception | None = None
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        await self.may_end.wait()
        if self.error:
            raise self.error
        return self.begun


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 10))  # type: ignore[arg-type]


def test_concurrent_calls_share_one_result() -> None:
    async def test() -> None:
        flight, work = SingleFlight[int](seconds=10), Work()
        callers = [asyncio.create_task(flight.run("frame", work)) for _ in range(3)]
        await asyncio.sleep(0)
        work.may_end.set()
        assert await asyncio.gather(*callers) == [1, 1, 1]
        assert await flight.run("frame", work) == 1, "a second click, just after"
        assert await flight.run("another", work) == 2

    run(test)


def test_a_failure_reaches_those_who_waited_and_is_not_remembered() -> None:
    async def test() -> None:
        flight, work = SingleFlight[int](seconds=10), Work()
        work.error = ValueError("no")
        callers = [asyncio.create_task(flight.run("frame", work)) for _ in range(2)]
        await asyncio.sleep(0)
        work.may_end.set()
        errors = await asyncio.gather(*callers, return_exceptions=True)
        assert [str(error) for error in errors] == ["no", "no"]
        work.error = None
        assert await flight.run("frame", work) == 2

    run(test)


def test_a_cancelled_caller_does_not_cancel_the_others() -> None:
    async def test() -> None:
        flight, work = SingleFlight[int](seconds=10), Work()
        first = asyncio.create_task(flight.run("frame", work))
        second = asyncio.create_task(flight.run("frame", work))
        await asyncio.sleep(0)
        first.cancel()
        work.may_end.set()
        assert await second == 1

    run(test)


def test_endless_work_is_given_up() -> None:
    async def test() -> None:
        with pytest.raises(Unavailable, match="This took too long"):
            await SingleFlight[int](seconds=0.01).run("frame", Work())

    run(test)


def test_work_above_the_limit_is_refused_at_once() -> None:
    async def test() -> None:
        flight, work = SingleFlight[int](seconds=10), Work()
        callers = [asyncio.create_task(flight.run(number, work)) for number in range(MAX_IN_FLIGHT)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="The agent is busy") as refused:
            await flight.run("one more", work)
        assert refused.value.retry_after_seconds == 5
        work.may_end.set()
        await asyncio.gather(*callers)

    run(test)


def test_closing_waits_for_work_in_flight() -> None:
    async def test() -> None:
        flight, work = SingleFlight[int](seconds=10), Work()
        caller = asyncio.create_task(flight.run("frame", work))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.05, work.may_end.set)
        await flight.close()
        assert await caller == 1

    run(test)


def test_the_bucket_refills_steadily() -> None:
    now = 0.0
    clicks = ClickRateLimit(per_minute=3, clock=lambda: now)
    for _ in range(3):
        clicks.take()
    with pytest.raises(TooManyClicks) as refused:
        clicks.take()
    assert refused.value.retry_after_seconds == 20
    now = 20.0
    clicks.take()
    now = 20.0 + 3600
    for _ in range(3):
        clicks.take()
    with pytest.raises(TooManyClicks):
        clicks.take()
