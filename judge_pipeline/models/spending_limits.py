"""What the models of one run may take together: calls and dollars."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.spending import Spent
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import SpendingLimitReached, SpendingLimitUnusable
from judge_pipeline.models.exchange import Reply
from judge_pipeline.models.price_list import has_price

ROUNDING = 1 + 1e-9
"""Ten calls of 0.1 dollars are within a cap of 1, whatever floating point makes of their sum."""

ADVICE = "launch the rest again, with a higher cap or none; what is done is not paid for twice"


@dataclass(slots=True)
class Call:
    """One request under the spending_limits. Nothing is counted for one that the server turned down: nobody bills that."""

    spending_limits: "SpendingLimits"
    endpoint: Endpoint

    def answered(self, reply: Reply) -> None:
        """It brought a completion."""
        self.spending_limits.count(reply, self.endpoint)

    def lost(self) -> None:
        """It brought nothing, and may have been answered and billed all the same."""
        self.spending_limits.presume(self.endpoint)


class SpendingLimits:
    """Shared by the clients of a run, in one event loop. A cap of None is none.

    A call is a request that was answered, retries and rounds of repair included, or whose answer was lost on its way.
    Once as many calls as allowed are counted or under way, the next waits for these, and none begins after the last.
    In dollars, each call under way counts as the dearest one of its endpoint so far, and an endpoint is asked no more
    questions at once than it has answered, and one. So the cap is passed by no more than the last calls cost above the
    dearest before them.

    Raises:
        SpendingLimitUnusable: a cap is not above 0.
    """

    def __init__(self, *, max_model_calls: int | None = None, max_cost_usd: float | None = None) -> None:
        for name, cap in {"max_model_calls": max_model_calls, "max_cost_usd": max_cost_usd}.items():
            if cap is not None and not cap > 0:
                raise SpendingLimitUnusable(
                    f"{name} is {cap:g}, a number above 0 was expected; leave it out for no cap"
                )
        self.max_model_calls = max_model_calls
        self.max_cost_usd = max_cost_usd
        self.calls = 0
        self.spent = Spent()
        self._counted_usd = 0.0
        self._dearest_usd: dict[str, float] = {}
        self._answered: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()
        self._uncounted: Endpoint | None = None
        self._news = asyncio.Event()

    def __str__(self) -> str:
        """What is spent, for people."""
        tokens = Usage(self.spent.prompt_tokens, self.spent.completion_tokens).total_tokens
        counted = "an unknown number of tokens" if tokens is None else f"{tokens:,} tokens"
        cost = "an unknown sum" if self.spent.cost_usd is None else f"${self.spent.cost_usd:.4f}"
        return f"{self.calls:,} model calls, {counted}, {cost}"

    def check(self, endpoints: Iterable[Endpoint]) -> None:
        """Whether the cap can be kept with these.

        Raises:
            SpendingLimitUnusable: the cap is in dollars, and the price of one of them is not known.
        """
        for endpoint in endpoints:
            if self.max_cost_usd is not None and not has_price(endpoint):
                raise SpendingLimitUnusable(
                    f"max_cost_usd is set and the price of {endpoint} is not known; set "
                    f"{endpoint.name}__INPUT_USD_PER_MILLION_TOKENS and {endpoint.name}__OUTPUT_USD_PER_MILLION_TOKENS"
                )

    @asynccontextmanager
    async def call(self, endpoint: Endpoint) -> AsyncIterator[Call]:
        """The time of one request, once there is room for it.

        Raises:
            SpendingLimitReached: there will be none. SpendingLimitUnusable: what is spent cannot be told any more.
        """
        while not self._has_room(endpoint):
            self._news.clear()
            await self._news.wait()
        self._under_way[endpoint.name] += 1
        try:
            yield Call(self, endpoint)
        finally:
            self._under_way[endpoint.name] -= 1
            self._news.set()

    def count(self, reply: Reply, endpoint: Endpoint) -> None:
        """Counts an answer."""
        self.calls += 1
        self._answered[endpoint.name] += 1
        usage = reply.usage
        self.spent += Spent.of(usage, cost_usd=reply.cost_usd, seconds=reply.seconds)
        if reply.cost_usd is None:
            self._uncounted = self._uncounted or endpoint
        else:
            self._counted_usd += reply.cost_usd
            self._dearest_usd[endpoint.name] = max(reply.cost_usd, self._dearest_usd.get(endpoint.name, 0.0))

    def presume(self, endpoint: Endpoint) -> None:
        """Counts a call without its answer, as dear as the dearest: towards the caps, and in no sum that is told."""
        self.calls += 1
        self._counted_usd += self._dearest_usd.get(endpoint.name, 0.0)

    def _has_room(self, endpoint: Endpoint) -> bool:
        return self._has_room_for_calls() and self._has_room_for_dollars(endpoint)

    def _has_room_for_calls(self) -> bool:
        if self.max_model_calls is None:
            return True
        if self.calls >= self.max_model_calls:
            raise SpendingLimitReached(
                f"the {self.max_model_calls} model calls that max_model_calls allows a run are made; {ADVICE}"
            )
        return self.calls + self._under_way.total() < self.max_model_calls

    def _has_room_for_dollars(self, endpoint: Endpoint) -> bool:
        cap = self.max_cost_usd
        if cap is None:
            return True
        if self._uncounted is not None:
            raise SpendingLimitUnusable(
                f"max_cost_usd is set and {self._uncounted} does not say how many tokens its answers took; "
                "set max_model_calls instead"
            )
        if self._under_way[endpoint.name] > self._answered[endpoint.name]:
            return False
        dearest = self._dearest_usd.get(endpoint.name, 0.0)
        expected = sum(count * self._dearest_usd.get(name, 0.0) for name, count in self._under_way.items())
        if self._counted_usd < cap:
            if self._counted_usd + expected + dearest <= cap * ROUNDING:
                return True
            if self._under_way.total():
                return False
        raise SpendingLimitReached(
            f"${self._counted_usd:.4f} of the ${cap:g} that max_cost_usd allows a run are spent, and the next call "
            f"may cost ${dearest:.4f}; {ADVICE}"
        )
