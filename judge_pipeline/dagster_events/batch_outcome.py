"""How a batch of tags ended, and how a run says so to Dagster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from judge_pipeline.domain.tag_failure import TagFailure

FAILURES_TOLD = 10
"""Lines of a failed run's message."""

FAILURES_SHOWN = 50
"""Rows of the table in its metadata; the store and the partitions' pages have them all."""

STOPPED = "stopped"
FAILED = "failed"
FAILED_TAGS = "failed tags"
"""Keys of a failed run's metadata, for those who read why it ended."""


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """Counts are of tags: `done` have everything that was selected, `left` went to another run.

    `stopped` is why the run ended before its end, where it did: the tags that are neither done nor failed were skipped then.
    `spent` says what the models took.
    """

    tags: int
    done: int
    failures: Sequence[TagFailure] = ()
    left: int = 0
    stopped: str | None = None
    spent: str = "nothing"

    @property
    def failed(self) -> int:
        """Tags that failed by themselves."""
        return len({failure.tag for failure in self.failures})

    @property
    def skipped(self) -> int:
        """Tags that were not finished through no fault of theirs."""
        return self.tags - self.done - self.failed - self.left

    def end(self) -> None:
        """Ends a run.

        Raises:
            Failure: unless every tag is done or another run's; its message says how many tags failed and why, or why
                the run has stopped.
        """
        if not self.failures and not self.stopped:
            return
        sentences = [f"stopped: {self.stopped}."] if self.stopped else []
        sentences.append(self._counts())
        if self.failures:
            sentences.append(
                "Launch the failed partitions again once the cause is mended; what is done is not paid for twice."
            )
        metadata: dict[str, Any] = {
            "done": self.done,
            FAILED: self.failed,
            "skipped": self.skipped,
            "spent": self.spent,
        }
        if self.stopped:
            metadata[STOPPED] = self.stopped
        if self.failures:
            metadata[FAILED_TAGS] = self._table()
        raise dg.Failure("\n".join([" ".join(sentences), *self._lines()]), metadata=metadata, allow_retries=False)

    def _counts(self) -> str:
        counts = {"done": self.done, "failed": self.failed, "skipped": self.skipped, "left to another run": self.left}
        told = [f"{count} {what}" for what, count in counts.items() if count]
        return f"Of {self.tags} tags: {', '.join(told)}."

    def _lines(self) -> list[str]:
        lines = [f"- {failure.asset} of {failure.message}" for failure in self.failures[:FAILURES_TOLD]]
        if len(self.failures) > FAILURES_TOLD:
            lines.append(f"- and {len(self.failures) - FAILURES_TOLD} more, on their partitions' pages")
        return lines

    def _table(self) -> dg.TableMetadataValue:
        return dg.MetadataValue.table(
            [
                dg.TableRecord({"asset": f.asset, "reason": f.message[:500], "error": f.kind, "tag": str(f.tag)})
                for f in self.failures[:FAILURES_SHOWN]
            ]
        )
