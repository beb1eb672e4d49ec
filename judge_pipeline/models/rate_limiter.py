"""The rate limiter of one endpoint: requests in flight, requests and tokens per minute, and a pause while it is down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from judge_pipeline.models.adaptive_concurrency import AdaptiveConcurrency
from judge_pipeline.models.adaptive_rate_limiter import AdaptiveRateLimiter
from judge_pipeline.models.circuit_breaker import CircuitBreaker
from judge_pipeline.models.token_budget import Charge, TokenBudget

CLOCK_ROUNDING_SECONDS = 1e-6
"""A wait that rounding may leave."""


class DownTooLong(Exception):
    """The endpoint has not answered for as long as an outage may last."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer for {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Shares:
    """This client's part of limits that it shares with others, until `expires_at` of the event loop's time.

    A client alone only keeps the `pace` per minute, as without shares.
    """

    in_flight: int
    requests: int
    tokens: int
    pace: float
    is_alone: bool
    expires_at: float


@dataclass(slots=True)
class Permit:
    """The permission to send one request; its holder reports the outcome with one of the methods."""

    rate_limiter: "RateLimiter"
    image: str
    started_at: float
    is_probe: bool
    charge: Charge | None
    is_reported: bool = False

    def succeeded(self, *, tokens: int | None) -> None:
        """The server answered and took so many `tokens`; None when it does not report them."""
        now = self.rate_limiter.now()
        self.rate_limiter.answered_at = now
        self.rate_limiter.adaptive_limiter.succeeded(now)
        self.rate_limiter.concurrency.answered(now, started_at=self.started_at)
        if tokens is not None and self.charge and self.rate_limiter.budget:
            self.rate_limiter.budget.correct(self.charge, tokens=tokens)
        self.refused()

    def refused(self) -> None:
        """The server is up: it refused this request, for good or for now."""
        self.is_reported = True
        self.rate_limiter.breaker.responded(image=self.image, started_at=self.started_at, is_probe=self.is_probe)

    def lost(self) -> bool:
        """The request was given up as too slow. True when the server answers, but too many at once for its speed."""
        limiter, now = self.rate_limiter, self.rate_limiter.now()
        if not limiter.concurrency.lost(now, started_at=self.started_at) or limiter.breaker.is_down:
            return False
        self.is_reported = True
        limiter.breaker.abandoned(now, is_probe=self.is_probe)
        return True

    def failed(self, *, is_loading: bool = False) -> bool:
        """The server did not answer. True when it is known to be down, or says that it loads: the request is not to blame."""
        self.is_reported = True
        breaker = self.rate_limiter.breaker
        breaker.failed(self.rate_limiter.now(), image=self.image, is_probe=self.is_probe, is_loading=is_loading)
        return breaker.is_down or is_loading

    @asynccontextmanager
    async def deadline(self) -> AsyncIterator[None]:
        """Cancels what takes longer than the request may.

        Raises:
            TimeoutError: it did.
        """
        loop, limiter = asyncio.get_running_loop(), self.rate_limiter
        timer: asyncio.TimerHandle | None = None
        async with asyncio.timeout(None) as deadline:

            def check() -> None:
                nonlocal timer
                now = loop.time()
                left = limiter.concurrency.seconds_left(now, started_at=self.started_at)
                if left > CLOCK_ROUNDING_SECONDS:
                    timer = loop.call_at(now + left, check)
                else:
                    deadline.reschedule(now)

            check()
            try:
                yield
            finally:
                if timer:
                    timer.cancel()


