"""The budget of a project: dollars in a calendar day or month, for all its runs together."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

BUDGET_SETTING = "JUDGE_PIPELINE_BUDGET_USD"


class BudgetPeriod(StrEnum):
    """The calendar period of a budget, in UTC."""

    DAY = "day"
    MONTH = "month"

    def start(self, now: datetime) -> datetime:
        """When the period began."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight if self is BudgetPeriod.DAY else midnight.replace(day=1)


@dataclass(frozen=True, slots=True)
class ProjectBudget:
    """At most `usd` dollars in each `period`."""

    usd: float
    period: BudgetPeriod

    def sentence(self, spent_usd: float, unpriced: int = 0) -> str:
        """How much of it is spent; answers of unknown cost are not counted as free, but named."""
        known = f"${spent_usd:,.2f} of this {self.period}'s budget of ${self.usd:,.2f}"
        if not unpriced:
            return f"{known} is spent"
        plural = "s whose costs are" if unpriced > 1 else " whose cost is"
        return f"{known} is spent, and {unpriced:,} answer{plural} unknown"

    def used_up(self, spent_usd: float) -> str:
        """Why no more calls start."""
        return (
            f"the project has used up its budget: {self.sentence(spent_usd)} ({BUDGET_SETTING}); wait for the next "
            f"{self.period} in UTC, or raise it, and launch the remaining tags again; finished work is not paid for twice"
        )
