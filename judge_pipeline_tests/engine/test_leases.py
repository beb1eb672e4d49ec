"""A run holds its tags while it works on them, and notices which it has lost."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.leases import RunLeases
from judge_pipeline.store.errors import LeaseLost
from judge_pipeline.store.store import ProjectStore, Store

ONE, TWO, THREE = Tag("one"), Tag("two"), Tag("three")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ProjectStore]:
    store = Store.open(f"sqlite:///{tmp_path}/store.sqlite3")
    yield store.project("p")
    store.close()


def never(_run: str) -> bool:
    return False


def take_over(store: ProjectStore, *tags: Tag) -> None:
    """Another run takes the tags after this one has stood still for an hour."""
    later = datetime.now(UTC) + timedelta(hours=1)
    assert set(store.leases.acquire(tags, holder="other", seconds=60, now=later)) == set(tags)


def leases_on(store: ProjectStore, *tags: Tag) -> RunLeases:
    leases = RunLeases(store, "this", has_ended=never)
    asyncio.run(leases.acquire(tags))
    return leases


def test_tags_are_held_until_the_run_ends(store: ProjectStore) -> None:
    async def run() -> None:
        async with RunLeases.open(store, holder="this", has_ended=never) as leases:
            assert await leases.acquire([ONE, TWO]) == {ONE, TWO}
            assert store.leases.acquire([ONE], holder="other", seconds=60) == {}

    asyncio.run(run())

    assert set(store.leases.acquire([ONE, TWO], holder="other", seconds=60)) == {ONE, TWO}


def test_the_tags_of_a_killed_run_are_free_as_soon_as_dagster_knows_that_it_has_ended(store: ProjectStore) -> None:
    killed = store.leases.acquire([ONE, TWO], holder="killed", seconds=60)
    store.leases.acquire([THREE], holder="living", seconds=60)
    leases = RunLeases(store, "this", has_ended=lambda run: run == "killed")
    assert asyncio.run(leases.acquire([ONE, TWO, THREE])) == {ONE, TWO}
    with pytest.raises(LeaseLost, match="this"):
        store.leases.check(list(killed.values()))


def test_tags_of_another_run_are_acquired_when_it_releases_them(store: ProjectStore) -> None:
    others = store.leases.acquire([ONE, TWO], holder="other", seconds=60)
    remarks: list[str] = []

    async def run() -> list[set[Tag]]:
        leases = RunLeases(store, "this", has_ended=never)
        await leases.acquire([ONE, TWO, THREE])
        acquired = []
        store.leases.release([others[TWO]])
        async for freed in leases.acquire_as_released([ONE, TWO, THREE], log=remarks.append):
            acquired.append(freed)
            if freed == {TWO}:
                store.leases.release([others[ONE]])
        return acquired

    assert asyncio.run(run()) == [{TWO}, {ONE}]
    assert remarks == []


def test_tags_that_need_nothing_of_the_run_are_given_back(store: ProjectStore) -> None:
    leases = leases_on(store, ONE, TWO)
    asyncio.run(leases.keep_only([ONE]))
    assert (ONE in leases, TWO in leases) == (True, False)
    assert store.leases.acquire([ONE, TWO], holder="other", seconds=60).keys() == {TWO}


def test_work_is_done_for_the_tags_that_are_still_held(store: ProjectStore) -> None:
    leases = leases_on(store, ONE, TWO)
    take_over(store, TWO)

    outcomes = leases.for_held([TWO, ONE], lambda tags: [f"did {tag}" for tag in tags], tag_of=lambda tag: tag)

    assert isinstance(outcomes[0], LeaseLost)
    assert outcomes[0].holders == {TWO: "other"}
    assert outcomes[1] == "did one"


def test_work_that_loses_a_tag_starts_again_without_it(store: ProjectStore) -> None:
    leases = leases_on(store, ONE, TWO, THREE)
    attempts: list[Sequence[Tag]] = []

    def work(tags: Sequence[Tag]) -> list[str]:
        attempts.append(tags)
        if len(attempts) == 1:
            take_over(store, TWO)
        store.save_intents("upload", {leases[tag]: {"uuid": tag} for tag in tags})
        return [f"did {tag}" for tag in tags]

    outcomes = leases.for_held([ONE, TWO, THREE], work, tag_of=lambda tag: tag)

    assert attempts == [[ONE, TWO, THREE], [ONE, THREE]]
    assert [str(outcome).partition(",")[0] for outcome in outcomes] == [
        "did one",
        "the lease on tag two is lost",
        "did three",
    ]
    assert set(store.intents("upload", [ONE, TWO, THREE])) == {ONE, THREE}


def test_nothing_is_done_when_all_tags_are_lost(store: ProjectStore) -> None:
    leases = leases_on(store, ONE)
    take_over(store, ONE)

    (outcome,) = leases.for_held([ONE], lambda tags: pytest.fail("it worked on a lost tag"), tag_of=lambda tag: tag)

    assert isinstance(outcome, LeaseLost)


def test_a_renewal_extends_held_leases_and_notices_lost_ones(store: ProjectStore) -> None:
    leases = leases_on(store, ONE, TWO)
    take_over(store, TWO)

    leases.renew()
    leases.renew()

    assert store.leases.acquire([ONE], holder="other", seconds=60) == {}
    store.leases.check([leases[ONE]])
    with pytest.raises(LeaseLost, match="run other has it now"):
        leases[TWO]
