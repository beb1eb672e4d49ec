"""Totals over model calls."""

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.domain.spending import Spent, total_spent


def _answer(prompt_tokens: int | None, cost_usd: float | None) -> ModelAnswer:
    usage = Usage(prompt_tokens, 10, cached_tokens=50, image_tokens=None)
    return ModelAnswer("text", "model", usage, seconds=1.5, cost_usd=cost_usd)


def test_known_amounts_add_up() -> None:
    assert total_spent([_answer(100, 0.25), _answer(200, 0.5)]) == Spent(300, 20, 0.75, 3.0, 100, None)


def test_one_unknown_amount_makes_its_total_unknown_and_no_other() -> None:
    assert total_spent([_answer(None, 0.25), _answer(200, None)]) == Spent(None, 20, None, 3.0, 100, None)


def test_no_call_costs_nothing() -> None:
    assert total_spent([]) == Spent(0, 0, 0.0, 0.0)
