"""Tags cut into the contiguous ranges that Dagster's runs are made of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


@dataclass(frozen=True, slots=True)
class Batch:
    """A run's tags: from `first` to `last` in the order in which the partitions were added."""

    first: str
    last: str

    @property
    def run_tags(self) -> dict[str, str]:
        """The run tags by which Dagster knows the range."""
        return {RANGE_START: self.first, RANGE_END: self.last}


def batches(keys: Sequence[str], wanted: Collection[str], *, size: int) -> list[Batch]:
    """Ranges of at most `size` of the `keys` that hold every wanted one.

    A range may hold others in between: what is finished costs nothing, while every further run costs seconds.
    """
    found: list[Batch] = []
    wanted = set(wanted)
    index = 0
    while index < len(keys):
        if keys[index] not in wanted:
            index += 1
            continue
        window = keys[index : index + size]
        last = max(offset for offset, key in enumerate(window) if key in wanted)
        found.append(Batch(window[0], window[last]))
        index += last + 1
    return found
