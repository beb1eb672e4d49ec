"""How many tokens may start within a minute. Pure but for the times it is told."""

from collections import deque
from dataclasses import dataclass

MINUTE_SECONDS = 61.0
"""A second more than the server's minute: what starts a minute apart here may arrive there a little closer."""


@dataclass(slots=True, eq=False)
class Charge:
    """The tokens of one request, from the moment when it started: reserved first, then as the answer counts them."""

    started_at: float
    tokens: int


class TokenBudget:
    """The moments at which requests of a known size may start.

    Over any minute the tokens of the requests that start in it are at most `tokens_per_minute`; a request that is larger
    than that passes once nothing else was charged for a minute. All times are seconds of one monotonic clock.
    """

    def __init__(self, *, tokens_per_minute: float) -> None:
        self._limit = tokens_per_minute
        self._charges: deque[Charge] = deque()
        self._charged = 0

    def seconds_until_start(self, now: float, *, tokens: int) -> float:
        """How long a request of `tokens` has to wait that is ready at `now`; 0 when it may start."""
        self._forget_before(now - MINUTE_SECONDS)
        left = self._charged
        if left + tokens <= self._limit:
            return 0.0
        free_at = now
        for charge in self._charges:
            left -= charge.tokens
            free_at = charge.started_at + MINUTE_SECONDS
            if left + tokens <= self._limit:
                break
        return max(0.0, free_at - now)

    def start(self, now: float, *, tokens: int) -> Charge:
        """Charges a request that starts."""
        charge = Charge(now, tokens)
        self._charges.append(charge)
        self._charged += tokens
        return charge

    def correct(self, charge: Charge, *, tokens: int) -> None:
        """Replaces what was reserved by what the request took."""
        if self._charges and charge.started_at >= self._charges[0].started_at:
            self._charged += tokens - charge.tokens
            charge.tokens = tokens

    def _forget_before(self, moment: float) -> None:
        while self._charges and self._charges[0].started_at <= moment:
            self._charged -= self._charges.popleft().tokens
