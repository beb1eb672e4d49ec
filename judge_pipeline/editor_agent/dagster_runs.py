"""What the agent asks of Dagster, in its own process or through Dagster's web server."""

from dataclasses import dataclass
from typing import Protocol

from judge_pipeline.domain.tag import Tag

PATH_JOB = "materialize_missing"
SENSOR = "new_images"
"""Names defined in `automation`."""

REJUDGED = "judge_pipeline/rejudged"
"""The run tag with the Tag that is judged again."""


def range_tags(first: str, last: str) -> dict[str, str]:
    """Dagster's run tags for a range of partitions."""
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


class DagsterUnavailable(Exception):
    """Dagster is unreachable or refuses the run; one sentence for the log."""


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """A run that is queued or already in progress. `url` is its page, None if Dagster has no web server."""

    run_id: str
    url: str | None = None
    is_new: bool = True

    @property
    def message(self) -> str:
        """The message for the labeller."""
        what = "Queued" if self.is_new else "Already queued"
        return f"{what}: the judge will be asked again. {self.url or ''}".rstrip()


class DagsterRuns(Protocol):
    """Dagster, as the agent uses it. Both methods block and are thread-safe."""

    def rejudge(self, tag: Tag) -> QueuedRun:
        """Queues a run that asks the judge again about one tag, unless such a run is queued or in progress.

        Raises:
            DagsterUnavailable: it cannot be queued.
        """
        ...

    def find_new_images(self) -> str:
        """Evaluates the sensor `new_images` once and queues its runs; returns a summary for the log.

        Raises:
            DagsterUnavailable: the tick failed.
        """
        ...
