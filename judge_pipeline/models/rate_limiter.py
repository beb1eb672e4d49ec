"""The rate limiter of one endpoint: requests in flight, requests and tokens a minute, and none while it is down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from judge_pipeline.models.adaptive_rate_limiter import AdaptiveRateLimiter
from judge_pipeline.models.circuit_breaker import CircuitBreaker
from judge_pipeline.models.token_budget import Charge, TokenBudget

NO_TIME_SECONDS = 1e-6
"""A wait that a clock's rounding may leave."""


class DownTooLong(Exception):
    """The endpoint has answered nothing for as long as an outage may last."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer for {seconds:.0f} s")
        self.seconds = seconds


@dataclass(slots=True)
class Passage:
    """One request's way through the rate_limiter; whoever passes tells what came of it."""

    rate_limiter: "RateLimiter"
    image: str
    started_at: float
    is_probe: bool
    charge: Charge | None
    is_told: bool = False

    def answered(self, *, tokens: int | None) -> None:
        """The server answered; None where it does not say how many `tokens` that took."""
        self.rate_limiter.adaptive_limiter.succeeded(self.rate_limiter.now())
        if tokens is not None and self.charge and self.rate_limiter.budget:
            self.rate_limiter.budget.correct(self.charge, tokens=tokens)
        self.refused()

    def refused(self) -> None:
        """The server is well: it said that it does not take this request, or not now."""
        self.is_told = True
        self.rate_limiter.outage.answered(image=self.image, started_at=self.started_at, is_probe=self.is_probe)

    def failed(self) -> bool:
        """The server did not answer. True when it is known to be down, so that this request is not to blame."""
        self.is_told = True
        self.rate_limiter.outage.failed(self.rate_limiter.now(), image=self.image, is_probe=self.is_probe)
        return self.rate_limiter.outage.is_down


class RateLimiter:
    """Lets at most `concurrency` requests through at a time, in the order they came, as fast as adaptive_limiter and budget allow.

    Lives in one event loop, whose clock it uses.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        outage: CircuitBreaker | None = None,
    ) -> None:
        self.adaptive_limiter = AdaptiveRateLimiter(requests_per_minute=requests_per_minute)
        self.budget = TokenBudget(tokens_per_minute=tokens_per_minute) if tokens_per_minute else None
        self.outage = outage or CircuitBreaker()
        self._places = asyncio.Semaphore(concurrency)
        self._turn = asyncio.Lock()
        self._news = asyncio.Event()
        self._closed: Exception | None = None

    def now(self) -> float:
        """The event loop's time."""
        return asyncio.get_running_loop().time()

    @asynccontextmanager
    async def passage(self, *, image: str = "", tokens: int = 0) -> AsyncIterator[Passage]:
        """One request's time on the way to the server and back: about which image, and how many tokens it may take.

        Raises:
            DownTooLong: an outage does not end.
            Exception: what the rate_limiter has been closed with.
        """
        async with self._places:
            async with self._turn:
                while (wait := self._seconds_until_start(tokens)) > NO_TIME_SECONDS:
                    await self._rest(wait)
                passage = self._start(image, tokens)
            try:
                yield passage
            finally:
                if not passage.is_told:
                    self.outage.abandoned(self.now(), is_probe=passage.is_probe)
                self._news.set()

    def close(self, error: Exception) -> None:
        """Lets nobody through any more: whoever comes, or has been waiting, gets `error`."""
        self._closed = self._closed or error
        self._news.set()

    def refused(self, *, hold_seconds: float, is_rate_limit: bool) -> float:
        """Lets nobody through for `hold_seconds`, after a rate limit fewer then; or says how long this one request has to wait."""
        return self.adaptive_limiter.refused(self.now(), hold_seconds=hold_seconds, is_rate_limit=is_rate_limit)

    def _seconds_until_start(self, tokens: int) -> float:
        if self._closed:
            raise self._closed
        now = self.now()
        left = self.outage.seconds_left(now)
        if left <= NO_TIME_SECONDS:
            raise DownTooLong(self.outage.seconds_down(now))
        wait = max(self.adaptive_limiter.seconds_until_start(now), self.outage.seconds_until_start(now))
        if self.budget:
            wait = max(wait, self.budget.seconds_until_start(now, tokens=tokens))
        return min(wait, left)

    def _start(self, image: str, tokens: int) -> Passage:
        now = self.now()
        self.adaptive_limiter.start(now)
        charge = self.budget.start(now, tokens=tokens) if self.budget else None
        return Passage(self, image, now, self.outage.start(), charge)

    async def _rest(self, seconds: float) -> None:
        """Until the time has passed, or there is news: a request has come back, the rate_limiter has closed."""
        self._news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds if seconds < float("inf") else None):
                await self._news.wait()
