"""What of a command's caps is left for its next run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from judge_pipeline.cli.support.job_runs import EndedRun
from judge_pipeline.dagster_events.run_tags import RunSpent
from judge_pipeline.settings.settings import Settings

NOT_BEGUN = EndedRun(
    run_id="",
    stopped="stopped: this command has spent what it may; run it again, with a higher cap or none, for the rest",
    spent=RunSpent(model_calls=0, cost_usd=0.0),
)
"""In the place of a run for which nothing is left."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What all runs of a command that are still to come may spend together; None is without a cap."""

    model_calls: int | None
    cost_usd: float | None

    @classmethod
    def of(cls, settings: Settings) -> "Caps":
        """A command's, before its first run."""
        return cls(settings.judge_pipeline_max_model_calls, settings.judge_pipeline_max_cost_usd)

    @property
    def are_used_up(self) -> bool:
        """Whether the next run could ask nothing."""
        return any(cap is not None and cap <= 0 for cap in (self.model_calls, self.cost_usd))

    @property
    def config(self) -> Mapping[str, Any]:
        """The run config of the op that keeps to them."""
        caps = {"max_model_calls": self.model_calls, "max_cost_usd": self.cost_usd}
        return {"config": {name: cap for name, cap in caps.items() if cap is not None}}

    def after(self, spent: RunSpent) -> "Caps":
        """What a run has left of them."""
        return Caps(
            None if self.model_calls is None else self.model_calls - spent.model_calls,
            None if self.cost_usd is None else self.cost_usd - (spent.cost_usd or 0.0),
        )
