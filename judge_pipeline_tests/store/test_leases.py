"""Two runs never work on one tag at the same time, and a run that has lost a tag writes nothing more about it."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import LeaseLost
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import ProjectStore, Store
from judge_pipeline_tests.forked import ForkedCode
from judge_pipeline_tests.store.conftest import PROJECT

ONE, TWO, THREE = Tag("one"), Tag("two"), Tag("three")
START = datetime(2026, 1, 1, tzinfo=UTC)

HOLDER = """
import sys, time
from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.store.errors import LeaseLost
from judge_pipeline.store.store import Store

url, project, name, seconds, number = sys.argv[1:]
project = Store.open(url).project(project)
while not (taken := project.leases.acquire(["one"], holder=name, seconds=float(seconds))):
    time.sleep(0.02)
print("taken", taken["one"].token, flush=True)
sys.stdin.readline()
try:
    project.save_result("usage", taken["one"], Usage(int(number)))
    print("recorded", flush=True)
except LeaseLost as lost:
    print(lost, flush=True)
"""


def acquire(project: ProjectStore, *tags: Tag, holder: str, at: float = 0.0) -> dict[Tag, Lease]:
    """Acquires tags for a minute, `at` seconds after the start."""
    return project.leases.acquire(tags, holder=holder, seconds=60, now=START + timedelta(seconds=at))


def test_a_tag_that_another_run_holds_is_not_taken(project: ProjectStore) -> None:
    assert set(acquire(project, ONE, TWO, holder="first")) == {ONE, TWO}

    assert set(acquire(project, TWO, THREE, holder="second")) == {THREE}


def test_a_renewed_lease_keeps_its_tag(project: ProjectStore) -> None:
    held = acquire(project, ONE, holder="first")
    project.leases.renew(held.values(), seconds=60, now=START + timedelta(seconds=50))

    assert acquire(project, ONE, holder="second", at=100) == {}
    assert set(acquire(project, ONE, holder="second", at=110)) == {ONE}


def test_the_tags_of_a_killed_run_are_free_when_its_leases_end(project: ProjectStore) -> None:
    acquire(project, ONE, holder="killed")

    assert acquire(project, ONE, holder="next", at=59.9) == {}
    assert set(acquire(project, ONE, holder="next", at=60)) == {ONE}


def test_leases_count_by_the_databases_clock(project: ProjectStore) -> None:
    project.leases.acquire([ONE], holder="killed", seconds=-1)
    project.leases.acquire([TWO], holder="working", seconds=60)

    assert set(project.leases.acquire([ONE, TWO], holder="next", seconds=60)) == {ONE}


def test_only_the_holder_releases_a_tag(project: ProjectStore) -> None:
    first = acquire(project, ONE, TWO, holder="first")
    project.leases.release([Lease(ONE, first[ONE].token + 1), first[TWO]])

    assert set(acquire(project, ONE, TWO, holder="second")) == {TWO}


def test_each_acquisition_has_a_greater_token(project: ProjectStore) -> None:
    tokens = []
    for number in range(3):
        lease = acquire(project, ONE, holder="the same run")[ONE]
        project.leases.release([lease])
        tokens.append(lease.token)
        tokens.append(acquire(project, ONE, holder="another", at=100 * number)[ONE].token)
        tokens.append(acquire(project, ONE, holder="a third", at=100 * number + 70)[ONE].token)
        project.leases.release([Lease(ONE, tokens[-1])])

    assert tokens == sorted(set(tokens))


def test_the_same_tag_of_another_project_is_another_tag(store: Store, project: ProjectStore) -> None:
    acquire(project, ONE, holder="first")

    assert set(acquire(store.project("another"), ONE, holder="second")) == {ONE}


def test_no_tags_are_not_an_error(project: ProjectStore) -> None:
    assert acquire(project, holder="first") == {}
    project.leases.renew([], seconds=60)
    project.leases.release([])
    project.leases.check([])


WRITES: dict[str, Callable[[ProjectStore, Lease], None]] = {
    "save_result": lambda project, lease: project.save_result("usage", lease, Usage(1)),
    "save_failure": lambda project, lease: project.save_failure(
        "usage", lease, title="cat.jpg", kind="refused", message="no", run_id=None
    ),
    "save_intent": lambda project, lease: project.save_intent("link", lease, {"uuid": "stale"}),
    "clear_intent": lambda project, lease: project.clear_intent("link", lease),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_run_that_has_lost_its_tag_writes_nothing_about_it(project: ProjectStore, write: str) -> None:
    """It stalled for longer than its lease; what its successor wrote stays."""
    stalled = acquire(project, ONE, holder="stalled")[ONE]
    successor = acquire(project, ONE, holder="successor", at=61)[ONE]
    project.save_result("usage", successor, Usage(2))
    project.save_intent("link", successor, {"uuid": "new"})

    with pytest.raises(LeaseLost, match="the lease on tag one is lost, run successor has it now: it was not renewed"):
        WRITES[write](project, stalled)

    assert project.results("usage", Usage) == {ONE: Usage(2)}
    assert project.intents("link", [ONE]) == {ONE: {"uuid": "new"}}
    assert project.failures() == []


@pytest.mark.parametrize("write", WRITES)
def test_a_late_run_continues_if_no_other_run_wanted_its_tag(project: ProjectStore, write: str) -> None:
    late = project.leases.acquire([ONE], holder="late", seconds=-1)[ONE]

    WRITES[write](project, late)
    project.leases.renew([late], seconds=60)

    assert project.leases.acquire([ONE], holder="second", seconds=60) == {}


@pytest.mark.parametrize("write", WRITES)
def test_a_released_tag_is_not_written_about(project: ProjectStore, write: str) -> None:
    lease = acquire(project, ONE, holder="first")[ONE]
    project.leases.release([lease])

    with pytest.raises(LeaseLost, match="the lease on tag one is lost, no run has it now"):
        WRITES[write](project, lease)


def test_one_lost_tag_of_many_is_named_and_none_is_written(project: ProjectStore) -> None:
    held = acquire(project, ONE, TWO, THREE, holder="stalled")
    project.leases.renew([held[ONE], held[THREE]], seconds=3_600, now=START)
    acquire(project, TWO, holder="successor", at=61)

    with pytest.raises(LeaseLost) as raised:
        project.save_results("usage", {lease: Usage(1) for lease in held.values()})

    assert raised.value.holders == {TWO: "successor"}
    assert project.results("usage", Usage) == {}


def test_the_leases_that_are_not_lost_are_renewed(project: ProjectStore) -> None:
    held = acquire(project, ONE, TWO, holder="stalled")
    acquire(project, TWO, holder="successor", at=61)

    with pytest.raises(LeaseLost) as raised:
        project.leases.renew(held.values(), seconds=60, now=START + timedelta(seconds=70))

    assert raised.value.holders == {TWO: "successor"}
    assert acquire(project, ONE, holder="third", at=100) == {}


def test_model_answers_are_kept_without_a_lease(project: ProjectStore) -> None:
    """They were paid for, and are the same for every run."""
    answer = ModelAnswer("A cat.", "m", Usage(), 0.5)

    project.save_answer("f", purpose="captions_8b", answer=answer)

    assert project.find_answer("f") == answer


def test_eight_runs_share_two_thousand_tags_without_a_tag_held_twice(project: ProjectStore) -> None:
    tags = [Tag(str(number)) for number in range(2_000)]
    runs = [f"run {number}" for number in range(8)]

    with ThreadPoolExecutor(len(runs)) as pool:
        taken = list(pool.map(lambda run: set(acquire(project, *tags, holder=run)), runs))

    assert sum(map(len, taken)) == len(tags)
    assert frozenset().union(*taken) == set(tags)


def test_runs_that_acquire_write_renew_and_release_the_same_tags_never_deadlock(
    project: ProjectStore,
) -> None:
    """Locks taken in different orders would end one of two transactions as a deadlock."""
    tags = [Tag(str(number)) for number in range(60)]

    def run(name: str) -> None:
        for _ in range(10):
            held = project.leases.acquire(tags[::-1], holder=name, seconds=60)
            try:
                project.leases.renew(held.values(), seconds=60)
                project.save_results("usage", {lease: Usage(1) for lease in held.values()})
            finally:
                project.leases.release(held.values())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, ["a", "b", "c", "d"]))

    assert project.result_counts() == {"usage": 60}


def start_holder(url: str, name: str, *, seconds: float, number: int) -> ForkedCode:
    return ForkedCode(HOLDER, url, PROJECT, name, seconds, number)


def heard(process: ForkedCode) -> str:
    return process.stdout.readline().strip()


@pytest.mark.slow
def test_a_stopped_process_wakes_up_and_overwrites_nothing(url: str) -> None:
    stalled = start_holder(url, "stalled", seconds=0.2, number=1)
    assert heard(stalled) == "taken 1"
    stalled.send_signal(signal.SIGSTOP)
    successor = start_holder(url, "successor", seconds=60, number=2)
    assert heard(successor) == "taken 2"
    assert successor.communicate("write\n", timeout=60) == "recorded\n"

    stalled.send_signal(signal.SIGCONT)
    said = stalled.communicate("write\n", timeout=60)

    assert said.startswith("the lease on tag one is lost, run successor has it now")
    assert Store.open(url).project(PROJECT).results("usage", Usage) == {ONE: Usage(2)}
