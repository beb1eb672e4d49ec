"""What an answer costs: tokens to dollars, for the models whose price is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from judge_pipeline.domain.model_answer import Usage

TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens of prompt (`input_usd`) and of answer (`output_usd`)."""

    input_usd: float
    output_usd: float


Prices = Mapping[str, Price]
"""Prices by the model's name as the settings write it."""


def cost_usd(usage: Usage, *, model: str, prices: Prices) -> float | None:
    """The dollars that `usage` took; None when the price or a token count is unknown."""
    price = prices.get(model)
    if price is None or usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    return (usage.prompt_tokens * price.input_usd + usage.completion_tokens * price.output_usd) / TOKENS_PER_PRICE
