"""One piece of work for a double click: requests for the same key during it, or just after, share its result."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from judge_pipeline.editor_agent.errors import Unavailable

T = TypeVar("T")

DOUBLE_CLICK_SECONDS = 2.0
"""A click this soon after a successful one belongs to it, even if the editor was refreshed in between."""

MAX_IN_FLIGHT = 64
"""Pieces of work including waiting ones; more than the labellers who click during one description."""

CLOSING_SECONDS = 8.0
"""Cloud Run and Docker kill a container 10 s after SIGTERM."""


class SingleFlight(Generic[T]):
    """Belongs to one event loop. Work continues when its callers are gone, for up to `seconds`."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._work: dict[Hashable, asyncio.Task[T]] = {}

    async def run(self, key: Hashable, start: Callable[[], Awaitable[T]]) -> T:
        """The result of the work for `key`, started unless it is in flight. After a failure the next call starts it again.

        Raises:
            Unavailable: too much work is in flight, or this took too long. Exception: what the work raises.
        """
        work = self._work.get(key)
        if work is None:
            if len(self._work) >= MAX_IN_FLIGHT:
                raise Unavailable("the agent is busy; try again in a moment", retry_after_seconds=5)
            work = self._work[key] = asyncio.create_task(self._within_time(start()))
            work.add_done_callback(lambda task: self._done(key, task))
        return await asyncio.shield(work)

    async def close(self) -> None:
        """Lets work in flight finish for `CLOSING_SECONDS`, then cancels the rest."""
        if self._work:
            _, late = await asyncio.wait(self._work.values(), timeout=CLOSING_SECONDS)
            for work in late:
                work.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _within_time(self, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._seconds):
                return await work
        except TimeoutError:
            raise Unavailable("this took too long; try again later") from None

    def _done(self, key: Hashable, task: "asyncio.Task[T]") -> None:
        if task.cancelled() or task.exception() is not None:
            del self._work[key]
        else:
            task.get_loop().call_later(DOUBLE_CLICK_SECONDS, self._work.pop, key, None)
