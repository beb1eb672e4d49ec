"""The tags of a run in addition to Dagster's own: counts of tags, model calls and their cost, and who launched it."""

from collections.abc import Mapping
from dataclasses import dataclass

import dagster as dg

RunContext = dg.AssetExecutionContext | dg.OpExecutionContext

COUNTS = ("done", "failed", "skipped", "left", "waiting", "pending")
"""The counts of a batch's outcome."""

COUNT_TAGS = {count: f"judge_pipeline/{count}" for count in COUNTS}
"""The run tag of each count that is not 0, so that a search for `judge_pipeline/failed` finds the runs with failed tags.

A killed run has none; every other one has `done`.
"""

BY_COMMAND = {"judge_pipeline/started_by": "command"}
"""On the runs of a command, which reports their end and writes the report itself."""

MODEL_CALLS = "judge_pipeline/model_calls"
COST_USD = "judge_pipeline/cost_usd"
BUDGET = "judge_pipeline/budget"
SAVED = "judge_pipeline/saved"
UNKNOWN = "unknown"


def launch_of(run: dg.DagsterRun) -> str:
    """What the run was launched with: its backfill, its tick of a schedule or sensor, or the first run that it retries."""
    for tag in ("dagster/backfill", "dagster/tick"):
        if tag in run.tags:
            return run.tags[tag]
    return run.root_run_id or run.run_id


@dataclass(frozen=True, slots=True)
class RunSpent:
    """The spending in a run's tags. `cost_usd` is None when a price is unknown."""

    model_calls: int
    cost_usd: float | None

    @classmethod
    def of(cls, run_tags: Mapping[str, str]) -> "RunSpent":
        """Zero for a run that called no model."""
        cost = run_tags.get(COST_USD, "0")
        return cls(int(run_tags.get(MODEL_CALLS, "0")), None if cost == UNKNOWN else float(cost))


def record_spending(
    context: RunContext, *, calls: int, cost_usd: float | None, summary: str, budget: str = "", saved: str = ""
) -> None:
    """Writes the spending to the run's log, and to tags by which Dagster's list of runs can be filtered."""
    context.log.info("spent: %s", "; ".join(filter(None, (summary, budget, saved))))
    if sentences := {tag: sentence for tag, sentence in {BUDGET: budget, SAVED: saved}.items() if sentence}:
        context.instance.add_run_tags(context.run_id, sentences)
    if not calls and not cost_usd and MODEL_CALLS not in context.run.tags:
        return
    tags = {MODEL_CALLS: str(calls), COST_USD: UNKNOWN if cost_usd is None else f"{cost_usd:.6f}"}
    context.instance.add_run_tags(context.run_id, tags)
