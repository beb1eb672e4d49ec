"""A refresh is one transaction: results marked, generations raised, intents changed, or none of it."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import LeaseLost
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import ProjectStore
from judge_pipeline_tests.store.conftest import lease_on

RED, GREEN = Tag("red"), Tag("green")
ASSET = "captions_8b"


def caption(tag: Tag) -> Caption:
    return Caption(tag, Captioner.LLM_8B, "A cat.", "m", "v", Spent(1, 1, None, 0.1))


@pytest.fixture
def red(project: ProjectStore) -> Lease:
    lease = lease_on(project, RED)
    project.save_result(ASSET, lease, caption(RED))
    project.save_result(ASSET, lease_on(project, GREEN), caption(GREEN))
    project.save_intent("upload", lease, {"item_uuid": "half done"})
    return lease


def begin(
    project: ProjectStore, lease: Lease, *, asked_by: str, assets: Collection[str] = frozenset({ASSET})
) -> set[Tag]:
    return project.refreshes.begin(
        [lease],
        assets=assets,
        made_again=[ASSET, "judgements"],
        intended={"replace": {lease: {"item_uuids": ["old"]}}},
        given_up=["upload"],
        asked_by=asked_by,
    )


def test_the_result_stays_marked_until_the_next_one_and_the_next_generation_begins(
    project: ProjectStore, red: Lease
) -> None:
    assert begin(project, red, asked_by="run") == {RED}
    assert set(project.results(ASSET, Caption)) == {RED, GREEN}
    assert project.refreshes.unfinished("another", ASSET) == {RED}
    assert project.refreshes.generations([ASSET], [RED, GREEN]) == {(ASSET, RED): 1}
    assert project.intents("replace", [RED]) == {RED: {"item_uuids": ["old"]}}
    assert project.intents("upload", [RED]) == {}
    project.save_result(ASSET, red, caption(RED))
    assert project.refreshes.unfinished(ASSET) == set()
    assert project.refreshes.unfinished("judgements") == {RED}


def test_the_same_run_repeated_marks_nothing_twice(project: ProjectStore, red: Lease) -> None:
    begin(project, red, asked_by="run")
    project.save_result(ASSET, red, caption(RED))
    project.clear_intent("replace", red)
    assert begin(project, red, asked_by="run") == set()
    assert project.refreshes.unfinished(ASSET) == set()
    assert project.intents("replace", [RED]) == {}
    assert begin(project, red, asked_by="another run") == {RED}
    assert project.refreshes.generations([ASSET], [RED]) == {(ASSET, RED): 2}


def test_one_more_asset_of_the_same_run_is_refreshed_too(project: ProjectStore, red: Lease) -> None:
    """A run that is made again with another selection: what the first one refreshed does not stand for the rest."""
    begin(project, red, asked_by="run")
    project.save_result(ASSET, red, caption(RED))
    both = {ASSET, "captions_16b"}
    assert begin(project, red, asked_by="run", assets=both) == {RED}
    assert project.refreshes.unfinished("another", ASSET) == {RED}
    generations = project.refreshes.generations(both, [RED])
    assert generations == {(ASSET, RED): 2, ("captions_16b", RED): 1}


def test_a_run_that_lost_the_tag_marks_nothing(project: ProjectStore, red: Lease) -> None:
    later = datetime.now(UTC) + timedelta(hours=2)
    project.leases.acquire([RED], holder="another", seconds=60, now=later)
    with pytest.raises(LeaseLost):
        begin(project, red, asked_by="run")
    assert project.refreshes.unfinished(ASSET) == set()
    assert project.refreshes.generations([ASSET], [RED]) == {}
    assert set(project.intents("upload", [RED])) == {RED}
