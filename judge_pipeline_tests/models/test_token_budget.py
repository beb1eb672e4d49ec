"""Tokens per minute never exceed the limit, and no request waits forever."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.model_answer import Question, Turn
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.rate_limiter import RateLimiter
from judge_pipeline.models.token_budget import MINUTE_SECONDS, TokenBudget, TokenEstimate
from judge_pipeline_tests.models.conftest import PLAIN, SCHEMA
from judge_pipeline_tests.models.virtual_time import run_in_virtual_time

REQUESTS = st.lists(st.tuples(st.floats(0, 90), st.integers(1, 1500), st.floats(0, 1)), min_size=1, max_size=80)
"""Seconds since the previous request, tokens reserved, share of them that the answer took."""


@given(REQUESTS)
@settings(max_examples=60)
def test_no_minute_exceeds_the_limit_and_every_request_starts(
    requests: list[tuple[float, int, float]],
) -> None:
    limit = 1000
    budget = TokenBudget(tokens_per_minute=limit)
    now = 0.0
    starts: list[tuple[float, int]] = []
    for pause, tokens, share in requests:
        now += pause
        wait = budget.seconds_until_start(now, tokens=tokens)
        assert 0 <= wait <= MINUTE_SECONDS + 1e-6, "a minute without a start frees everything"
        now += wait
        assert budget.seconds_until_start(now, tokens=tokens) <= 1e-6
        charge = budget.start(now, tokens=tokens)
        budget.correct(charge, tokens=round(tokens * share))
        starts.append((now, charge.tokens))
        within = [taken for started, taken in starts[:-1] if started > now - 60]
        assert sum(within) + tokens <= limit or (tokens > limit and sum(within) == 0)


def test_a_request_larger_than_the_limit_starts_when_nothing_else_is_charged() -> None:
    budget = TokenBudget(tokens_per_minute=100)
    assert budget.seconds_until_start(0.0, tokens=500) == 0.0
    budget.start(0.0, tokens=500)
    assert budget.seconds_until_start(10.0, tokens=1) == MINUTE_SECONDS - 10
    budget.start(MINUTE_SECONDS, tokens=1)
    assert budget.seconds_until_start(MINUTE_SECONDS, tokens=500) == MINUTE_SECONDS


def test_unused_tokens_are_available_at_once() -> None:
    budget = TokenBudget(tokens_per_minute=100)
    charge = budget.start(0.0, tokens=90)
    assert budget.seconds_until_start(1.0, tokens=50) > 0
    budget.correct(charge, tokens=40)
    assert budget.seconds_until_start(1.0, tokens=50) == 0.0


def test_an_answer_after_its_minute_changes_nothing() -> None:
    budget = TokenBudget(tokens_per_minute=100)
    charge = budget.start(0.0, tokens=90)
    assert budget.seconds_until_start(100.0, tokens=100) == 0.0
    budget.start(100.0, tokens=60)
    budget.correct(charge, tokens=10)
    assert budget.seconds_until_start(100.0, tokens=50) > 0


def test_a_rate_limiter_uses_its_tokens_per_minute_and_no_more() -> None:
    """600 requests of 100 tokens at 60 a minute: nine whole minutes pass, and some seconds."""

    async def all_asked() -> tuple[float, list[float]]:
        loop = asyncio.get_running_loop()
        rate_limiter, starts = RateLimiter(concurrency=64, tokens_per_minute=6_020), []

        async def ask() -> None:
            async with rate_limiter.permit(tokens=120) as permit:
                starts.append(loop.time())
                await asyncio.sleep(1.0)
                permit.succeeded(tokens=100)

        await asyncio.gather(*(ask() for _ in range(600)))
        return loop.time(), starts

    seconds, starts = run_in_virtual_time(all_asked())
    assert 540 <= seconds <= 580
    assert max(sum(start <= other < start + 60 for other in starts) for start in starts) <= 60


def test_a_guess_counts_the_texts_the_image_and_a_whole_answer(image: PreparedImage) -> None:
    patches = -(-image.width // 32) * -(-image.height // 32)
    plain = Question(system="s" * 40, text="t" * 80, max_tokens=50)
    assert TokenEstimate().of(plain, image) == 30 + patches + 50
    longer = Question(
        system="s" * 40, text="t" * 80, max_tokens=50, schema=SCHEMA, follow_up=[Turn("assistant", "a" * 400)]
    )
    assert TokenEstimate().of(longer, image) > 130 + patches + 50


def test_an_estimate_learns_from_earlier_questions(image: PreparedImage) -> None:
    estimate = TokenEstimate()
    guess = estimate.of(PLAIN, image)
    estimate.learn(PLAIN, image, tokens=2 * guess)
    assert estimate.of(PLAIN, image) == 2 * guess
    for _ in range(50):
        estimate.learn(PLAIN, image, tokens=guess // 2)
    assert estimate.of(PLAIN, image) == pytest.approx(guess / 2, rel=0.01, abs=1)
