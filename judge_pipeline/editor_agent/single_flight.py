"""One piece of work for a double click: whoever asks for the same while it is done, or just after, gets the same answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from judge_pipeline.editor_agent.errors import Unavailable

T = TypeVar("T")

DOUBLE_CLICK_SECONDS = 2.0
"""A second click so soon after the first one's success is part of it, also where the editor was refreshed in between."""

MAX_IN_FLIGHT = 64
"""Pieces of work, waiting ones included: more people than that do not click within one description's time."""

CLOSING_SECONDS = 8.0
"""Cloud Run kills a container 10 s after it has asked for its end, Docker as well."""


class SingleFlight(Generic[T]):
    """In one event loop. Work goes on when all who have asked for it are gone, but for no longer than `seconds`."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._work: dict[Hashable, asyncio.Task[T]] = {}

    async def run(self, key: Hashable, begin: Callable[[], Awaitable[T]]) -> T:
        """The result of the work that `key` stands for, begun by `begin` unless it is there already.

        A failure is nobody's but those who waited for it: the next one begins anew.

        Raises:
            Unavailable: too much is under way, or it has taken too long. Exception: what the work raises.
        """
        work = self._work.get(key)
        if work is None:
            if len(self._work) >= MAX_IN_FLIGHT:
                raise Unavailable("the agent has too much to do; try again in a moment", retry_after_seconds=5)
            work = self._work[key] = asyncio.create_task(self._within_time(begin()))
            work.add_done_callback(lambda task: self._done(key, task))
        return await asyncio.shield(work)

    async def close(self) -> None:
        """Gives the work that is under way the time to be saved, and ends the rest."""
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
            raise Unavailable("this takes too long; try again later") from None

    def _done(self, key: Hashable, task: "asyncio.Task[T]") -> None:
        if task.cancelled() or task.exception() is not None:
            del self._work[key]
        else:
            task.get_loop().call_later(DOUBLE_CLICK_SECONDS, self._work.pop, key, None)
