"""What tokens cost where the settings say it."""

from dataclasses import dataclass

from judge_pipeline.domain.model_answer import Usage

TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens of prompt (`input_usd`) and of answer (`output_usd`).

    Raises:
        ValueError: one of them is below 0.
    """

    input_usd: float
    output_usd: float

    def __post_init__(self) -> None:
        if not (self.input_usd >= 0 and self.output_usd >= 0):
            raise ValueError(f"a price is 0 or more US dollars per million tokens, not {self}")

    def cost_usd(self, usage: Usage) -> float | None:
        """The dollars that `usage` took; None when a token count is unknown and tokens are not free."""
        if self == FREE:
            return 0.0
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return None
        return (usage.prompt_tokens * self.input_usd + usage.completion_tokens * self.output_usd) / TOKENS_PER_PRICE


FREE = Price(0.0, 0.0)
"""Of a model that nobody bills: one on this machine."""
