"""The gate before one endpoint: how many requests at once, and how many per second."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from judge_pipeline.models.pacing import Pace


class Gate:
    """Lets at most `concurrency` requests through at a time, in the order they came, as fast as its pace allows."""

    def __init__(
        self,
        *,
        concurrency: int,
        requests_per_minute: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.pace = Pace(requests_per_minute=requests_per_minute)
        self._places = asyncio.Semaphore(concurrency)
        self._turn = asyncio.Lock()
        self._clock = clock
        self._sleep = sleep
        self._closed: Exception | None = None

    @asynccontextmanager
    async def passage(self) -> AsyncIterator[None]:
        """One request's time on the way to the server and back. Raises what the gate has been closed with."""
        async with self._places:
            async with self._turn:
                while (wait := self.pace.seconds_until_start(self._clock())) > 0 and not self._closed:
                    await self._sleep(wait)
                if self._closed:
                    raise self._closed
                self.pace.start(self._clock())
            yield

    def close(self, error: Exception) -> None:
        """Lets nobody through any more: whoever comes, or has been waiting, gets `error`."""
        self._closed = self._closed or error

    def succeeded(self) -> None:
        """Notes an answer."""
        self.pace.succeeded(self._clock())

    def hold(self, seconds: float) -> None:
        """Lets nobody through for `seconds`."""
        self.pace.hold(self._clock(), seconds=seconds)

    def rate_limited(self, *, hold_seconds: float) -> None:
        """Lets nobody through for `hold_seconds`, and then fewer than before."""
        self.pace.rate_limited(self._clock(), hold_seconds=hold_seconds)
