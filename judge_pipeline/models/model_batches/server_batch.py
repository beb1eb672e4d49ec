"""A batch as its server reports it, read leniently: a missing field or an unexpected type counts as not reported."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

METADATA_KEY = "judge_pipeline"
"""Under which our uuid of a batch is sent."""

MOST_PROBLEMS = 3


class ServerState(StrEnum):
    """How far a server is. Only a batch that has ended has files to collect."""

    RUNNING = "running"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"


STATES = {
    "completed": ServerState.COMPLETED,
    "expired": ServerState.EXPIRED,
    "cancelled": ServerState.CANCELLED,
    "canceled": ServerState.CANCELLED,
    "failed": ServerState.FAILED,
}
"""The words of servers, in lower case; any other is a batch under way: validating, in_progress, finalizing, cancelling, …"""


@dataclass(frozen=True, slots=True)
class ServerBatch:
    """A batch at a server. `status` is the server's own word; `problems` is what it found wrong with the file.

    `done` of `total` requests have been processed, as far as the server reports that.
    """

    id: str
    status: str
    input_file: str = ""
    output_file: str = ""
    error_file: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    total: int | None = None
    done: int | None = None
    problems: str = ""
    problem_codes: tuple[str, ...] = ()

    @property
    def state(self) -> ServerState:
        """How far it is."""
        return STATES.get(self.status.lower(), ServerState.RUNNING)

    @property
    def files(self) -> tuple[str, ...]:
        """All its files."""
        return tuple(dict.fromkeys(filter(None, (self.output_file, self.error_file, self.input_file))))

    def is_ours(self, uuid: str, input_file: str | None) -> bool:
        """Whether it is the batch of this uuid, or of this file if the server keeps no metadata."""
        mark = self.metadata.get(METADATA_KEY)
        return mark == uuid if mark else bool(input_file) and self.input_file == input_file


def read_server_batch(body: object) -> ServerBatch | None:
    """The batch in a decoded body; None if there is none. Together wraps a new one as `job`."""
    part = body if isinstance(body, Mapping) else {}
    if "id" not in part and isinstance(part.get("job"), Mapping):
        part = part["job"]
    if not isinstance(part.get("id"), str) or not part["id"]:
        return None
    counts = part.get("request_counts")
    counts = counts if isinstance(counts, Mapping) else {}
    done = [counts[name] for name in ("completed", "failed") if isinstance(counts.get(name), int)]
    problems = _problems(part)
    return ServerBatch(
        id=part["id"],
        status=_text(part.get("status")),
        input_file=_text(part.get("input_file_id")),
        output_file=_text(part.get("output_file_id")),
        error_file=_text(part.get("error_file_id")),
        metadata=part["metadata"] if isinstance(part.get("metadata"), Mapping) else {},
        created_at=_moment(part.get("created_at")),
        total=counts["total"] if isinstance(counts.get("total"), int) else None,
        done=sum(done) if done else None,
        problems="; ".join(text for text, _ in problems[:MOST_PROBLEMS])
        + (f"; and {len(problems) - MOST_PROBLEMS} more" if len(problems) > MOST_PROBLEMS else ""),
        problem_codes=tuple(dict.fromkeys(code for _, code in problems if code)),
    )


def _problems(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The errors of a batch with their codes: OpenAI's list of them, or a text."""
    errors = part.get("errors") or part.get("error") or []
    entries = errors.get("data", [errors]) if isinstance(errors, Mapping) else errors
    found = []
    for entry in entries if isinstance(entries, list) else [entries]:
        if isinstance(entry, Mapping):
            line, code = entry.get("line"), _text(entry.get("code"))
            text = _text(entry.get("message")) or code
            found.append((f"line {line}: {text}" if isinstance(line, int) else text, code))
        elif isinstance(entry, str):
            found.append((entry, ""))
    return [(text, code) for text, code in found if text]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    """Seconds since 1970, or ISO 8601."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(_text(value))
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
