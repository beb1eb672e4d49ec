"""The limits that the models of one run share: calls and dollars."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.spending import Spent
from judge_pipeline.models.cost import has_price
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import SpendingLimitReached, SpendingLimitUnusable
from judge_pipeline.models.exchange import Reply

ROUNDING = 1 + 1e-9
"""Ten calls of 0.1 dollars are within a limit of 1, despite floating point."""

ADVICE = "launch the remaining tags again with a higher limit or none; finished work is not paid for twice"


@dataclass(slots=True)
class PendingCall:
    """One request under the limits. A request that the server refused is not counted, because it is not billed."""

    spending_limits: "SpendingLimits"
    endpoint: Endpoint

    def succeeded(self, reply: Reply) -> None:
        """It returned a completion."""
        self.spending_limits.count(reply, self.endpoint)

    def lost(self) -> None:
        """Its answer did not arrive, but may have been billed."""
        self.spending_limits.count_lost(self.endpoint)


class SpendingLimits:
    """Shared by the clients of a run, in one event loop. None means no limit.

    A call is a request that was answered, including retries and repairs, or whose answer was lost on its way.
    Once as many calls as allowed are counted or in flight, the next one waits for these; none starts after the last.
    In dollars, each call in flight counts as the most expensive one of its endpoint so far, and an endpoint has at most
    one more call in flight than it has answered. So the limit is exceeded by no more than what the last calls cost above the
    most expensive one before them.

    Raises:
        SpendingLimitUnusable: a limit is not above 0.
    """

    def __init__(self, *, max_model_calls: int | None = None, max_cost_usd: float | None = None) -> None:
        for name, limit in {"max_model_calls": max_model_calls, "max_cost_usd": max_cost_usd}.items():
            if limit is not None and not limit > 0:
                raise SpendingLimitUnusable(
                    f"{name} is {limit:g}, expected a number above 0; leave it out for no limit"
                )
        self.max_model_calls = max_model_calls
        self.max_cost_usd = max_cost_usd
        self.calls = 0
        self.spent = Spent()
        self._counted_usd = 0.0
        self._max_call_usd: dict[str, float] = {}
        self._answered: Counter[str] = Counter()
        self._in_flight: Counter[str] = Counter()
        self._unpriced: Endpoint | None = None
        self._changed = asyncio.Event()

    def __str__(self) -> str:
        """What was spent, for the log."""
        tokens = Usage(self.spent.prompt_tokens, self.spent.completion_tokens).total_tokens
        counted = "an unknown number of tokens" if tokens is None else f"{tokens:,} tokens"
        cost = "an unknown cost" if self.spent.cost_usd is None else f"${self.spent.cost_usd:.4f}"
        return f"{self.calls:,} model calls, {counted}, {cost}"

    def check(self, endpoints: Iterable[Endpoint]) -> None:
        """Checks that the limits can be enforced with these.

        Raises:
            SpendingLimitUnusable: there is a limit in dollars, and the price of one of them is unknown.
        """
        for endpoint in endpoints:
            if self.max_cost_usd is not None and not has_price(endpoint):
                raise SpendingLimitUnusable(
                    f"max_cost_usd is set, but the price of {endpoint} is unknown; set "
                    f"{endpoint.name}__INPUT_USD_PER_MILLION_TOKENS and {endpoint.name}__OUTPUT_USD_PER_MILLION_TOKENS"
                )

    @asynccontextmanager
    async def call(self, endpoint: Endpoint) -> AsyncIterator[PendingCall]:
        """Waits until one more request fits the limits, and counts it as in flight until it is done.

        Raises:
            SpendingLimitReached: none will fit any more. SpendingLimitUnusable: what was spent is unknown.
        """
        while not self._has_room(endpoint):
            self._changed.clear()
            await self._changed.wait()
        self._in_flight[endpoint.name] += 1
        try:
            yield PendingCall(self, endpoint)
        finally:
            self._in_flight[endpoint.name] -= 1
            self._changed.set()

    def count(self, reply: Reply, endpoint: Endpoint) -> None:
        """Counts an answer."""
        self.calls += 1
        self._answered[endpoint.name] += 1
        usage = reply.usage
        self.spent += Spent.of(usage, cost_usd=reply.cost_usd, seconds=reply.seconds)
        if reply.cost_usd is None:
            self._unpriced = self._unpriced or endpoint
        else:
            self._counted_usd += reply.cost_usd
            self._max_call_usd[endpoint.name] = max(reply.cost_usd, self._max_call_usd.get(endpoint.name, 0.0))

    def count_lost(self, endpoint: Endpoint) -> None:
        """Counts a call whose answer was lost at the highest cost so far: towards the limits, but not in `spent`."""
        self.calls += 1
        self._counted_usd += self._max_call_usd.get(endpoint.name, 0.0)

    def _has_room(self, endpoint: Endpoint) -> bool:
        return self._has_room_for_calls() and self._has_room_for_dollars(endpoint)

    def _has_room_for_calls(self) -> bool:
        if self.max_model_calls is None:
            return True
        if self.calls >= self.max_model_calls:
            raise SpendingLimitReached(
                f"the run has reached its limit of {self.max_model_calls} model calls (max_model_calls); {ADVICE}"
            )
        return self.calls + self._in_flight.total() < self.max_model_calls

    def _has_room_for_dollars(self, endpoint: Endpoint) -> bool:
        limit = self.max_cost_usd
        if limit is None:
            return True
        if self._unpriced is not None:
            raise SpendingLimitUnusable(
                f"max_cost_usd is set, but {self._unpriced} does not report the tokens of its answers; "
                "set max_model_calls instead"
            )
        if self._in_flight[endpoint.name] > self._answered[endpoint.name]:
            return False
        next_usd = self._max_call_usd.get(endpoint.name, 0.0)
        expected = sum(count * self._max_call_usd.get(name, 0.0) for name, count in self._in_flight.items())
        if self._counted_usd < limit:
            if self._counted_usd + expected + next_usd <= limit * ROUNDING:
                return True
            if self._in_flight.total():
                return False
        raise SpendingLimitReached(
            f"the run has spent ${self._counted_usd:.4f} of its ${limit:g} (max_cost_usd), and the next call "
            f"may cost ${next_usd:.4f}; {ADVICE}"
        )
