"""Tokens as dollars: as the server reports, as configured, by the public prices, or unknown."""

from dataclasses import replace
from typing import Any

import pytest

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.models.cost import cost_usd, has_price
from judge_pipeline.models.endpoint import FREE, Endpoint, Price
from judge_pipeline.models.exchange import Reply
from judge_pipeline_tests.models.conftest import Ask
from judge_pipeline_tests.models.stub_server import USAGE, StubServer, completion

OPENAI = Endpoint("LLM1", "https://api.openai.com/v1", "gpt-4o")
ELSEWHERE = replace(OPENAI, base_url="https://models.example/v1")
PRICE = Price(input_usd=0.75, output_usd=4.5)


def reply(usage: Usage, *, cost: float | None = None) -> Reply:
    return Reply("A cat.", "", "", "stop", "gpt-4o", usage, 1.0, cost)


MILLION = reply(Usage(1_000_000, 1_000_000))


def test_a_million_tokens_of_each_cost_the_configured_price() -> None:
    assert cost_usd(MILLION, replace(ELSEWHERE, price=PRICE)) == pytest.approx(5.25)


def test_a_public_price_is_found_by_address_and_model() -> None:
    """2.50 and 10 dollars since 2024; a model of the same name served elsewhere has another price."""
    assert cost_usd(reply(Usage(1_000, 100)), OPENAI) == pytest.approx(0.0025 + 0.001)
    assert cost_usd(MILLION, ELSEWHERE) is None
    assert cost_usd(MILLION, replace(OPENAI, model="a model of mine")) is None


def test_cached_tokens_have_their_public_price_but_the_full_configured_price() -> None:
    """Half of 2.50 dollars a million since 2024."""
    usage = Usage(1_000_000, 0, cached_tokens=1_000_000)

    assert cost_usd(reply(usage), OPENAI) == pytest.approx(1.25)
    assert cost_usd(reply(usage), replace(ELSEWHERE, price=PRICE)) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("details", "cached", "of_the_image"),
    [
        ({"cached_tokens": 64}, 64, None),
        ({"cached_tokens": 0, "image_tokens": 765}, 0, 765),
        ({"image_tokens": "many"}, None, None),
        (None, None, None),
    ],
)
def test_kinds_of_prompt_tokens_are_known_if_reported(
    ask: Ask, stub: StubServer, details: dict[str, Any] | None, cached: int | None, of_the_image: int | None
) -> None:
    stub.replies.append(completion(usage={**USAGE, "prompt_tokens_details": details}))
    usage = ask()[0].usage
    assert (usage.cached_tokens, usage.image_tokens) == (cached, of_the_image)


def test_a_configured_price_overrides_the_public_one() -> None:
    assert cost_usd(MILLION, replace(OPENAI, price=PRICE)) == pytest.approx(5.25)


def test_the_servers_reported_cost_overrides_every_price() -> None:
    assert cost_usd(reply(Usage(1, 1), cost=0.5), replace(OPENAI, price=PRICE)) == 0.5


@pytest.mark.parametrize("usage", [Usage(None, 1), Usage(1, None), Usage()])
@pytest.mark.parametrize("endpoint", [OPENAI, ELSEWHERE, replace(ELSEWHERE, price=PRICE)])
def test_unknown_tokens_have_no_price(usage: Usage, endpoint: Endpoint) -> None:
    assert cost_usd(reply(usage), endpoint) is None


def test_a_free_model_is_free_even_if_it_counts_nothing() -> None:
    assert cost_usd(reply(Usage()), replace(ELSEWHERE, price=FREE)) == 0.0


@pytest.mark.parametrize(
    ("endpoint", "is_known"),
    [
        (OPENAI, True),
        (ELSEWHERE, False),
        (replace(ELSEWHERE, price=PRICE), True),
        (replace(ELSEWHERE, price=FREE), True),
    ],
)
def test_whether_answers_can_be_priced_is_known_before_the_first_one(endpoint: Endpoint, is_known: bool) -> None:
    assert has_price(endpoint) == is_known


@pytest.mark.parametrize(
    ("billed", "cost"),
    [
        ({"cost": 0.0123}, 0.0123),
        ({"cost": 0}, 0.0),
        ({"cost": 0.001, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.02}}, 0.021),
        ({"cost": 0.02, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.02}}, 0.02),
        ({"cost": 0.001, "is_byok": True}, 0.001),
        ({"cost": None}, None),
        ({"cost": "0.1"}, None),
        ({"cost": -1}, None),
        ({"cost": {"total_cost": 1}}, None),
    ],
)
def test_openrouter_reports_what_it_bills(
    ask: Ask, stub: StubServer, billed: dict[str, Any], cost: float | None
) -> None:
    stub.replies.append(completion(usage={**USAGE, **billed}))
    assert ask()[0].cost_usd == (None if cost is None else pytest.approx(cost))


@pytest.mark.parametrize(("input_usd", "output_usd"), [(-1.0, 1.0), (1.0, -1.0), (float("nan"), 1.0)])
def test_a_negative_price_is_refused(input_usd: float, output_usd: float) -> None:
    with pytest.raises(ValueError, match="0 or more US dollars"):
        Price(input_usd, output_usd)