class RateLimiter:
    """Lets requests start in order of arrival, at most `concurrency` at a time, as fast as rate, tokens and breaker allow.

    Lives in one event loop and uses its clock.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        breaker: CircuitBreaker | None = None,
        deadline_seconds: float = 120.0,
    ) -> None:
        self.concurrency = AdaptiveConcurrency(concurrency=concurrency, deadline_seconds=deadline_seconds)
        self.adaptive_limiter = AdaptiveRateLimiter(requests_per_minute=requests_per_minute)
        self.budget = TokenBudget(tokens_per_minute=tokens_per_minute) if tokens_per_minute else None
        self.breaker = breaker or CircuitBreaker()
        self.answered_at = float("-inf")
        self.started_at = float("-inf")
        self.window = TokenBudget(tokens_per_minute=requests_per_minute) if requests_per_minute else None
        self.shares: Shares | None = None
        self.waiting = 0
        self.in_flight = 0
        self.next_tokens = 1
        self._tokens_per_minute = tokens_per_minute or 0.0
        self._slots = asyncio.Semaphore(concurrency)
        self._queue = asyncio.Lock()
        self._changed = asyncio.Event()
        self._closed_with: Exception | None = None

    def now(self) -> float:
        """The event loop's time."""
        return asyncio.get_running_loop().time()

    @asynccontextmanager
    async def permit(self, *, image: str = "", tokens: int = 0) -> AsyncIterator[Permit]:
        """Waits until a request about `image` of an estimated `tokens` may start, and holds its slot until it is done.

        Raises:
            DownTooLong: an outage does not end.
            Exception: what the rate limiter was closed with.
        """
        async with AsyncExitStack() as slot:
            self.waiting += 1
            try:
                await slot.enter_async_context(self._slots)
                async with self._queue:
                    self.next_tokens = max(1, tokens)
                    while (wait := self._seconds_until_start(tokens)) > CLOCK_ROUNDING_SECONDS:
                        await self._wait_for_change(wait)
                    permit = self._start(image, tokens)
            finally:
                self.waiting -= 1
            try:
                yield permit
            finally:
                self.in_flight -= 1
                if not permit.is_reported:
                    self.breaker.abandoned(self.now(), is_probe=permit.is_probe)
                self._changed.set()

    def close(self, error: Exception) -> None:
        """Gives out no more permits: requests that wait, now or later, get `error`."""
        self._closed_with = self._closed_with or error
        self._changed.set()

    def check_open(self) -> None:
        """Raises what the rate limiter was closed with, if it was."""
        if self._closed_with:
            raise self._closed_with

    def refused(self, *, hold_seconds: float, is_rate_limit: bool) -> float:
        """Holds all requests back for `hold_seconds` and returns 0, or returns how long this one request has to wait.

        After a rate limit fewer requests start.
        """
        return self.adaptive_limiter.refused(self.now(), hold_seconds=hold_seconds, is_rate_limit=is_rate_limit)

    def seconds_limited(self) -> float:
        """How long the server has answered nothing but rate limits; 0 when its last response was another one."""
        return self.adaptive_limiter.seconds_limited(self.now())

    def share(self, shares: Shares) -> None:
        """Keeps to these shares from now on."""
        self.shares = shares
        if self.window:
            self.window.limit_to(shares.requests)
            self.adaptive_limiter.limit_to(shares.pace)
        if self.budget:
            self.budget.limit_to(shares.tokens)
        self._changed.set()

    def learn(self, *, hold_seconds: float, per_second: float | None, down_seconds: float | None) -> None:
        """Takes over what other clients know: a wait that the server asks for, a rate, for how long it has been down."""
        now = self.now()
        self.adaptive_limiter.learn(now, hold_seconds=hold_seconds, per_second=per_second)
        self.breaker.follow(now, seconds_down=down_seconds)
        self._changed.set()

    def _seconds_until_start(self, tokens: int) -> float:
        self.check_open()
        now = self.now()
        left = self.breaker.seconds_left(now, backlog_seconds=self.concurrency.backlog_seconds)
        if left <= CLOCK_ROUNDING_SECONDS:
            raise DownTooLong(self.breaker.seconds_down(now))
        shares = self.shares
        if self.in_flight >= min(self.concurrency.limit, shares.in_flight if shares else self.concurrency.limit):
            return left
        if shares and (now >= shares.expires_at or min(tokens, self._tokens_per_minute) > shares.tokens):
            return left  # until the shares are renewed
        wait = max(self.adaptive_limiter.seconds_until_start(now), self.breaker.seconds_until_start(now))
        if self.budget:
            wait = max(wait, self.budget.seconds_until_start(now, tokens=tokens))
        if self.window and shares and not shares.is_alone:
            wait = max(wait, self.window.seconds_until_start(now, tokens=1)) if shares.requests else left
        return min(wait, left)

    def _start(self, image: str, tokens: int) -> Permit:
        now = self.now()
        self.adaptive_limiter.start(now)
        charge = self.budget.start(now, tokens=tokens) if self.budget else None
        if self.window:
            self.window.start(now, tokens=1)
        self.in_flight += 1
        self.started_at = now
        return Permit(self, image, now, self.breaker.start(), charge)

    async def _wait_for_change(self, seconds: float) -> None:
        """Waits until the time has passed, a request has come back or the rate limiter was closed."""
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds if seconds < float("inf") else None):
                await self._changed.wait()
