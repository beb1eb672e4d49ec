"""What model calls took together: tokens, money and time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from judge_pipeline.domain.model_answer import ModelAnswer

Amount = TypeVar("Amount", int, float)


@dataclass(frozen=True, slots=True)
class Spent:
    """Totals over some calls. One unknown amount makes its total unknown (None), never smaller."""

    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    cost_usd: float | None = 0.0
    seconds: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            prompt_tokens=_sum(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=_sum(self.completion_tokens, other.completion_tokens),
            cost_usd=_sum(self.cost_usd, other.cost_usd),
            seconds=self.seconds + other.seconds,
        )


def total_spent(answers: Iterable[ModelAnswer]) -> Spent:
    """What all these answers took; all zero when there are none."""
    return sum((_spent(answer) for answer in answers), Spent())


def _spent(answer: ModelAnswer) -> Spent:
    usage = answer.usage
    return Spent(usage.prompt_tokens, usage.completion_tokens, answer.cost_usd, answer.seconds)


def _sum(one: Amount | None, other: Amount | None) -> Amount | None:
    return None if one is None or other is None else one + other
