"""Injected faults: which requests hit one, what happens then, and how many were hit."""

from __future__ import annotations

import re
import threading
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from starlette.types import ASGIApp, Receive, Scope, Send

FaultKind = Literal["status", "reset", "slow", "refusal", "length", "content_filter", "text", "no_schema"]


class Fault(BaseModel):
    """One injected fault: it skips the first `skip` matching requests and then applies to `times` of them."""

    model_config = ConfigDict(extra="forbid")

    model: str | None = None
    match: str | None = None
    kind: FaultKind
    status: int | None = Field(default=None, ge=400, le=599)
    code: str | None = None
    text: str | None = None
    retry_after: float | None = None
    delay_seconds: float | None = Field(default=None, ge=0)
    times: int = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)

    @field_validator("match")
    @classmethod
    def _check_pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _check_required_field(self) -> Self:
        needed = {"status": "status", "text": "text", "slow": "delay_seconds"}.get(self.kind)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"a fault of kind {self.kind!r} needs {needed!r}")
        return self

    def matches(self, model: str, text: str) -> bool:
        """Whether this fault applies to a request."""
        is_model = self.model is None or self.model == model
        return is_model and (self.match is None or re.search(self.match, text) is not None)


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

    def take(self, model: str, text: str) -> Fault | None:
        """The fault that this request hits, counted as one hit; None if it should succeed."""
        with self._lock:
            for fault, counts in self._faults:
                if fault.matches(model, text) and counts["met"] < fault.times:
                    counts["seen"] += 1
                    if counts["seen"] > fault.skip:
                        counts["met"] += 1
                        return fault
        return None

    def read(self) -> list[dict[str, Any]]:
        """Each fault, how often it was hit and whether it is used up."""
        with self._lock:
            return [
                {**fault.model_dump(exclude_none=True), "met": counts["met"], "is_spent": counts["met"] >= fault.times}
                for fault, counts in self._faults
            ]


class ConnectionReset(Exception):
    """Raised in a route to cut the connection without a response."""


class ConnectionResetMiddleware:
    """Announces a body and closes the connection before sending it, when a route raises `ConnectionReset`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        try:
            await self._app(scope, receive, send)
        except ConnectionReset:
            headers = [(b"content-length", b"1000"), (b"content-type", b"application/json"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
