"""The rate limiter in front of a server that limits its rate, in virtual time."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.models.adaptive_rate_limiter import BACKOFF_FACTOR, MIN_PER_SECOND, AdaptiveRateLimiter
from judge_pipeline.models.rate_limiter import RateLimiter
from judge_pipeline_tests.models.virtual_time import run_in_virtual_time


@dataclass
class LimitedServer:
    """Answers after a second; a bucket of `burst` requests fills at `per_second`, the others get a rate limit after 0.1."""

    per_second: float
    burst: float
    answered: int = 0
    limited: int = 0

    def __post_init__(self) -> None:
        self._tokens, self._filled_at = self.burst, 0.0

    async def answers(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._tokens = min(self.burst, self._tokens + (now - self._filled_at) * self.per_second)
        self._filled_at = now
        if self._tokens < 1:
            self.limited += 1
            await asyncio.sleep(0.1)
            return False
        self._tokens -= 1
        await asyncio.sleep(1.0)
        self.answered += 1
        return True


@dataclass
class MoodyServer:
    """Answers after a second and refuses some requests, regardless of their rate."""

    refuses: Callable[[], bool]

    async def answers(self) -> bool:
        is_refused = self.refuses()
        await asyncio.sleep(0.1 if is_refused else 1.0)
        return not is_refused


async def ask_all(
    server: LimitedServer | MoodyServer, *, questions: int, concurrency: int, hold_seconds: float
) -> float:
    """Seconds until every question is answered."""
    loop = asyncio.get_running_loop()
    rate_limiter = RateLimiter(concurrency=concurrency)

    async def ask() -> None:
        while True:
            async with rate_limiter.permit() as permit:
                if await server.answers():
                    permit.succeeded(tokens=None)
                    return
                permit.refused()
                own_wait = rate_limiter.refused(hold_seconds=hold_seconds, is_rate_limit=True)
            await asyncio.sleep(own_wait)

    await asyncio.gather(*(ask() for _ in range(questions)))
    return loop.time()


def test_a_rate_limited_server_is_used_to_its_limit_with_few_refusals() -> None:
    """Six hundred questions at 20 a second take 29 s at best; the SDK's own retries cost a thousand refusals."""
    server = LimitedServer(per_second=20, burst=20)
    seconds = run_in_virtual_time(ask_all(server, questions=600, concurrency=64, hold_seconds=1.0))
    assert server.answered == 600
    assert server.limited < 120, "one burst of 44, and one in nine while the rate recovers"
    assert seconds < 35


@pytest.mark.parametrize("first", [3, 11, 19])
def test_one_refusal_in_twenty_makes_no_other_question_wait(first: int) -> None:
    """Six hundred questions, sixteen at a time, take 37.5 s without refusals."""
    numbers = count()
    server = MoodyServer(lambda: next(numbers) % 20 == first)
    assert run_in_virtual_time(ask_all(server, questions=600, concurrency=16, hold_seconds=0.5)) < 1.05 * 37.5


@pytest.mark.parametrize("seed", range(20))
def test_random_refusals_with_long_waits_make_no_other_question_wait(seed: int) -> None:
    rng = random.Random(seed)
    server = MoodyServer(lambda: rng.random() < 0.05)
    assert run_in_virtual_time(ask_all(server, questions=600, concurrency=16, hold_seconds=5.0)) < 37.5 + 15


def test_a_refusal_of_the_very_first_question_does_not_slow_the_endpoint() -> None:
    pace = AdaptiveRateLimiter()
    pace.start(0.0)
    assert pace.refused(0.1, hold_seconds=0.5, is_rate_limit=True) == 0.5
    assert pace.seconds_until_start(0.1) == 0.0


def test_a_server_of_three_a_minute_is_not_hammered() -> None:
    server = LimitedServer(per_second=3 / 60, burst=3)
    seconds = run_in_virtual_time(ask_all(server, questions=30, concurrency=16, hold_seconds=5.0))
    assert server.limited < 60
    assert seconds < 2 * 27 * 20


def test_an_unlimited_server_is_not_slowed_down() -> None:
    server = LimitedServer(per_second=1e9, burst=1e9)
    assert run_in_virtual_time(ask_all(server, questions=640, concurrency=64, hold_seconds=1.0)) == pytest.approx(10)


def test_requests_a_minute_are_never_exceeded() -> None:
    async def starts() -> list[float]:
        loop = asyncio.get_running_loop()
        rate_limiter, times = RateLimiter(concurrency=50, requests_per_minute=120), []

        async def ask() -> None:
            async with rate_limiter.permit() as permit:
                times.append(loop.time())
                permit.succeeded(tokens=None)

        await asyncio.gather(*(ask() for _ in range(50)))
        return times

    times = run_in_virtual_time(starts())
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.5 - 1e-9


def test_a_cancelled_question_frees_its_slot() -> None:
    async def passes() -> bool:
        rate_limiter = RateLimiter(concurrency=1)
        while rate_limiter.refused(hold_seconds=100, is_rate_limit=False):
            pass  # until they are too many to be stray, and all requests have to wait
        waiting = asyncio.create_task(rate_limiter.permit().__aenter__())
        await asyncio.sleep(1)
        assert waiting.cancel()
        async with asyncio.timeout(200), rate_limiter.permit():
            return True

    assert run_in_virtual_time(passes())


Event = tuple[str, float]
EVENTS = st.lists(st.tuples(st.sampled_from(["start", "succeeded", "limited", "busy"]), st.floats(0, 100)), max_size=60)


@given(EVENTS, st.none() | st.floats(0.1, 10_000))
@settings(max_examples=100)
def test_the_rate_stays_within_its_bounds_and_every_hold_is_kept(
    events: list[Event], requests_per_minute: float | None
) -> None:
    pace = AdaptiveRateLimiter(requests_per_minute=requests_per_minute)
    highest = requests_per_minute / 60 if requests_per_minute else float("inf")
    now = held_until = 0.0
    last_start = float("-inf")
    for kind, seconds in events:
        now += seconds
        before = pace.per_second
        if kind == "start":
            now += pace.seconds_until_start(now)
            assert now >= held_until
            assert now - last_start >= 1 / highest - 1e-6
            pace.start(now)
            last_start = now
        elif kind == "succeeded":
            pace.succeeded(now)
            assert before <= pace.per_second <= 2 * before
        else:
            own_wait = pace.refused(now, hold_seconds=seconds, is_rate_limit=kind == "limited")
            if own_wait:
                assert (own_wait, pace.per_second) == (seconds, before)
            else:
                held_until = max(held_until, now + seconds)
                assert pace.per_second <= before
        assert min(MIN_PER_SECOND, highest) * BACKOFF_FACTOR <= pace.per_second <= highest
        assert pace.seconds_until_start(now) >= 0


def test_a_burst_of_refusals_counts_as_one() -> None:
    pace = AdaptiveRateLimiter(requests_per_minute=600)
    for _ in range(10):
        pace.start(0.0)
    for moment in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6):
        pace.refused(moment, hold_seconds=0.0, is_rate_limit=True)
    assert pace.per_second == pytest.approx(7.0)
