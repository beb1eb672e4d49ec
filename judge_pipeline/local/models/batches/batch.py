"""A batch: its record, its states and OpenAI's form of it."""

from __future__ import annotations

import time
from typing import Any, Literal

from pydantic import Field

from judge_pipeline.local.models.batches.records import Record

Status = Literal["validating", "failed", "in_progress", "finalizing", "completed", "expired", "cancelling", "cancelled"]

STATES_WITH_TIME = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
ENDED: frozenset[Status] = frozenset({"completed", "failed", "expired", "cancelled"})
WINDOW_SECONDS = 86_400


class Batch(Record):
    """One batch."""

    endpoint: str
    input_file_id: str
    metadata: dict[str, str] | None = None
    output_seconds: int | None = None
    """How long its output is kept; None: until it is deleted."""

    status: Status = "validating"
    times: dict[str, int] = Field(default_factory=dict)
    """When it reached each state, in seconds since 1970."""

    errors: list[dict[str, Any]] | None = None
    model: str | None = None
    enqueued_tokens: int = 0
    total: int = 0
    completed: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    output_file_id: str | None = None
    error_file_id: str | None = None

    @property
    def is_ended(self) -> bool:
        """Whether nothing of it will change."""
        return self.status in ENDED

    def entering(self, status: Status) -> dict[str, Any]:
        """The fields that change when it enters a state."""
        return {"status": status, "times": {**self.times, status: int(time.time())}}

    def wire(self) -> dict[str, Any]:
        """OpenAI's batch object."""
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "model": self.model,
            "errors": None if self.errors is None else {"object": "list", "data": self.errors},
            "input_file_id": self.input_file_id,
            "completion_window": "24h",
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": self.created_at,
            "expires_at": self.created_at + WINDOW_SECONDS,
            **{f"{status}_at": self.times.get(status) for status in STATES_WITH_TIME},
            "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
            "usage": {
                "input_tokens": self.input_tokens,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens": self.output_tokens,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": self.input_tokens + self.output_tokens,
            },
            "metadata": self.metadata,
        }
