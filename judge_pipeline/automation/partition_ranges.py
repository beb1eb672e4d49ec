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


def batches(keys: Sequence[str], wanted: Collection[str], *, size: int, done: Collection[str] = ()) -> list[Batch]:
    """Ranges of at most `size` of the `keys` that hold every wanted one, and between them none but those that are `done`.

    What is done costs nothing in a run, while every further run costs seconds; anything else in a range would be begun
    without being asked for, or fail the run because a person has finished it.
    """
    found: list[Batch] = []
    wanted, done = set(wanted), set(done)
    index = 0
    while index < len(keys):
        if keys[index] not in wanted:
            index += 1
            continue
        last = index
        for position in range(index, min(index + size, len(keys))):
            if keys[position] in wanted:
                last = position
            elif keys[position] not in done:
                break
        found.append(Batch(keys[index], keys[last]))
        index = last + 1
    return found
