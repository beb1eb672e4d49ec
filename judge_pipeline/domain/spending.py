"""What model calls took: tokens, cost and time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from judge_pipeline.domain.model_answer import ModelAnswer, Usage

Amount = TypeVar("Amount", int, float)


@dataclass(frozen=True, slots=True)
class Spent:
    """Totals over some calls. One unknown amount makes its total unknown (None), never smaller.

    `cached_tokens` and `image_tokens` are part of the prompt's.
    """

    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    cost_usd: float | None = 0.0
    seconds: float = 0.0
    cached_tokens: int | None = 0
    image_tokens: int | None = 0

    @classmethod
    def of(cls, usage: Usage, *, cost_usd: float | None, seconds: float) -> "Spent":
        """What one call took."""
        return cls(
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cost_usd=cost_usd,
            seconds=seconds,
            cached_tokens=usage.cached_tokens,
            image_tokens=usage.image_tokens,
        )

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            prompt_tokens=_sum(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=_sum(self.completion_tokens, other.completion_tokens),
            cost_usd=_sum(self.cost_usd, other.cost_usd),
            seconds=self.seconds + other.seconds,
            cached_tokens=_sum(self.cached_tokens, other.cached_tokens),
            image_tokens=_sum(self.image_tokens, other.image_tokens),
        )


def total_spent(answers: Iterable[ModelAnswer]) -> Spent:
    """What all these answers took; zero if there are none."""
    return sum((Spent.of(each.usage, cost_usd=each.cost_usd, seconds=each.seconds) for each in answers), Spent())


def _sum(one: Amount | None, other: Amount | None) -> Amount | None:
    return None if one is None or other is None else one + other
