"""A digest of the runs of one backfill, command or launch, in a few lines or as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from judge_pipeline.domain.visible_text import visible_line

ERRORS_SHOWN = 5
"""Enough to see whether many tags fail for the same reason."""

COUNT_WORDS = {
    "done": "done",
    "failed": "failed",
    "skipped": "skipped",
    "left": "left to another run",
    "waiting": "waiting for a person",
    "pending": "waiting for a model batch",
}

ERROR_CHARACTERS = 300
"""Per error: a server's answer may be a page long."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """How one run ended. Counts are of tags; `is_counted` is False for a run that was killed before it could count.

    `stopped` is why it stopped early, `errors` are failures of tags, one line each; `cost_usd` is None if a price is
    unknown. `budget` says how much of the project's budget was spent by then, `saved` what model batches had saved.
    """

    is_counted: bool
    done: int = 0
    failed: int = 0
    skipped: int = 0
    left: int = 0
    waiting: int = 0
    pending: int = 0
    model_calls: int = 0
    cost_usd: float | None = 0.0
    stopped: str | None = None
    errors: tuple[str, ...] = ()
    budget: str = ""
    saved: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """`title` names what has ended; `url` is its page in Dagster, None if the web server's address is unknown."""

    title: str
    runs: tuple[RunResult, ...]
    url: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        """The number of tags done, failed, skipped, left to another run, waiting for a person and for a model batch."""
        return {name: sum(getattr(run, name) for run in self.runs) for name in COUNT_WORDS}

    @property
    def killed_runs(self) -> int:
        """Runs that were killed before they could count their tags."""
        return sum(not run.is_counted for run in self.runs)

    @property
    def is_good(self) -> bool:
        """Whether there is nothing to look into."""
        counts = self.counts
        return not (counts["failed"] or counts["skipped"] or self.killed_runs or self.stopped)

    @property
    def model_calls(self) -> int:
        """All calls to models."""
        return sum(run.model_calls for run in self.runs)

    @property
    def cost_usd(self) -> float | None:
        """None if the price of any run's calls is unknown."""
        costs = [run.cost_usd for run in self.runs]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None

    @property
    def stopped(self) -> tuple[str, ...]:
        """The distinct reasons why runs stopped early."""
        return tuple(dict.fromkeys(visible_line(run.stopped) for run in self.runs if run.stopped))

    @property
    def budget(self) -> str:
        """How much of the project's budget is spent, as the latest run knows; empty without a budget."""
        return next((run.budget for run in reversed(self.runs) if run.budget), "")

    @property
    def saved(self) -> str:
        """What model batches have saved, as the latest run knows; empty without batches."""
        return next((run.saved for run in reversed(self.runs) if run.saved), "")

    @property
    def errors(self) -> tuple[str, ...]:
        """The first failures of tags, one line each."""
        lines = [visible_line(line) for line in [line for run in self.runs for line in run.errors][:ERRORS_SHOWN]]
        return tuple(line if len(line) <= ERROR_CHARACTERS else f"{line[:ERROR_CHARACTERS]}…" for line in lines)

    def to_text(self) -> str:
        """A few lines for a log or a chat."""
        return "\n".join(self._lines())

    def to_json(self) -> dict[str, Any]:
        """The same for programs; docs/running.md describes it."""
        return {
            "title": self.title,
            "ok": self.is_good,
            "runs": len(self.runs),
            "killed_runs": self.killed_runs,
            "tags": self.counts,
            "model_calls": self.model_calls,
            "cost_usd": self.cost_usd,
            "budget": self.budget or None,
            "saved": self.saved or None,
            "stopped": list(self.stopped),
            "errors": list(self.errors),
            "url": self.url,
            "text": self.to_text(),
        }

    def _lines(self) -> Sequence[str]:
        cost = "cost unknown" if self.cost_usd is None else f"${self.cost_usd:,.2f}"
        summary = f"{self.title}: {_counted(self.counts)}{f' in {len(self.runs)} runs' if len(self.runs) > 1 else ''}."
        lines = [f"{summary} {self.model_calls:,} model calls, {cost}."]
        lines += [f"{sentence}." for sentence in (self.budget, self.saved) if sentence]
        if self.killed_runs:
            lines.append(f"{self.killed_runs} of {len(self.runs)} runs ended before their tags could be counted.")
        lines += [f"Stopped: {reason}" for reason in self.stopped]
        lines += [f"- {error}" for error in self.errors]
        if (more := self.counts["failed"] - len(self.errors)) > 0 and self.errors:
            lines.append(f"- and {more:,} more")
        return [*lines, self.url] if self.url else lines


def slack_message(digest: Digest) -> dict[str, str]:
    """The body of a Slack incoming webhook, with Slack's three control characters escaped."""
    text = digest.to_text().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": f"{'✅' if digest.is_good else '⚠️'} {text}"}


def _counted(counts: Mapping[str, int]) -> str:
    parts = [f"{count:,} {COUNT_WORDS[name]}" for name, count in counts.items() if count]
    return ", ".join(parts) or "no tags done"
