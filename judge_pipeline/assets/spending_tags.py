"""The run tags that say what a run has spent on models."""

from collections.abc import Mapping
from dataclasses import dataclass

import dagster as dg

from judge_pipeline.models.allowance import Allowance

MODEL_CALLS = "judge_pipeline/model_calls"
COST_USD = "judge_pipeline/cost_usd"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RunSpent:
    """What a run's tags say. `cost_usd` is None where a price is unknown."""

    model_calls: int
    cost_usd: float | None

    @classmethod
    def of(cls, run_tags: Mapping[str, str]) -> "RunSpent":
        """Nothing, for a run that has asked no model."""
        cost = run_tags.get(COST_USD, "0")
        return cls(int(run_tags.get(MODEL_CALLS, "0")), None if cost == UNKNOWN else float(cost))


def tell_spent(context: dg.OpExecutionContext | dg.AssetExecutionContext, allowance: Allowance) -> None:
    """Says it in the run's log and on the run, where Dagster's list of runs can be searched for it."""
    cost = allowance.spent.cost_usd
    context.log.info("spent: %s", allowance)
    tags = {MODEL_CALLS: str(allowance.calls), COST_USD: UNKNOWN if cost is None else f"{cost:.6f}"}
    context.instance.add_run_tags(context.run_id, tags)
