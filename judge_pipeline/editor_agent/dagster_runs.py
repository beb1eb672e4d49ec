"""What the agent wants of Dagster, whichever way it is reached."""

from dataclasses import dataclass
from typing import Protocol

from judge_pipeline.domain.tag import Tag

PATH_JOB = "materialize_missing"
SENSOR = "new_images"
"""As `automation` names them."""

REJUDGED = "judge_pipeline/rejudged"
"""The run tag that holds the Tag whose judgement is asked for again."""


def range_tags(first: str, last: str) -> dict[str, str]:
    """The run tags by which Dagster knows a range of partitions."""
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


class DagsterUnavailable(Exception):
    """Dagster cannot be reached, or does not take the run; one sentence for the log."""


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """A run that will be, or is under way already. `url` is its page, None where Dagster has no web server."""

    run_id: str
    url: str | None = None
    is_new: bool = True

    @property
    def sentence(self) -> str:
        """The message for the labeller."""
        what = "Queued" if self.is_new else "Already queued"
        return f"{what}: the judge will be asked again. {self.url or ''}".rstrip()


class DagsterRuns(Protocol):
    """Both methods block, and may be called from any thread."""

    def rejudge(self, tag: Tag) -> QueuedRun:
        """Has the judge asked again about one tag; a run that does that already is enough.

        Raises:
            DagsterUnavailable: it cannot be queued.
        """
        ...

    def find_new_images(self) -> str:
        """Looks for new images as the sensor `new_images` does, and queues the same runs; says what came of it.

        Raises:
            DagsterUnavailable: it cannot be done.
        """
        ...
