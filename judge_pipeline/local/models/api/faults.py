"""Injected faults: what they apply to, what happens then, and how many were hit.

A test posts one to `/_local/faults`; docs/batches-locally.md has an example of each. Without `route`, the kinds of `ANSWER`
apply to chat requests, live ones and the lines of batches (`mode` restricts them to one of the two), those that start with
`line_` to lines of batches, and those that start with `batch_` to whole batches. With `route`, a regular expression that is
searched in a text such as `POST /v1/batches`, the fault applies to any request under `/v1/`.
"""

from __future__ import annotations

import re
import threading
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from judge_pipeline.local.models.api.errors import ApiError

AnswerFault = Literal["status", "reset", "slow", "refusal", "length", "content_filter", "text", "no_schema"]
LineFault = Literal["line_missing", "line_doubled", "line_unknown", "line_malformed"]
BatchFault = Literal["batch_failed", "batch_expired", "batch_reversed", "batch_slow"]

ON_ROUTES = frozenset({"status", "reset", "slow", "lost_response"})

Mode = Literal["live", "batch"]
Subject = Literal["live", "line", "batch", "route"]

NEEDED = {
    "status": "status",
    "text": "text",
    "slow": "delay_seconds",
    "batch_slow": "delay_seconds",
    "batch_failed": "code",
    "batch_expired": "lines",
    "lost_response": "route",
}


class Fault(BaseModel):
    """One injected fault: it skips the first `skip` matching requests and then applies to `times` of them.

    With `share` it applies to that share of the matching requests, evenly spread, without an end unless `times` sets one.
    """

    model_config = ConfigDict(extra="forbid")

    model: str | None = None
    match: str | None = None
    mode: Mode | None = None
    route: str | None = None
    kind: AnswerFault | LineFault | BatchFault | Literal["lost_response"]
    status: int | None = Field(default=None, ge=400, le=599)
    code: str | None = None
    text: str | None = None
    retry_after: float | None = None
    delay_seconds: float | None = Field(default=None, ge=0)
    lines: int | None = Field(default=None, ge=0)
    share: float | None = Field(default=None, gt=0, le=1)
    times: int | None = Field(default=None, ge=1)
    skip: int = Field(default=0, ge=0)

    @field_validator("match", "route")
    @classmethod
    def _check_pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _check_fields(self) -> Self:
        needed = NEEDED.get(self.kind)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"a fault of kind {self.kind!r} needs {needed!r}")
        if self.route is not None and self.kind not in ON_ROUTES:
            raise ValueError(f"a fault with 'route' is one of {', '.join(sorted(ON_ROUTES))}, not {self.kind!r}")
        if self.route is not None and (self.model or self.match or self.mode):
            raise ValueError("a fault with 'route' has no 'model', 'match' or 'mode'")
        if self.times is None and self.share is None:
            self.times = 1
        return self

    @property
    def subjects(self) -> set[Subject]:
        """What this fault applies to."""
        if self.route is not None:
            return {"route"}
        if self.kind.startswith("batch_"):
            return {"batch"}
        if self.kind.startswith("line_") or self.mode == "batch":
            return {"line"}
        return {"live"} if self.mode == "live" else {"live", "line"}

    def matches(self, subject: Subject, model: str | None, text: str) -> bool:
        """Whether this fault applies to a request."""
        pattern = self.match if self.route is None else self.route
        is_model = self.model is None or self.model == model
        return subject in self.subjects and is_model and (pattern is None or re.search(pattern, text) is not None)

    def error(self) -> ApiError:
        """The error response of a fault of kind `status`."""
        status = self.status or 500
        headers = {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}
        kind = {429: "requests", 401: "authentication_error"}.get(
            status, "server_error" if status >= 500 else "invalid_request_error"
        )
        return ApiError(
            status, self.text or f"Injected fault: status {status}.", kind=kind, code=self.code, headers=headers
        )


class FaultPlan:
    """The injected faults, in the order they were added; a request hits at most one. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[tuple[Fault, dict[str, int]]] = []

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._faults.append((fault, {"seen": 0, "met": 0}))

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, subject: Subject, *, model: str | None = None, text: str) -> Fault | None:
        """The fault that this request hits, counted as one hit; None if it should succeed."""
        with self._lock:
            for fault, counts in self._faults:
                if not _is_spent(fault, counts) and fault.matches(subject, model, text):
                    counts["seen"] += 1
                    if _is_hit(fault, counts["seen"] - fault.skip):
                        counts["met"] += 1
                        return fault
        return None

    def read(self) -> list[dict[str, Any]]:
        """Each fault, how often it was hit and whether it is used up."""
        with self._lock:
            return [
                {**fault.model_dump(exclude_none=True), "met": counts["met"], "is_spent": _is_spent(fault, counts)}
                for fault, counts in self._faults
            ]


def _is_hit(fault: Fault, number: int) -> bool:
    """Whether the fault applies to the matching request with this number, from 1 after those that are skipped."""
    if number < 1:
        return False
    return fault.share is None or int(number * fault.share) > int((number - 1) * fault.share)


def _is_spent(fault: Fault, counts: dict[str, int]) -> bool:
    return fault.times is not None and counts["met"] >= fault.times
