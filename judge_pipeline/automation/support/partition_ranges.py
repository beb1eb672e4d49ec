"""Tags as the contiguous partition ranges that Dagster's runs are made of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


@dataclass(frozen=True, slots=True)
class PartitionRange:
    """The tags of a run: from `first` to `last`, in the order in which the partitions were added."""

    first: str
    last: str

    @property
    def run_tags(self) -> dict[str, str]:
        """Dagster's run tags for the range."""
        return {RANGE_START: self.first, RANGE_END: self.last}


def partition_ranges(
    keys: Sequence[str], wanted: Collection[str], *, size: int, done: Collection[str] = ()
) -> list[PartitionRange]:
    """Ranges of at most `size` keys that cover every wanted key and otherwise contain only `done` ones.

    A done tag costs nothing in a run, while each additional run costs seconds. Any other tag in a range would be started
    uninvited, or fail the run because a person has finished it.
    """
    found: list[PartitionRange] = []
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
        found.append(PartitionRange(keys[index], keys[last]))
        index = last + 1
    return found


def spanned_keys(keys: Sequence[str], wanted: Collection[str], *, size: int) -> list[str]:
    """The other keys that such ranges might contain: those with a wanted one on both sides, less than `size` away."""
    wanted = set(wanted)
    places = [index for index, key in enumerate(keys) if key in wanted]
    return [key for a, b in pairwise(places) if b - a < size for key in keys[a + 1 : b]]
