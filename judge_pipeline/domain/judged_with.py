"""The version of judgements: the models, the orders and the prompts that make them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from judge_pipeline.domain.alignment.alignment import NOT_ALIGNED, Alignment
from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.judge_question import judge_prompt_version


def asked_model(
    model: str,
    *,
    temperature: float | None = None,
    extra_body: Mapping[str, Any] | None = None,
    logprobs: bool = False,
) -> str:
    """A model with the parameters that are set, such as "qwen (temperature 0.5)"."""
    parameters = [] if temperature is None else [f"temperature {temperature:g}"]
    parameters += [json.dumps(extra_body, sort_keys=True)] if extra_body else []
    parameters += ["logprobs"] if logprobs else []
    return f"{model} ({', '.join(parameters)})" if parameters else model


def judged_with(judges: Sequence[str], orders: Orders, alignment: Alignment = NOT_ALIGNED) -> str:
    """The version of judgements by these judges in these orders, aligned so; the ontology has its own version.

    Dagster compares it as the code version of `judgements`. It leaves out addresses: the same model at another address is
    the same judge.
    """
    how = "both orders" if orders is Orders.BOTH else "one order"
    aligned = "" if alignment == NOT_ALIGNED else f"; aligned {alignment.version}"
    return f"{', '.join(judges)}; {how}; prompt {judge_prompt_version(alignment)}{aligned}"
