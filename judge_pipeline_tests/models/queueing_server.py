"""A healthy server in virtual time that works on few requests at once and lets the others wait."""

import asyncio
import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.models.exchange import Failure, Outcome, Reply


@dataclass
class QueueingServer:
    """Takes `answer_seconds` for each request, give or take `spread`, in each of its `slots`.

    With a `gateway_seconds`, a gateway gives requests up with `gateway_status`; None, as for the client's own deadline,
    means without a response. The server stops working on them only if it `notices`. `hangs_at` is when it stops answering.
    """

    answer_seconds: float
    spread: float = 0.3
    slots: int = 1
    order: Literal["first in, first out", "last in, first out"] = "first in, first out"
    gateway_seconds: float | None = None
    gateway_status: int | None = None
    notices: bool = True
    hangs_at: float = float("inf")
    seed: int = 0
    requests: int = 0
    in_flight: int = 0
    most_in_flight: list[tuple[float, int]] = field(default_factory=list)
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    _running: dict[asyncio.Future[None], asyncio.TimerHandle] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    async def complete(self, body: Mapping[str, Any]) -> Outcome:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight.append((loop.time(), self.in_flight))
        self._waiting.append(done)
        self._fill_slots()
        try:
            async with asyncio.timeout(self.gateway_seconds):
                await asyncio.shield(done)
            return Reply("A cat.", "", "", "stop", "small", Usage(100, 20), 1.0)
        except TimeoutError:
            return Failure(self.gateway_status, f"no answer within {self.gateway_seconds:g} s")
        finally:
            self.in_flight -= 1
            if self.notices and not done.done():
                done.cancel()
                if timer := self._running.pop(done, None):
                    timer.cancel()
                self._fill_slots()

    def most_after(self, seconds: float) -> int:
        """The largest number of requests in flight after this time."""
        return max((count for at, count in self.most_in_flight if at >= seconds), default=0)

    def _fill_slots(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting and len(self._running) < self.slots and loop.time() < self.hangs_at:
            is_fair = self.order == "first in, first out"
            done = self._waiting.popleft() if is_fair else self._waiting.pop()
            if not done.cancelled():
                seconds = self.answer_seconds * (1 + self.spread * self._random.uniform(-1, 1))
                self._running[done] = loop.call_later(seconds, self._finish, done)

    def _finish(self, done: asyncio.Future[None]) -> None:
        if self._running.pop(done, None) and asyncio.get_running_loop().time() < self.hangs_at:
            if not done.done():
                done.set_result(None)
            self._fill_slots()
