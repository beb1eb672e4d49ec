"""The limits that the models of one run share: calls and dollars. Work that has begun is finished before new work begins."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.spending import Spent
from judge_pipeline.models.cost import has_price
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import SpendingLimitReached, SpendingLimitUnusable
from judge_pipeline.models.exchange import Reply
from judge_pipeline.models.spending_needs import Allowance, Needs, PendingCall, Work

ROUNDING = 1 + 1e-9
"""Ten calls of 0.1 dollars are within a limit of 1, despite floating point."""

ADVICE = "launch the remaining tags again with a higher limit or none; finished work is not paid for twice"


_work: ContextVar[Work | None] = ContextVar("judge_pipeline_work", default=None)
"""The work that the running task's calls belong to."""


class SpendingLimits:
    """Shared by the clients of a run, in one event loop. None means no limit.

    A call is a request that was answered, including retries and repairs, or whose answer was lost on its way.
    Once as many calls as allowed are counted or in flight, the next one waits for these; none starts after the last.
    In dollars, each call in flight counts as the most expensive one of its endpoint so far, and an endpoint has at most
    one more call in flight than it has answered. So the limit is exceeded by no more than what the last calls cost above the
    most expensive one before them.

    Calls `within` one piece of work are reserved when its first one starts. Work that does not fit as a whole waits for what
    others give back; when none of it is left to begin as a whole, the last calls go to parts.

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
        self.noted = 0
        self.noted_usd = 0.0
        self._counted_usd = 0.0
        self._max_call_usd: dict[str, float] = {}
        self._answered: Counter[str] = Counter()
        self._in_flight: Counter[str] = Counter()
        self._unpriced: Endpoint | None = None
        self._needs_prices = "max_cost_usd" if max_cost_usd is not None else ""
        self._changed = asyncio.Event()
        self._begun: set[Work] = set()
        self._reserved: Counter[str] = Counter()
        self._waiting: list[Work | None] = []
        self._allowance = Allowance(max_model_calls, max_cost_usd)

    def __str__(self) -> str:
        """What was spent, for the log."""
        tokens = Usage(self.spent.prompt_tokens, self.spent.completion_tokens).total_tokens
        counted = "an unknown number of tokens" if tokens is None else f"{tokens:,} tokens"
        cost = "an unknown cost" if self.spent.cost_usd is None else f"${self.spent.cost_usd:.4f}"
        spent = f"{self.calls - self.noted:,} model calls, {counted}, {cost}"
        if self.noted:
            spent += f", and {self.noted:,} questions for model batches, at most ${self.noted_usd:.4f}"
        return spent

    def check(self, endpoints: Iterable[Endpoint]) -> None:
        """Checks that the limits can be enforced with these.

        Raises:
            SpendingLimitUnusable: there is a limit in dollars, and the price of one of them is unknown.
        """
        for endpoint in endpoints:
            if self._needs_prices and not has_price(endpoint):
                raise SpendingLimitUnusable(
                    f"{self._needs_prices} is set, but the price of {endpoint} is unknown; set "
                    f"{endpoint.name}__INPUT_USD_PER_MILLION_TOKENS and {endpoint.name}__OUTPUT_USD_PER_MILLION_TOKENS"
                )

    def need_prices(self, setting: str) -> None:
        """Another limit in dollars, the one of this setting, will be part of the allowance."""
        self._needs_prices = self._needs_prices or setting

    @asynccontextmanager
    async def call(self, endpoint: Endpoint, *, usd: float | None = None) -> AsyncIterator[PendingCall]:
        """Waits until one more request fits the limits, and counts it as in flight until it is done.

        `usd` is what it may cost, if that is known in advance.

        Raises:
            SpendingLimitReached: none will fit any more. SpendingLimitUnusable: what was spent is unknown.
        """
        work = _work.get()
        if usd is not None:
            self._max_call_usd[endpoint.name] = max(usd, self._max_call_usd.get(endpoint.name, 0.0))
        if not self._has_room(endpoint, work):
            self._waiting.append(work)
            try:
                while not self._has_room(endpoint, work):
                    self._changed.clear()
                    await self._changed.wait()
            finally:
                self._waiting.remove(work)
        expected = self._take(endpoint, work)
        self._in_flight[endpoint.name] += 1
        call = PendingCall(self, endpoint)
        try:
            yield call
        finally:
            self._in_flight[endpoint.name] -= 1
            if work in self._begun and expected and not call.is_counted:
                work.left[expected] += 1
                self._reserved[expected] += 1
            self._changed.set()

    @contextmanager
    def within(self, calls: Mapping[str, int]) -> Iterator[None]:
        """The calls made in this block are one piece of work, which takes so many calls of each endpoint."""
        work = Work(Counter(calls))
        token = _work.set(work)
        try:
            yield
        finally:
            _work.reset(token)
            if work in self._begun:
                self._begun.remove(work)
                self._reserved -= work.left
            self._changed.set()

    def allow(self, allowance: Allowance) -> None:
        """Sets what the run may spend of limits that it shares."""
        self._allowance = allowance
        self._changed.set()

    @property
    def calls_needed(self) -> Needs:
        """In calls."""
        started = self.calls + self._in_flight.total()
        return Needs(
            self.calls,
            started,
            started + self._reserved.total(),
            self._next(lambda work: work.left.total() if work else 1),
        )

    @property
    def usd_needed(self) -> Needs:
        """In dollars; work of unknown cost needs more than nothing."""
        started = self._counted_usd + self._usd(self._in_flight)
        return Needs(
            self._counted_usd,
            started,
            started + self._usd(self._reserved),
            self._next(lambda work: max(self._usd(work.left) if work else 0, 1e-9)),
        )

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

    def count_noted(self, endpoint: Endpoint, usd: float | None) -> None:
        """Counts a question for a model batch, towards the limits; it is spent once it is answered."""
        self.calls += 1
        self.noted += 1
        self._answered[endpoint.name] += 1
        self.noted_usd += usd or 0.0
        self._counted_usd += usd or 0.0

    def count_collected(self, replies: Iterable[Reply]) -> None:
        """Counts answers of model batches as spent, not towards the limits: the run that noted the questions did that."""
        for reply in replies:
            self.spent += Spent.of(reply.usage, cost_usd=reply.cost_usd, seconds=reply.seconds)

    def give_back(self, *, questions: int, usd: float) -> None:
        """Counts questions no longer that have not been submitted after all."""
        self.calls -= questions
        self.noted -= questions
        self.noted_usd -= usd
        self._counted_usd -= usd
        self._changed.set()

    def count_lost(self, endpoint: Endpoint) -> None:
        """Counts a call whose answer was lost at the highest cost so far: towards the limits, but not in `spent`."""
        self.calls += 1
        self._counted_usd += self._max_call_usd.get(endpoint.name, 0.0)

    def _usd(self, calls: Mapping[str, int]) -> float:
        """What so many calls may cost, by the most expensive ones so far."""
        return sum(count * self._max_call_usd.get(name, 0.0) for name, count in calls.items())

    def _next(self, need: Callable[[Work | None], float]) -> float:
        """The least that anything that waits, and has not begun, needs."""
        return min((need(work) for work in self._waiting if work not in self._begun), default=0.0)

    def _take(self, endpoint: Endpoint, work: Work | None) -> str | None:
        """Begins the work unless it has begun, and takes one of its calls."""
        if work is None or not self._is_limited:
            return None
        if work not in self._begun:
            if (limit := self._allowance.calls) is not None:
                left = int(limit - self.calls_needed.committed)
                while work.left.total() > left:
                    work.take(next(name for name in reversed(list(work.left)) if work.left[name]))
            self._begun.add(work)
            self._reserved += work.left
        if taken := work.take(endpoint.name):
            self._reserved[taken] -= 1
        return taken

    @property
    def _is_limited(self) -> bool:
        return self._allowance.calls is not None or self._allowance.usd is not None

    def _has_room(self, endpoint: Endpoint, work: Work | None) -> bool:
        if not self._is_limited:
            return True
        if work and (work in self._begun or not work.left.total()):
            is_new, calls = False, int(not work.left.total())
        else:
            is_new, calls = work is not None, work.left.total() if work else 1
        in_calls = self._has_room_for_calls(calls)
        return in_calls and self._has_room_for_dollars(endpoint, work if is_new else None)

    def _has_room_for_calls(self, calls: int) -> bool:
        limit = self._allowance.calls
        if limit is None or not calls or (needs := self.calls_needed).committed + calls <= limit:
            return True
        is_idle = needs.committed == needs.settled
        if self._allowance.calls_are_last and (is_idle or self.calls >= limit):
            if self.calls < limit:
                return True  # for a part of the work
            whose = (
                "the run has reached its"
                if limit == self.max_model_calls
                else "this run and those with it have reached their"
            )
            raise SpendingLimitReached(
                f"{whose} limit of {self.max_model_calls} model calls (max_model_calls); {ADVICE}"
            )
        return False

    def _has_room_for_dollars(self, endpoint: Endpoint, work: Work | None) -> bool:
        """Whether this call may start; `work` is what begins with it."""
        limit = self._allowance.usd
        if limit is None:
            return True
        if self._unpriced is not None:
            raise SpendingLimitUnusable(
                f"{self._needs_prices} is set, but {self._unpriced} does not report the tokens of its answers; "
                "set max_model_calls instead"
            )
        if self._in_flight[endpoint.name] > self._answered[endpoint.name]:
            return False
        next_usd = self._max_call_usd.get(endpoint.name, 0.0)
        taken = self._counted_usd + self._usd(self._in_flight)
        if work:
            if self._begun and not all(self._answered[name] for name in work.left):
                return False  # the first work of a run shows what the calls cost
            if (
                taken + self._usd(self._reserved) + self._usd(work.left) <= limit * ROUNDING
                and self._counted_usd < limit
            ):
                return True
            if self._reserved.total():
                return False
        if self._counted_usd < limit:
            if taken + next_usd <= limit * ROUNDING and (not work or self._allowance.usd_are_last):
                return True
            if self._in_flight.total():
                return False
        if not self._allowance.usd_are_last:
            return False
        raise SpendingLimitReached(
            self._allowance.reached
            or f"the run has spent ${self._counted_usd:.4f} of its ${limit:g} (max_cost_usd), and the next call "
            f"may cost ${next_usd:.4f}; {ADVICE}"
        )
