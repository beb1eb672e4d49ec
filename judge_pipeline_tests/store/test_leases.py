"""Two runs never work on one tag at the same time."""

from concurrent.futures import ThreadPoolExecutor

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.store import ProjectStore, Store

ONE, TWO, THREE = Tag("one"), Tag("two"), Tag("three")


def test_a_tag_that_another_run_holds_is_not_taken(project: ProjectStore) -> None:
    assert project.leases.take([ONE, TWO], holder="first", seconds=60) == {ONE, TWO}

    assert project.leases.take([TWO, THREE], holder="second", seconds=60) == {THREE}


def test_a_run_prolongs_its_own_leases(project: ProjectStore) -> None:
    project.leases.take([ONE], holder="first", seconds=0)
    project.leases.take([ONE], holder="first", seconds=60)

    assert project.leases.take([ONE], holder="second", seconds=60) == set()


def test_the_tags_of_a_killed_run_are_free_when_its_leases_end(project: ProjectStore) -> None:
    project.leases.take([ONE], holder="killed", seconds=0)

    assert project.leases.take([ONE], holder="next", seconds=60) == {ONE}
    assert project.leases.take([ONE], holder="killed", seconds=60) == set()


def test_only_the_holder_gives_a_tag_back(project: ProjectStore) -> None:
    project.leases.take([ONE, TWO], holder="first", seconds=60)

    project.leases.give_back([ONE, TWO], holder="second")
    project.leases.give_back([TWO], holder="first")

    assert project.leases.take([ONE, TWO], holder="second", seconds=60) == {TWO}


def test_the_same_tag_of_another_project_is_another_tag(store: Store) -> None:
    store.project("mine").leases.take([ONE], holder="first", seconds=60)

    assert store.project("theirs").leases.take([ONE], holder="second", seconds=60) == {ONE}


def test_no_tags_are_no_error(project: ProjectStore) -> None:
    assert project.leases.take([], holder="first", seconds=60) == frozenset()
    project.leases.give_back([], holder="first")


def test_eight_runs_share_two_thousand_tags_without_a_tag_held_twice(project: ProjectStore) -> None:
    tags = [Tag(str(number)) for number in range(2_000)]
    runs = [f"run {number}" for number in range(8)]

    with ThreadPoolExecutor(len(runs)) as pool:
        taken = list(pool.map(lambda run: project.leases.take(tags, holder=run, seconds=60), runs))

    assert sum(map(len, taken)) == len(tags)
    assert frozenset().union(*taken) == set(tags)
