"""The options that cap what a command spends on models."""

from typing import Annotated, Any

import typer

MaxModelCalls = Annotated[
    int | None, typer.Option(min=1, help="Ask models at most so often; what is skipped is done by the next run.")
]
MaxCostUsd = Annotated[
    float | None, typer.Option(help="Spend at most so many US dollars; the prices of all models must be known.")
]


def given_caps(max_model_calls: int | None, max_cost_usd: float | None) -> dict[str, Any]:
    """The settings that the options stand for; one that is not given leaves the environment's alone."""
    caps = {"judge_pipeline_max_model_calls": max_model_calls, "judge_pipeline_max_cost_usd": max_cost_usd}
    return {name: cap for name, cap in caps.items() if cap is not None}
