"""What a command may spend on models: its two options, and what its earlier Dagster runs leave for the next one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from judge_pipeline.dagster_events.run_tags import RunSpent
    from judge_pipeline.settings.settings import Settings

MaxModelCalls = Annotated[
    int | None, typer.Option(min=1, help="Maximum number of model calls; the next run does the rest.")
]
MaxCostUsd = Annotated[
    float | None, typer.Option(help="Maximum spending in US dollars; needs a known price for every model.")
]


def budget_settings(max_model_calls: int | None, max_cost_usd: float | None) -> dict[str, Any]:
    """The settings behind the options; an option that is not given leaves the environment's value."""
    limits = {"judge_pipeline_max_model_calls": max_model_calls, "judge_pipeline_max_cost_usd": max_cost_usd}
    return {name: limit for name, limit in limits.items() if limit is not None}


@dataclass(frozen=True, slots=True)
class CommandBudget:
    """What the remaining runs of a command may spend together; None means no limit."""

    model_calls: int | None
    cost_usd: float | None

    @classmethod
    def of(cls, settings: "Settings") -> "CommandBudget":
        """The budget before the first run."""
        return cls(settings.judge_pipeline_max_model_calls, settings.judge_pipeline_max_cost_usd)

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left for another run."""
        return any(left is not None and left <= 0 for left in (self.model_calls, self.cost_usd))

    @property
    def config(self) -> Mapping[str, Any]:
        """The part of a batch's config that keeps it within the budget."""
        limits = {"max_model_calls": self.model_calls, "max_cost_usd": self.cost_usd}
        return {name: limit for name, limit in limits.items() if limit is not None}

    def after(self, spent: "RunSpent") -> "CommandBudget":
        """What is left after a run."""
        return CommandBudget(
            None if self.model_calls is None else self.model_calls - spent.model_calls,
            None if self.cost_usd is None else self.cost_usd - (spent.cost_usd or 0.0),
        )
