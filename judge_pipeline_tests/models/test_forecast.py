"""A forecast is the mean of past calls or a declared guess; the tightest limit determines the minutes."""

import pytest

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.models.endpoint import Endpoint, Price
from judge_pipeline.models.forecast import GUESSED_SECONDS, IMAGE_TOKENS, Forecast, PlannedCalls, forecast
from judge_pipeline_tests.servers import UNREACHABLE_URL


def answer(
    *, model: str = "judge-2026-05", prompt: int | None = 1000, seconds: float = 4.0, cost: float | None = None
) -> ModelAnswer:
    return ModelAnswer("{}", model, Usage(prompt, 200), seconds, cost)


def forecast_of(*past: ModelAnswer, calls: int = 600, model: str = "judge", **limits: object) -> Forecast:
    endpoint = Endpoint("JUDGE", f"{UNREACHABLE_URL}/v1", model, **limits)  # type: ignore[arg-type]
    return forecast(PlannedCalls("JUDGE", endpoint, calls, past, prompt_characters=4000, answer_tokens=350))


def test_tokens_are_the_mean_of_past_answers() -> None:
    found = forecast_of(answer(prompt=1000), answer(prompt=2000), calls=100)

    assert (found.prompt_tokens, found.completion_tokens, found.measured) == (150_000, 20_000, 2)


def test_answers_of_another_model_are_ignored() -> None:
    found = forecast_of(answer(model="another"), calls=1)

    assert found.is_guess
    assert (found.prompt_tokens, found.completion_tokens) == (1000 + IMAGE_TOKENS, 350)


def test_a_price_overrides_past_bills_and_unknown_is_not_zero() -> None:
    assert forecast_of(answer(), calls=10, price=Price(1.0, 5.0)).cost_usd == pytest.approx(10 * (1000 + 5 * 200) / 1e6)
    assert forecast_of(answer(cost=0.02), calls=10).cost_usd == pytest.approx(0.2)
    assert forecast_of(answer(), calls=10).cost_usd is None
    assert forecast_of(calls=0).cost_usd == 0


@pytest.mark.parametrize(
    ("limits", "minutes", "limit"),
    [
        ({"concurrency": 8}, 600 * 4 / 8 / 60, "8 calls at once"),
        ({"concurrency": 8, "requests_per_minute": 30.0}, 20, "30 calls a minute"),
        ({"concurrency": 8, "tokens_per_minute": 24_000.0}, 30, "24000 tokens a minute"),
    ],
)
def test_the_tightest_limit_determines_the_minutes(limits: dict[str, object], minutes: float, limit: str) -> None:
    found = forecast_of(answer(), **limits)

    assert (found.minutes, found.limit) == (pytest.approx(minutes), limit)


def test_answers_of_model_batches_say_nothing_about_the_time_of_a_call() -> None:
    found = forecast_of(answer(seconds=0.0), answer(seconds=6.0), calls=12, concurrency=1)
    assert (found.minutes, found.measured) == (pytest.approx(12 * 6 / 60), 2)


def test_without_past_answers_the_time_of_a_call_is_a_guess() -> None:
    assert forecast_of(calls=12, concurrency=1).minutes == pytest.approx(12 * GUESSED_SECONDS / 60)


def test_without_token_counts_the_rule_of_thumb_applies() -> None:
    found = forecast_of(answer(prompt=None), calls=1)

    assert found.prompt_tokens == 1000 + IMAGE_TOKENS
    assert not found.is_guess
