"""What judgements are made with, in words: the models, how often they are asked, and the version of the prompts."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.judge_question import judge_prompt_version


def asked_model(model: str, *, temperature: float | None = None, extra_body: Mapping[str, Any] | None = None) -> str:
    """A model and what else shapes its answers, as far as it is set: "qwen (temperature 0.5)"."""
    told = [] if temperature is None else [f"temperature {temperature:g}"]
    told += [json.dumps(extra_body, sort_keys=True)] if extra_body else []
    return f"{model} ({', '.join(told)})" if told else model


def judged_with(judges: Sequence[str], orders: Orders) -> str:
    """The version of judgements that these judges make in these orders; the ontology has its own.

    It is what Dagster compares as the code version of `judgements`. Addresses are left out: the same model elsewhere is
    the same judge.
    """
    how = "both orders" if orders is Orders.BOTH else "one order"
    return f"{', '.join(judges)}; {how}; prompt {judge_prompt_version()}"
