"""Tokens to dollars."""

import pytest

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.models.price import Price, cost_usd

PRICES = {"m": Price(input_usd=0.75, output_usd=4.5)}


def test_a_million_tokens_of_each_cost_their_price() -> None:
    assert cost_usd(Usage(1_000_000, 1_000_000), model="m", prices=PRICES) == pytest.approx(5.25)


@pytest.mark.parametrize(("usage", "model"), [(Usage(1, 1), "x"), (Usage(None, 1), "m"), (Usage(1, None), "m")])
def test_what_is_unknown_has_no_price(usage: Usage, model: str) -> None:
    assert cost_usd(usage, model=model, prices=PRICES) is None
