"""The limits of endpoints and of spending that all runs of a store share: exchanged through the store about once a second."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from judge_pipeline.domain.project_budget import ProjectBudget
from judge_pipeline.engine.run_identity import RunIdentity
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import SpendingLimitReached
from judge_pipeline.models.rate_limiter import RateLimiter
from judge_pipeline.models.shared_allowance import SharedAllowance
from judge_pipeline.models.shared_endpoint import KEPT_SECONDS, SharedEndpoint, left_behind
from judge_pipeline.models.spending_limits import ADVICE, SpendingLimits
from judge_pipeline.models.spending_needs import Allowance
from judge_pipeline.store.budget_leases import BudgetLease, Held
from judge_pipeline.store.errors import StoreError
from judge_pipeline.store.store import ProjectStore

RENEWAL_SECONDS = 1.0
"""Also the longest time that a change takes to reach another run, which gives up what it holds one renewal later."""

LEASE_SECONDS = 10.0
"""When the share of a killed run is free again. A run that could not renew its own for so long starts nothing."""

STORE_OUTAGE_SECONDS = 60.0
"""After this a run without renewals ends: it would wait for its share for ever."""

CAPS_KEPT_SECONDS = 7 * 86_400.0
"""How long what the runs of a launch have spent counts for those that follow; longer than any backfill takes."""

BUDGET_READ_SECONDS = 10.0
"""What the project's answers cost is added up so often; what the runs spend in between is in their leases."""

NANODOLLAR = 1e-9


Clock = Callable[[], datetime]


class Client(Protocol):
    """What asks an endpoint."""

    @property
    def endpoint(self) -> Endpoint:
        """Which one."""

    @property
    def rate_limiter(self) -> RateLimiter:
        """What all its questions go through."""


class SharedBudget:
    """One run's part of the limits. Its methods belong to the event loop; the store is asked in a thread."""

    def __init__(
        self,
        store: ProjectStore,
        run: RunIdentity,
        limits: SpendingLimits,
        endpoints: Sequence[SharedEndpoint],
        budget: ProjectBudget | None,
        *,
        clock: "Clock | None" = None,
    ) -> None:
        self._store = store
        self._run = run
        self._limits = limits
        self._endpoints = endpoints
        self._budget = budget
        self._clock = clock
        self._runs_key = f"runs:{store.project_hash}"
        self._caps_key = ""
        self._calls = SharedAllowance(unit=1) if limits.max_model_calls is not None else None
        self._usd = SharedAllowance(unit=NANODOLLAR) if limits.max_cost_usd is not None else None
        self._of_budget = SharedAllowance(unit=NANODOLLAR) if budget else None
        self._read_budget_at = float("-inf")
        self._budget_key = ""
        self._spent_usd = 0.0
        self._unpriced = 0
        self._base: dict[str, int] | None = None
        self._others = 0

    @property
    def sentence(self) -> str:
        """How much of the project's budget is spent; empty without one."""
        if self._budget is None or self._of_budget is None:
            return ""
        spent = self._spent_usd + self._of_budget.spent * NANODOLLAR
        return self._budget.sentence(max(0.0, spent), self._unpriced)

    async def renew(self, *, is_over: bool = False) -> None:
        """Exchanges this run's part once, and keeps to the result.

        Raises:
            StoreError: the store cannot be asked.
        """
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        reports = {endpoint.key: endpoint.report() for endpoint in self._endpoints}
        needs = {"calls": self._limits.calls_needed, "usd": self._limits.usd_needed}
        reads_budget = bool(self._of_budget) and self._is_budget_old(asked_at)
        exchange = partial(self._exchange, reports, needs, reads_budget, is_over)
        if self._clock:
            exchange()
        else:
            await asyncio.to_thread(exchange)
        if reads_budget:
            self._read_budget_at = asked_at
        if is_over:
            return
        for endpoint in self._endpoints:
            endpoint.apply(expires_at=asked_at + LEASE_SECONDS)
        self._limits.allow(self._allowance())

    def check(self) -> None:
        """Raises SpendingLimitReached if the project's budget is used up before the first call."""
        if self._budget and self._of_budget and self._of_budget.allowed <= 0 and self._of_budget.is_last:
            raise SpendingLimitReached(self._budget.used_up(self._spent_usd))

    def _is_budget_old(self, now: float) -> bool:
        is_last = self._of_budget is not None and self._of_budget.is_last and self._others > 0
        return is_last or now - self._read_budget_at >= BUDGET_READ_SECONDS

    def _exchange(
        self, reports: Mapping[str, Any], needs: Mapping[str, Any], reads_budget: bool, is_over: bool
    ) -> None:
        leases, seconds = self._store.budget_leases, 0.0 if is_over else LEASE_SECONDS
        keys = dict.fromkeys(reports, KEPT_SECONDS)
        if self._calls or self._usd:
            if not self._caps_key:
                self._join(seconds)
            keys |= {self._runs_key: 0.0, self._caps_key: CAPS_KEPT_SECONDS}
        if self._budget and (reads_budget or not self._budget_key):
            start = self._budget.period.start(self._clock() if self._clock else leases.now())
            spending = self._store.spent_since(start)
            self._spent_usd, self._unpriced, self._base = spending.cost_usd, spending.unpriced, None
            self._budget_key = f"budget:{self._store.project_hash}"
        if self._budget_key:
            keys[self._budget_key] = KEPT_SECONDS
        now = self._clock() if self._clock else None
        shares = partial(self._shares, reports, needs, is_over)
        leases.exchange(self._run.run_id, keys, shares, seconds=seconds, now=now)

    def _shares(
        self, reports: Mapping[str, Any], needs: Mapping[str, Any], is_over: bool, now: datetime, held: Held
    ) -> dict[str, Mapping[str, Any]]:
        me, moment = self._run.run_id, now.timestamp()
        shares: dict[str, Mapping[str, Any]] = {}
        for endpoint in self._endpoints:
            share = endpoint.renew(moment, me, reports[endpoint.key], held[endpoint.key])
            shares[endpoint.key] = left_behind(share) if is_over else share
        if self._caps_key:
            shares[self._runs_key] = self._of_run
            of_caps: dict[str, Any] = {}
            if self._calls and (cap := self._limits.max_model_calls) is not None:
                of_caps["calls"] = self._calls.renew(cap, me, needs["calls"], _of(held[self._caps_key], "calls"))
            if self._usd and (usd := self._limits.max_cost_usd) is not None:
                of_caps["usd"] = self._usd.renew(_nano(usd), me, needs["usd"], _of(held[self._caps_key], "usd"))
            shares[self._caps_key] = of_caps
            self._others = len(held[self._caps_key].keys() - {me})
        if self._budget and self._of_budget:
            found = held[self._budget_key]
            if self._base is None:
                self._base = {holder: int(lease.share["started"]) for holder, lease in found.items()}
                self._base[me] = round(needs["usd"].settled / NANODOLLAR)
            left = _nano(self._budget.usd) - _nano(self._spent_usd)
            shares[self._budget_key] = self._of_budget.renew(left, me, needs["usd"], found, self._base)
        return shares

    def _join(self, seconds: float) -> None:
        """Finds the caps that this run shares: those of its launch, else of a run that is at work, else new ones."""
        own = f"caps:{self._store.project_hash}:{self._run.launch}"

        def join(_now: datetime, held: Held) -> dict[str, Mapping[str, Any]]:
            at_work = sorted(
                lease.share["caps"]
                for holder, lease in held[self._runs_key].items()
                if lease.is_live and lease.share.get("is_shared") and not self._run.has_ended(holder)
            )
            self._caps_key = own if held[own] or self._run.has_own_caps or not at_work else at_work[0]
            return {self._runs_key: self._of_run}

        keys = {self._runs_key: 0.0, own: CAPS_KEPT_SECONDS}
        now = self._clock() if self._clock else None
        self._store.budget_leases.exchange(self._run.run_id, keys, join, seconds=seconds, now=now)

    @property
    def _of_run(self) -> Mapping[str, Any]:
        return {"caps": self._caps_key, "is_shared": not self._run.has_own_caps}

    def _allowance(self) -> Allowance:
        usd, is_last, reached = None, True, ""
        if self._usd:
            usd, is_last = self._usd.allowed * NANODOLLAR, self._usd.is_last
            if self._others:
                spent = self._usd.spent * NANODOLLAR
                reached = (
                    f"this run and those with it have spent ${spent:.4f} of their ${self._limits.max_cost_usd:g} "
                    f"(max_cost_usd); {ADVICE}"
                )
        if self._budget and self._of_budget and (usd is None or self._of_budget.allowed * NANODOLLAR < usd):
            usd, is_last = self._of_budget.allowed * NANODOLLAR, self._of_budget.is_last
            reached = self._budget.used_up(self._spent_usd + max(0.0, self._of_budget.spent * NANODOLLAR))
        return Allowance(
            self._calls.allowed if self._calls else None,
            usd,
            calls_are_last=self._calls.is_last if self._calls else True,
            usd_are_last=is_last,
            reached=reached,
        )


