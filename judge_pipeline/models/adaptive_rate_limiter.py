"""How fast requests may start, learned from a server's rate limits. Pure: the caller passes the time."""

from collections import deque
from math import sqrt

BACKOFF_FACTOR = 0.7
"""A rate limit multiplies the rate by this, at most once in `BACKOFF_SECONDS`: a burst of refusals counts as one."""

BACKOFF_SECONDS = 1.0

RECOVERY_SECONDS = 5.0
"""Answers raise the rate back to its old value within this time, and beyond it slowly at first: the cubic growth of RFC 9438,
which AWS's SDKs use for their clients too. A rate below 1.6 requests/s takes the time of `RECOVERY_REQUESTS`."""

RECOVERY_REQUESTS = 8

WINDOW_SECONDS = 10.0
"""Starts within this window give the share of refusals and the actual rate, which may be below the allowed one."""

STRAY_SHARE = 0.1
"""Up to this share of refused starts the rate is right: a server at its limit refuses everything until it is asked less."""

STRAY_DEVIATIONS = 2.0
"""Standard deviations (of a Poisson count) by which chance may exceed that share."""

MIN_STARTS = 10
"""At least so many starts are counted, however old they are: one refusal of two starts says nothing."""

MIN_PER_SECOND = 1 / 60
"""Rate limits never lower the rate below this many requests per second."""


class AdaptiveRateLimiter:
    """The times at which requests may start.

    The rate is unlimited until the server's first rate limit, unless `requests_per_minute` sets a maximum.
    Simulated with a server of 20 requests/s and 64 clients: 600 are answered in 31 s, where 29 s are possible, with 112 rate
    limits on the way. All times are seconds of one monotonic clock.
    """

    def __init__(self, *, requests_per_minute: float | None = None) -> None:
        self._max_per_second = requests_per_minute / 60 if requests_per_minute else float("inf")
        self.per_second = self._max_per_second
        self._before_backoff = self._max_per_second
        self._backed_off_at = float("-inf")
        self._next_start = 0.0
        self._held_until = 0.0
        self._limited_since: float | None = None
        self._starts: deque[float] = deque()
        self._refusals: deque[float] = deque()

    def seconds_until_start(self, now: float) -> float:
        """How long a request that is ready at `now` has to wait; 0 when it may start."""
        return max(self._next_start, self._held_until, now) - now

    def seconds_limited(self, now: float) -> float:
        """Since the first of the rate limits without an answer after it; 0 without one."""
        return 0.0 if self._limited_since is None else now - self._limited_since

    @property
    def learned(self) -> float | None:
        """The requests per second that rate limits have left; None while it is the maximum."""
        return None if self.per_second == self._max_per_second else self.per_second

    def seconds_held(self, now: float) -> float:
        """How long the server has asked everyone to wait; 0 or less when it has not."""
        return self._held_until - now

    def limit_to(self, requests_per_minute: float) -> None:
        """Sets another maximum."""
        is_fastest, self._max_per_second = self.per_second == self._max_per_second, requests_per_minute / 60
        self.per_second = self._max_per_second if is_fastest else min(self.per_second, self._max_per_second)
        self._before_backoff = min(self._before_backoff, self._max_per_second) if not is_fastest else self.per_second

    def learn(self, now: float, *, hold_seconds: float, per_second: float | None) -> None:
        """Takes over what another client of the server has learned; its rate only before the first request."""
        self._held_until = max(self._held_until, now + hold_seconds)
        if per_second is not None and not self._starts and per_second < self.per_second:
            self.per_second = self._before_backoff = per_second
            self._backed_off_at = now

    def start(self, now: float) -> None:
        """Records the start of a request."""
        self._next_start = max(self._next_start, now) + 1 / self.per_second
        self._starts.append(now)
        self._forget(now)

    def succeeded(self, now: float) -> None:
        """Records an answer: the rate grows, at most to twice its value."""
        self._limited_since = None
        if self.per_second == self._max_per_second:
            return
        recovery = max(RECOVERY_SECONDS, RECOVERY_REQUESTS / self._before_backoff)
        grown = self._before_backoff * (1 + (1 - BACKOFF_FACTOR) * ((now - self._backed_off_at) / recovery - 1) ** 3)
        self.per_second = min(max(self.per_second, grown), 2 * self.per_second, self._max_per_second)

    def refused(self, now: float, *, hold_seconds: float, is_rate_limit: bool) -> float:
        """Records a refusal: nothing starts for `hold_seconds`, a rate limit lowers the rate, and the result is 0.

        A stray refusal among many starts concerns its own request only: nothing else changes, and the result is how long
        that request has to wait.
        """
        if is_rate_limit and self._limited_since is None:
            self._limited_since = now
        self._refusals.append(now)
        self._forget(now)
        stray = STRAY_SHARE * max(len(self._starts), MIN_STARTS)
        if len(self._refusals) <= stray + STRAY_DEVIATIONS * sqrt(stray):
            return hold_seconds
        self._held_until = max(self._held_until, now + hold_seconds)
        if is_rate_limit and now - self._backed_off_at >= BACKOFF_SECONDS:
            self._backed_off_at = now
            self._before_backoff = min(self.per_second, self._actual_rate(now))
            self.per_second = max(self._before_backoff * BACKOFF_FACTOR, min(MIN_PER_SECOND, self._max_per_second))
        return 0.0

    def _actual_rate(self, now: float) -> float:
        starts = [moment for moment in self._starts if moment >= now - WINDOW_SECONDS]
        return len(starts) / max(1.0, now - starts[0]) if starts else 1 / WINDOW_SECONDS

    def _forget(self, now: float) -> None:
        while len(self._starts) > MIN_STARTS and self._starts[0] < now - WINDOW_SECONDS:
            self._starts.popleft()
        while self._refusals and self._starts and self._refusals[0] < self._starts[0]:
            self._refusals.popleft()
