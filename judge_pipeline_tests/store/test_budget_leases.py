"""What runs hold of shared limits, exchanged one after another, by the store's clock."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.store.budget_leases import Held, Share
from judge_pipeline.store.store import ProjectStore, Store
from judge_pipeline_tests.forked import ForkedCode

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)

TAKER = """
import sys
from judge_pipeline.store.store import Store

url, key, holder = sys.argv[1:]
leases = Store.open(url).project("p").budget_leases
def take(now, held):
    taken = sum(lease.share["count"] for lease in held[key].values())
    own = held[key][holder].share["count"] if holder in held[key] else 0
    return {key: {"count": own + (taken < 50)}}
for _ in range(25):
    leases.exchange(holder, {key: 60.0}, take, seconds=60)
"""


def test_a_lease_is_live_until_its_time_is_over_and_then_kept_for_a_while(project: ProjectStore) -> None:
    key, seen = str(uuid4()), []
    leases = project.budget_leases
    leases.exchange("a", {key: 30.0}, lambda _now, _held: {key: {"held": 5}}, seconds=10, now=NOON)

    def look(_now: datetime, held: Held) -> dict[str, Share]:
        seen.append([(lease.holder, lease.share, lease.is_live) for lease in held[key].values()])
        return {}

    for seconds in (9, 10, 41):
        leases.exchange("b", {key: 30.0}, look, seconds=10, now=NOON + timedelta(seconds=seconds))

    assert seen == [[("a", {"held": 5}, True)], [("a", {"held": 5}, False)], []]


def test_processes_never_take_more_than_there_is(store_url: str, store: Store) -> None:
    key = str(uuid4())
    processes = [ForkedCode(TAKER, store_url, key, holder) for holder in ("a", "b", "c")]
    assert [process.communicate(timeout=60) for process in processes] == [""] * 3
    assert [process.wait() for process in processes] == [0, 0, 0]

    counts: list[int] = []

    def look(_now: datetime, held: Held) -> dict[str, Share]:
        counts.extend(lease.share["count"] for lease in held[key].values())
        return {}

    store.project("p").budget_leases.exchange("d", {key: 60.0}, look, seconds=1)
    assert sum(counts) == 50


def test_what_a_period_cost_counts_discarded_answers_and_names_those_of_unknown_cost(project: ProjectStore) -> None:
    def answer(cost: float | None) -> ModelAnswer:
        return ModelAnswer("A cat.", "m", Usage(1, 2), 0.5, cost)

    before = datetime.now(UTC)
    for name, cost in {"a": 0.25, "b": 0.5, "c": None}.items():
        project.save_answer(name, purpose="captions_8b", answer=answer(cost))
    project.discard_answer("b", "unusable")

    spent = project.spent_since(before)
    assert (spent.cost_usd, spent.unpriced) == (0.75, 1)
    assert project.spent_since(datetime.now(UTC)).cost_usd == 0.0
