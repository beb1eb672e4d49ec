"""One budget for all runs of a store: they never exceed a limit together, share it fairly, and finish what they begin."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from judge_pipeline.domain.model_answer import ModelAnswer
from judge_pipeline.domain.project_budget import BudgetPeriod, ProjectBudget
from judge_pipeline.engine.run_identity import RunIdentity
from judge_pipeline.engine.shared_budget import LEASE_SECONDS, SharedBudget, shared_budget
from judge_pipeline.models.caller import Caller
from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import Endpoint, Price
from judge_pipeline.models.errors import SpendingLimitReached
from judge_pipeline.models.exchange import MODEL_RETRIES, Failure, Reply
from judge_pipeline.models.rate_limiter import RateLimiter
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.store.store import ProjectStore, Store
from judge_pipeline_tests.models.conftest import PLAIN
from judge_pipeline_tests.models.virtual_server import VirtualServer, numbered
from judge_pipeline_tests.models.virtual_time import run_in_virtual_time

START = datetime.now(UTC)
ENDPOINT = Endpoint("LLM1", "https://models.example/v1", "small", concurrency=16, price=Price(1000.0, 0.0))
"""Ten cents a call."""


def now() -> datetime:
    return START + timedelta(seconds=asyncio.get_running_loop().time())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ProjectStore]:
    opened = Store.open(f"sqlite:///{tmp_path}/store.db")
    yield opened.project("p")
    opened.close()


@dataclass
class Run:
    """One run: its own limiter and limits, before the same server."""

    store: ProjectStore
    server: VirtualServer
    name: str
    endpoint: Endpoint = ENDPOINT
    limits: SpendingLimits = field(default_factory=SpendingLimits)
    budget: ProjectBudget | None = None
    starts_at: float = 0.0
    launch: str = ""
    started: list[float] = field(default_factory=list)
    tags: Counter[int] = field(default_factory=Counter)
    errors: list[BaseException] = field(default_factory=list)
    shared: SharedBudget | None = None

    async def work(self, tags: int, *, calls: int = 1, is_killed_at: float | None = None) -> None:
        """Asks `calls` questions about each tag, one after another, for all tags at once."""
        await asyncio.sleep(self.starts_at)
        try:
            async with asyncio.timeout_at(is_killed_at) if is_killed_at else AsyncExitStack():
                await self._ask_all(tags, calls, leaves_lease=is_killed_at is not None)
        except TimeoutError:
            return

    async def _ask_all(self, tags: int, calls: int, *, leaves_lease: bool) -> None:
        caller = Caller(
            self.endpoint,
            Dialect.for_endpoint(self.endpoint),
            self._complete,
            retry_policy=MODEL_RETRIES,
            outage_seconds=120.0,
            spending_limits=self.limits,
        )
        identity = RunIdentity(self.name, self.launch or self.name)
        shared = shared_budget(
            self.store, identity, self.limits, [Asked(self.endpoint, caller.rate_limiter)], self.budget, clock=now
        )
        if leaves_lease:
            await shared.__aenter__()
            await self._tags(caller, tags, calls)
        else:
            async with shared as self.shared:
                await self._tags(caller, tags, calls)

    async def _tags(self, caller: Caller, tags: int, calls: int) -> None:
        async def one(number: int) -> None:
            with self.limits.within({self.endpoint.name: calls}):
                for _ in range(calls):
                    async with AsyncExitStack() as slot:
                        reply = await caller.reply(PLAIN, numbered(number), slot)
                        if self.budget:
                            answer = ModelAnswer(reply.text, reply.model, reply.usage, reply.seconds, reply.cost_usd)
                            self.store.save_answer(
                                f"{self.name} {number} {self.tags[number]}", purpose="captions_8b", answer=answer
                            )
                    self.tags[number] += 1

        ends = await asyncio.gather(*map(one, range(tags)), return_exceptions=True)
        self.errors += [end for end in ends if isinstance(end, BaseException)]

    async def _complete(self, body: object) -> Reply | Failure:
        self.started.append(asyncio.get_running_loop().time())
        return await self.server.complete(body)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Asked:
    endpoint: Endpoint
    rate_limiter: RateLimiter


def simulate(*work: Awaitable[None]) -> None:
    async def together() -> None:
        await asyncio.gather(*work)

    run_in_virtual_time(together())


def server(
    answer_seconds: float = 1.0, rule: Callable[[float, int], Failure | None] = lambda _at, _number: None
) -> VirtualServer:
    return VirtualServer(rule, answer_seconds)


def most_in_a_minute(starts: list[float]) -> int:
    return max(sum(at <= other < at + 60 for other in starts) for at in starts)


def test_four_runs_never_make_more_requests_in_a_minute_than_one_may(store: ProjectStore) -> None:
    stub = server()
    runs = [
        Run(store, stub, name, replace(ENDPOINT, requests_per_minute=30), starts_at=3.0 * number)
        for number, name in enumerate("abcd")
    ]
    simulate(*(run.work(30) for run in runs))

    assert most_in_a_minute(stub.asked_at) <= 30
    assert len(stub.asked_at) == 120
    assert max(stub.asked_at) <= 4 * 61 + 15, "and hardly fewer"
    by_then = [sum(at < 150 for at in run.started) for run in runs]
    assert max(by_then) <= 1.5 * min(by_then), "fair between runs"


def test_a_run_alone_is_as_fast_as_without_others(store: ProjectStore) -> None:
    stub = server()
    simulate(Run(store, stub, "a", replace(ENDPOINT, requests_per_minute=60)).work(90))

    assert max(stub.asked_at) == pytest.approx(89, abs=0.01)


def test_calls_in_flight_are_those_of_one_run_however_many_there_are(store: ProjectStore) -> None:
    stub = server(answer_seconds=3.0)
    runs = [Run(store, stub, name, starts_at=2.0 * number) for number, name in enumerate("abcd")]
    simulate(*(run.work(120) for run in runs))

    assert max(stub.most_at_once_by_second.values()) == ENDPOINT.concurrency
    assert len(stub.asked_at) == 480
    assert max(stub.asked_at) <= 1.15 * 480 / 16 * 3
    by_then = [sum(at < 60 for at in run.started) for run in runs]
    assert max(by_then) <= 2 * min(by_then)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_fewer_calls_in_flight_than_runs_go_to_each_in_turn(store: ProjectStore, concurrency: int) -> None:
    stub = server(answer_seconds=0.5)
    runs = [Run(store, stub, name, replace(ENDPOINT, concurrency=concurrency)) for name in "abcd"]
    simulate(*(run.work(20) for run in runs))

    assert max(stub.most_at_once_by_second.values()) <= concurrency
    assert [len(run.started) for run in runs] == [20] * 4
    assert max(min(run.started) for run in runs) < 30, "no run waits until the others have ended"


def test_tokens_a_minute_are_shared(store: ProjectStore) -> None:
    stub = server()
    runs = [Run(store, stub, name, replace(ENDPOINT, tokens_per_minute=6000)) for name in "ab"]
    simulate(*(run.work(60) for run in runs))

    first_guess_is_low = 120
    assert most_in_a_minute(stub.asked_at) * 120 <= 6000 + first_guess_is_low
    assert len(stub.asked_at) == 120
    assert max(stub.asked_at) < 4 * 61


def test_the_calls_in_flight_of_a_killed_run_are_free_after_its_lease(store: ProjectStore) -> None:
    stub = server(answer_seconds=2.0)
    killed, other = Run(store, stub, "killed"), Run(store, stub, "other", starts_at=10.0)
    simulate(killed.work(1000, is_killed_at=20.0), other.work(200))

    assert max(stub.most_at_once_by_second.values()) <= ENDPOINT.concurrency
    after = [at for at in other.started if at > 20 + LEASE_SECONDS + 3]
    assert len([at for at in after if at < 20 + LEASE_SECONDS + 7]) >= 16, "all of them are the other's"


def test_what_a_killed_run_has_started_counts_for_a_minute(store: ProjectStore) -> None:
    stub = server()
    limited = replace(ENDPOINT, requests_per_minute=30)
    killed, other = Run(store, stub, "killed", limited), Run(store, stub, "other", limited, starts_at=35.0)
    simulate(killed.work(100, is_killed_at=34.0), other.work(40))

    assert most_in_a_minute(stub.asked_at) <= 30
    assert len(other.started) == 40
    assert sum(at < 95 for at in other.started) >= 15


@pytest.mark.parametrize("alike", [True, False])
def test_four_runs_make_exactly_the_calls_that_the_cap_allows_and_finish_what_they_begin(
    store: ProjectStore, alike: bool
) -> None:
    """Of one launch one after another, or at the same time."""
    stub = server()
    runs = [
        Run(
            store,
            stub,
            name,
            limits=SpendingLimits(max_model_calls=120),
            launch="backfill",
            starts_at=number * (1 if alike else 50),
        )
        for number, name in enumerate("abcd")
    ]
    simulate(*(run.work(40, calls=4) for run in runs))

    assert len(stub.asked_at) == 120
    tags = [calls for run in runs for calls in run.tags.values()]
    assert Counter(tags) == {4: 30}, "whole tags"
    assert all(isinstance(error, SpendingLimitReached) for run in runs for error in run.errors)


def test_runs_of_different_launches_share_the_cap_while_they_are_at_work(store: ProjectStore) -> None:
    stub = server()
    starts = {"a": 0.0, "b": 0.5, "c": 60.0}
    runs = [
        Run(store, stub, name, limits=SpendingLimits(max_model_calls=10), starts_at=at) for name, at in starts.items()
    ]
    simulate(*(run.work(40) for run in runs))

    assert len(runs[0].started) + len(runs[1].started) == 10
    assert len(runs[2].started) == 10, "a run that is launched later has its own"


def test_a_cap_that_no_tag_fits_into_is_used_for_a_part_of_one(store: ProjectStore) -> None:
    stub = server()
    run = Run(store, stub, "a", limits=SpendingLimits(max_model_calls=11))
    simulate(run.work(5, calls=4))

    assert sorted(run.tags.values()) == [3, 4, 4] or sorted(run.tags.values(), reverse=True)[:2] == [4, 4]
    assert len(stub.asked_at) == 11


def test_dollars_are_shared(store: ProjectStore) -> None:
    stub = server()
    runs = [
        Run(store, stub, name, limits=SpendingLimits(max_cost_usd=6.0), starts_at=number / 2)
        for number, name in enumerate("abc")
    ]
    simulate(*(run.work(40, calls=4) for run in runs))

    assert 56 <= len(stub.asked_at) <= 60
    assert Counter(calls for run in runs for calls in run.tags.values())[4] >= 14


def test_a_server_that_is_down_for_one_run_is_probed_by_one(store: ProjectStore) -> None:
    stub = server(rule=lambda at, _number: Failure(503, "overloaded") if 10 <= at < 60 else None)
    runs = [Run(store, stub, name, starts_at=at) for name, at in (("a", 0.0), ("b", 0.0), ("c", 30.0))]
    simulate(*(run.work(300) for run in runs))

    assert [run.errors for run in runs] == [[], [], []]
    assert len([at for at in stub.asked_at if 15 <= at < 60]) <= 12, "the probes of one run"
    assert not [at for at in runs[2].started if at < 60]


def test_a_server_that_stays_down_ends_all_runs(store: ProjectStore) -> None:
    stub = server(rule=lambda _at, _number: Failure(503, "overloaded"))
    runs = [Run(store, stub, name, starts_at=at) for name, at in (("a", 0.0), ("b", 40.0))]
    simulate(*(run.work(30) for run in runs))

    assert [len(run.errors) for run in runs] == [30, 30]
    assert max(stub.asked_at) < 300


def test_a_wait_that_the_server_asks_of_one_run_holds_all(store: ProjectStore) -> None:
    limited = Failure(429, "slow down", retry_after_seconds=30.0)
    stub = server(rule=lambda at, _number: limited if 5 <= at < 35 else None)
    runs = [Run(store, stub, name, starts_at=at) for name, at in (("a", 0.0), ("b", 15.0))]
    simulate(*(run.work(400) for run in runs))

    assert not [at for at in runs[1].started if at < 34]


def test_a_project_budget_holds_for_all_runs_of_the_day(store: ProjectStore) -> None:
    stub = server()
    budget = ProjectBudget(3.0, BudgetPeriod.DAY)
    runs = [Run(store, stub, name, budget=budget, starts_at=number * 1.0) for number, name in enumerate("ab")]
    simulate(*(run.work(40, calls=2) for run in runs))

    assert 28 <= len(stub.asked_at) <= 30
    assert "the project has used up its budget: $3" in str(runs[0].errors[-1]) or "$2" in str(runs[0].errors[-1])
