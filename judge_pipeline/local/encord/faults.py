"""Injected faults: which requests fail, how, and how often. In memory only, gone after a restart."""

import re
import threading
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as problem:
        raise ValueError(f"not a regular expression: {problem}") from None
    return text


class FaultSpec(BaseModel):
    """What `POST /_local/faults` takes.

    `match` is a regular expression searched for in the operation: `METHOD route` or `v1 METHOD querytype`. The first `skip`
    matching requests succeed, then every `every`-th one fails, `times` in all. `before` fails without carrying out the
    request, `after` carries it out and loses the response. `reset` closes the connection without a response; `slow` sends
    half of the response and the rest `delay_seconds` later; any other status is sent after `delay_seconds`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    match: Annotated[str, AfterValidator(_is_pattern)]
    status: Annotated[int, Field(ge=400, le=599)] | Literal["reset", "slow"]
    when: Literal["before", "after"] = "before"
    times: int = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)
    every: int = Field(default=1, ge=1)
    retry_after: int | None = Field(default=None, ge=0)
    delay_seconds: float = Field(default=0.0, ge=0)


class _Fault:
    def __init__(self, spec: FaultSpec) -> None:
        self.id = str(uuid4())
        self.spec = spec
        self.matched = 0
        self.met = 0


class FaultPlan:
    """The injected faults, in the order they were added; a request hits at most one of them."""

    def __init__(self) -> None:
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()

    def add(self, specs: list[FaultSpec]) -> list[str]:
        """Add faults; returns their ids."""
        faults = [_Fault(spec) for spec in specs]
        with self._lock:
            self._faults.extend(faults)
        return [fault.id for fault in faults]

    def take(self, operation: str) -> FaultSpec | None:
        """The fault that this request hits, counted as one hit; None if it should succeed."""
        with self._lock:
            for fault in self._faults:
                if fault.met >= fault.spec.times or not re.search(fault.spec.match, operation):
                    continue
                fault.matched += 1
                if fault.matched <= fault.spec.skip or (fault.matched - fault.spec.skip) % fault.spec.every:
                    continue
                fault.met += 1
                return fault.spec
        return None

    def report(self) -> list[dict[str, Any]]:
        """Every fault with the number of requests that hit it, and whether all its `times` are used up."""
        with self._lock:
            return [
                {"id": fault.id, **fault.spec.model_dump(), "met": fault.met, "done": fault.met >= fault.spec.times}
                for fault in self._faults
            ]

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()
