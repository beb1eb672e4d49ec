"""How a batch of tags ended, and the failure that reports it in Dagster."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from judge_pipeline.domain.tag_failure import TagFailure

LISTED_FAILURES = 10
"""Lines of a failed run's message."""

TABLE_FAILURES = 50
"""Rows of the table in its metadata; the store and the partitions' pages have all of them."""

STOPPED = "stopped"
TERMINATED = "terminated"
FAILED = "failed"
FAILED_TAGS = "failed tags"
"""Keys of a failed run's metadata; sensors and commands read them."""


NO_EVENT = {"__source_asset_observation__": True}
"""Metadata by which Dagster's own observable assets keep an output from being logged as a materialisation."""


def outputs_for_later_steps(assets: Iterable[str]) -> Iterator[dg.Output[None]]:
    """The outputs of a step that has logged its materialisations: Dagster skips the steps that wait for a missing one.

    Any other output would mark every partition of the run as materialised, also one that another run has taken over, and hide the
    metadata and versions of the logged events. `assets` are in the order of the path.
    """
    return (dg.Output(None, output_name=asset, metadata=NO_EVENT) for asset in assets)


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """Counts are of tags: `done` have everything that was selected, `left` belong to another run, `waiting` stand with people,
    `pending` wait for a model batch.

    `stopped` is why the run ended early, if it did; the tags that are neither done nor failed were then skipped. `terminated`:
    because a person or Dagster has ended it.
    `spent` is what the models cost, `times` how long each asset took.
    """

    tags: int
    done: int
    failures: Sequence[TagFailure] = ()
    left: int = 0
    waiting: int = 0
    pending: int = 0
    stopped: str | None = None
    spent: str = "nothing"
    times: str = ""
    terminated: bool = False

    @property
    def failed(self) -> int:
        """Tags with a failure of their own."""
        return len({failure.tag for failure in self.failures})

    @property
    def skipped(self) -> int:
        """Tags that were not finished because the run stopped."""
        return self.tags - self.done - self.failed - self.left - self.waiting - self.pending

    def end(self) -> None:
        """Ends the run.

        Raises:
            Failure: a tag failed, or the run stopped. Its message says how many tags failed and why, or why it stopped.
        """
        if not self.failures and not self.stopped and not self.terminated:
            return
        raise dg.Failure("\n".join([str(self), *self._lines()]), metadata=self._metadata(), allow_retries=False)

    def __str__(self) -> str:
        """What ended the run, the counts, and what to do."""
        sentences = [f"stopped: {self.stopped}."] if self.stopped else []
        sentences += ["The run was terminated."] if self.terminated else []
        sentences.append(self._counts())
        if self.terminated:
            sentences.append("Finished work is kept; launch the missing partitions again for the rest.")
        elif self.failures:
            sentences.append(
                "Fix the cause and launch the failed partitions again; what is done is not paid for twice."
            )
        return " ".join(sentences)

    def _metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = {
            "done": self.done,
            FAILED: self.failed,
            "skipped": self.skipped,
            "spent": self.spent,
        }
        if self.times:
            metadata["time per asset"] = self.times
        if self.stopped:
            metadata[STOPPED] = self.stopped
        if self.failures:
            metadata[FAILED_TAGS] = self._table()
        if self.terminated:
            metadata[TERMINATED] = True
        return metadata

    def _counts(self) -> str:
        counts = {
            "done": self.done,
            "failed": self.failed,
            "skipped": self.skipped,
            "waiting for a person": self.waiting,
            "waiting for a model batch": self.pending,
            "left to another run": self.left,
        }
        parts = [f"{count} {what}" for what, count in counts.items() if count]
        return f"Of {self.tags} tags: {', '.join(parts)}."

    def _lines(self) -> list[str]:
        lines = [f"- {failure.asset} of {failure.message}" for failure in self.failures[:LISTED_FAILURES]]
        if len(self.failures) > LISTED_FAILURES:
            lines.append(f"- and {len(self.failures) - LISTED_FAILURES} more, on their partitions' pages")
        return lines

    def _table(self) -> dg.TableMetadataValue:
        return dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {"image": f.title, "asset": f.asset, "reason": f.message[:500], "error": f.kind, "tag": str(f.tag)}
                )
                for f in self.failures[:TABLE_FAILURES]
            ]
        )
