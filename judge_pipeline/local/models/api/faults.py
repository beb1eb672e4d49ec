"""Faults ordered in advance: which requests meet one, what happens then, and which were met."""

from __future__ import annotations

import re
import threading
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from starlette.types import ASGIApp, Receive, Scope, Send

FaultKind = Literal["status", "reset", "slow", "refusal", "length", "content_filter", "text", "no_schema"]


class Fault(BaseModel):
    """One order. It skips the first `skip` requests that fit and then meets `times` of them."""

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
    def _is_a_pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needed = {"status": "status", "text": "text", "slow": "delay_seconds"}.get(self.kind)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"a fault of kind {self.kind!r} needs {needed!r}")
        return self

    def fits(self, model: str, text: str) -> bool:
        """Whether a request is of the kind this fault waits for."""
        is_model = self.model is None or self.model == model
        return is_model and (self.match is None or re.search(self.match, text) is not None)


class FaultPlan:
    """The orders, in the order they were given; a request meets at most one. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[tuple[Fault, dict[str, int]]] = []

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        with self._lock:
            self._orders.append((fault, {"seen": 0, "met": 0}))

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()

    def meet(self, model: str, text: str) -> Fault | None:
        """The fault that this request meets, counted; None when it goes through."""
        with self._lock:
            for fault, counts in self._orders:
                if fault.fits(model, text) and counts["met"] < fault.times:
                    counts["seen"] += 1
                    if counts["seen"] > fault.skip:
                        counts["met"] += 1
                        return fault
        return None

    def read(self) -> list[dict[str, Any]]:
        """Each order, how often it was met and whether it is spent."""
        with self._lock:
            return [
                {**fault.model_dump(exclude_none=True), "met": counts["met"], "is_spent": counts["met"] >= fault.times}
                for fault, counts in self._orders
            ]


class ConnectionReset(Exception):
    """Raised in a route to end the connection without an answer."""


class BreakOffMiddleware:
    """Promises a body and closes the connection before sending it, when a route raises `ConnectionReset`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            await self._app(scope, receive, send)
        except ConnectionReset:
            headers = [(b"content-length", b"1000"), (b"content-type", b"application/json"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