@asynccontextmanager
async def shared_budget(
    store: ProjectStore,
    run: RunIdentity,
    limits: SpendingLimits,
    clients: Sequence[Client],
    budget: ProjectBudget | None = None,
    *,
    clock: Clock | None = None,
) -> AsyncIterator[SharedBudget]:
    """Shares the limits of these clients with all other runs of the store, until the end of the block.

    By default the store's clock counts. With a `clock`, for simulations, the store is asked in the event loop itself.

    Raises:
        StoreError: the store cannot be asked. SpendingLimitReached: the project's budget is used up.
    """
    endpoints = [SharedEndpoint(client.endpoint, client.rate_limiter) for client in clients]
    shared = SharedBudget(store, run, limits, endpoints, budget, clock=clock)

    ended = asyncio.Event()

    async def renew_until_ended() -> None:
        loop = asyncio.get_running_loop()
        renewed_at = loop.time()
        while not ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(RENEWAL_SECONDS):
                    await ended.wait()
                    return
            try:
                await shared.renew()
            except StoreError as error:
                if loop.time() - renewed_at > STORE_OUTAGE_SECONDS:
                    for client in clients:
                        client.rate_limiter.close(error)
            else:
                renewed_at = loop.time()

    try:
        await shared.renew()
        shared.check()
        renewal = asyncio.create_task(renew_until_ended())
        try:
            yield shared
        finally:
            ended.set()
            await renewal
    finally:
        with suppress(StoreError):
            await shared.renew(is_over=True)


def _nano(usd: float) -> int:
    return round(usd / NANODOLLAR)


def _of(leases: Mapping[str, BudgetLease], limit: str) -> dict[str, BudgetLease]:
    """The part of each run's lease that is about one of the caps."""
    return {
        holder: BudgetLease(holder, lease.share[limit], lease.expires_at, lease.is_live)
        for holder, lease in leases.items()
        if limit in lease.share
    }
