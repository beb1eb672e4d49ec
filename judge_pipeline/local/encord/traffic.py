"""Counters and a log of the last requests. In memory only, gone after a restart."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

LOG_LENGTH = 10_000

BLOB_ROUTE = "storage-blobs/{object_key:path}"

READS_BY_POST = frozenset({"POST storage/items/get-bulk", "POST projects/{project}/label-rows/classifications"})
"""Read operations that use POST because their list of ids is long."""


@dataclass(frozen=True)
class Entry:
    """One answered request; `status` is None if the connection was cut."""

    at: str
    operation: str
    path: str
    caller: str | None
    trace_id: str
    status: int | None
    milliseconds: float


class Traffic:
    """Counts imitated requests by operation, and blob transfers separately."""

    def __init__(self) -> None:
        self._by_operation: Counter[str] = Counter()
        self._log: deque[Entry] = deque(maxlen=LOG_LENGTH)

    def count(self, operation: str) -> None:
        """Count a request on arrival, whatever its outcome."""
        self._by_operation[operation] += 1

    def record(self, entry: Entry) -> None:
        """Add an answered request to the log."""
        self._log.append(entry)

    def reset(self) -> None:
        """Reset the counters and the log."""
        self._by_operation.clear()
        self._log.clear()

    def stats(self) -> dict[str, Any]:
        """`total`, `writes` and `by_operation` of imitated requests, and `blobs`."""
        counted = self._by_operation.copy()
        imitated = {name: n for name, n in sorted(counted.items()) if not _is_blob(name)}
        return {
            "total": sum(imitated.values()),
            "writes": sum(n for name, n in imitated.items() if is_write(name)),
            "by_operation": imitated,
            "blobs": counted.total() - sum(imitated.values()),
        }

    def log(self) -> list[dict[str, Any]]:
        """The last requests, oldest first."""
        return [asdict(entry) for entry in self._log.copy()]


def is_write(operation: str) -> bool:
    """Whether an operation (`METHOD route` or `v1 METHOD querytype`) changes state."""
    method = operation.removeprefix("v1 ").partition(" ")[0]
    return method != "GET" and operation not in READS_BY_POST


def _is_blob(operation: str) -> bool:
    return operation.endswith(BLOB_ROUTE)
