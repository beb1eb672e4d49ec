"""What was asked of the server: counters and a log of the last requests. Kept in memory, empty after a restart."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

LOG_LENGTH = 10_000

BLOB_ROUTE = "storage-blobs/{object_key:path}"

READS_BY_POST = frozenset({"POST storage/items/get-bulk", "POST projects/{project}/label-rows/classifications"})
"""Operations that are sent by POST because their list of ids is long."""


@dataclass(frozen=True)
class Entry:
    """One request as it was answered; `status` is None when the connection was cut."""

    at: str
    operation: str
    path: str
    caller: str | None
    trace_id: str
    status: int | None
    milliseconds: float


class Traffic:
    """Counts imitated requests by operation; blob transfers are counted apart."""

    def __init__(self) -> None:
        self._by_operation: Counter[str] = Counter()
        self._log: deque[Entry] = deque(maxlen=LOG_LENGTH)

    def count(self, operation: str) -> None:
        """Count a request when it arrives, whatever becomes of it."""
        self._by_operation[operation] += 1

    def record(self, entry: Entry) -> None:
        """Keep an answered request in the log."""
        self._log.append(entry)

    def reset(self) -> None:
        """Start counting from zero, with an empty log."""
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
