"""Failures ordered in advance: which requests fail, how, and how often. Kept in memory, empty after a restart."""

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


class FaultOrder(BaseModel):
    """What `POST /_local/faults` takes.

    `match` is searched in the operation: `METHOD route` or `v1 METHOD querytype`. `skip` matching requests pass, the next
    `times` fail. `before` fails instead of doing, `after` does and loses the answer. `reset` closes the connection
    without a word; `slow` sends half of the answer and the rest `delay_seconds` later; with any other status
    `delay_seconds` is waited before the answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    match: Annotated[str, AfterValidator(_is_pattern)]
    status: Annotated[int, Field(ge=400, le=599)] | Literal["reset", "slow"]
    when: Literal["before", "after"] = "before"
    times: int = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)
    retry_after: int | None = Field(default=None, ge=0)
    delay_seconds: float = Field(default=0.0, ge=0)


class _Fault:
    def __init__(self, order: FaultOrder) -> None:
        self.id = str(uuid4())
        self.order = order
        self.skipped = 0
        self.met = 0


class FaultPlan:
    """The ordered faults, in the order in which they were given; a request meets at most one of them."""

    def __init__(self) -> None:
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()

    def order(self, orders: list[FaultOrder]) -> list[str]:
        """Add faults; returns their ids."""
        faults = [_Fault(order) for order in orders]
        with self._lock:
            self._faults.extend(faults)
        return [fault.id for fault in faults]

    def draw(self, operation: str) -> FaultOrder | None:
        """The fault that this request meets, None when it is to succeed; counts."""
        with self._lock:
            for fault in self._faults:
                if fault.met >= fault.order.times or not re.search(fault.order.match, operation):
                    continue
                if fault.skipped < fault.order.skip:
                    fault.skipped += 1
                    continue
                fault.met += 1
                return fault.order
        return None

    def report(self) -> list[dict[str, Any]]:
        """Every ordered fault with the number of requests that met it, and whether all `times` are used up."""
        with self._lock:
            return [
                {"id": fault.id, **fault.order.model_dump(), "met": fault.met, "done": fault.met >= fault.order.times}
                for fault in self._faults
            ]

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()
