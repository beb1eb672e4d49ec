"""What judgements are made with, in words: the models, how often they are asked, and the version of the prompts."""

from collections.abc import Mapping, Sequence
from typing import Any

from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.judge_question import judge_prompt_version


def asked_model(model: str, parameters: Mapping[str, Any]) -> str:
    """A model and the settings that shape its answers, those that are None left out: "qwen (temperature 0.5)"."""
    told = ", ".join(f"{name} {value}" for name, value in sorted(parameters.items()) if value is not None)
    return f"{model} ({told})" if told else model


def judged_with(judges: Sequence[str], orders: Orders) -> str:
    """The version of judgements that these judges make in these orders; the ontology has its own.

    It is what Dagster compares as the code version of `judgements`. Addresses are left out: the same model elsewhere is
    the same judge.
    """
    how = "both orders" if orders is Orders.BOTH else "one order"
    return f"{', '.join(judges)}; {how}; prompt {judge_prompt_version()}"
