"""Answers, results, failures and intents: what each operation leaves behind."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.store import ProjectStore, Store
from judge_pipeline.store.tables import results
from judge_pipeline.store.times import time_text
from judge_pipeline_tests.store.conftest import lease_on, leases_on

ONE, TWO, THREE = Tag("one"), Tag("two"), Tag("three")
ANSWER = ModelAnswer(text="A cat.", model="m", usage=Usage(10, 3), seconds=0.5)
OTHER = ModelAnswer(text="A dog.", model="m", usage=Usage(), seconds=0.7, cost_usd=0.01, choice_probability=0.75)


def test_an_unknown_cost_and_unknown_tokens_stay_unknown(project: ProjectStore) -> None:
    project.save_answer("f", purpose="captions_8b", answer=ModelAnswer("A cat.", "m", Usage(), 0.5))

    assert project.find_answer("f") == ModelAnswer("A cat.", "m", Usage(None, None), 0.5, None)


def test_a_discarded_answer_is_never_served_again(project: ProjectStore) -> None:
    project.save_answer("f", purpose="captions_8b", answer=ANSWER)

    project.discard_answer("f", "the caption has 40 words")

    assert project.find_answer("f") is None
    assert project.recent_answers("captions_8b", 5) == []


def test_a_question_whose_answer_was_discarded_can_be_answered_and_discarded_again(project: ProjectStore) -> None:
    for answer in (ANSWER, ANSWER):
        project.save_answer("f", purpose="captions_8b", answer=answer)
        project.discard_answer("f", "empty")
    project.save_answer("f", purpose="captions_8b", answer=OTHER)

    assert project.recent_answers("captions_8b", 5) == [OTHER]


def test_the_last_answers_of_a_purpose_come_first(project: ProjectStore) -> None:
    project.save_answer("one", purpose="captions_8b", answer=ANSWER)
    project.save_answer("two", purpose="captions_8b", answer=OTHER)
    project.save_answer("three", purpose="judgements", answer=ANSWER)

    assert project.recent_answers("captions_8b", 5) == [OTHER, ANSWER]
    assert project.recent_answers("captions_8b", 1) == [OTHER]


def test_discarding_an_unknown_answer_is_not_an_error(project: ProjectStore) -> None:
    project.discard_answer("never asked", "refresh")

    assert project.find_answer("never asked") is None


def test_the_last_saved_answer_is_served(project: ProjectStore) -> None:
    project.save_answer("f", purpose="captions_8b", answer=ANSWER)
    project.save_answer("f", purpose="captions_8b", answer=OTHER)

    assert project.find_answer("f") == OTHER


def test_results_come_in_the_order_asked_and_all_results_sorted(project: ProjectStore) -> None:
    leases = leases_on(project, ONE, TWO)
    project.save_results("usage", {leases[TWO]: Usage(2), leases[ONE]: Usage(1)})

    assert list(project.results("usage", Usage, [TWO, THREE, ONE]).items()) == [(TWO, Usage(2)), (ONE, Usage(1))]
    assert list(project.results("usage", Usage)) == [ONE, TWO]


def test_a_later_result_takes_the_place_of_the_earlier(project: ProjectStore) -> None:
    one = lease_on(project, ONE)
    project.save_result("usage", one, Usage(1))
    project.save_result("usage", one, Usage(2))

    assert project.results("usage", Usage) == {ONE: Usage(2)}


def test_a_result_is_deleted_for_that_asset_and_tag_only(project: ProjectStore) -> None:
    leases = leases_on(project, ONE, TWO)
    project.save_results("usage", {leases[ONE]: Usage(1), leases[TWO]: Usage(2)})
    project.save_result("other", leases[ONE], Usage(3))

    project.delete_results("usage", [ONE])

    assert project.results("usage", Usage) == {TWO: Usage(2)}
    assert project.results("other", Usage) == {ONE: Usage(3)}


def test_a_result_clears_the_failure_of_its_asset_and_tag_only(project: ProjectStore) -> None:
    leases = leases_on(project, ONE, TWO)
    for asset, tag in (("usage", ONE), ("usage", TWO), ("other", ONE)):
        project.save_failure(asset, leases[tag], title="cat.jpg", kind="refused", message="no", run_id="r1")

    project.save_result("usage", leases[ONE], Usage(1))

    assert [(failure.asset, failure.tag) for failure in project.failures()] == [("other", ONE), ("usage", TWO)]


def test_a_failure_keeps_the_earlier_result_and_the_last_reason(project: ProjectStore) -> None:
    """A refresh that fails must not take away what was known."""
    one = lease_on(project, ONE)
    project.save_result("usage", one, Usage(1))
    project.save_failure("usage", one, title="cat.jpg", kind="refused", message="first", run_id="r1")
    project.save_failure("usage", one, title="cat.jpg", kind="empty", message="second", run_id=None)

    (failure,) = project.failures([ONE])

    assert project.results("usage", Usage) == {ONE: Usage(1)}
    assert (failure.kind, failure.message, failure.run_id) == ("empty", "second", None)
    assert failure.failed_at.endswith("+00:00")


def test_a_cleared_intent_is_gone_and_the_others_stay(project: ProjectStore) -> None:
    leases = leases_on(project, ONE, TWO, THREE)
    project.save_intents("link", {leases[ONE]: {"uuid": "a"}, leases[TWO]: {"uuid": "b"}, leases[THREE]: {}})
    project.save_intent("link", leases[ONE], {"uuid": "c"})

    project.clear_intents("link", [leases[TWO]])
    project.clear_intent("upload", leases[ONE])

    assert project.intents("link", [ONE, TWO, THREE]) == {ONE: {"uuid": "c"}, THREE: {}}


def test_projects_do_not_see_each_other(store: Store) -> None:
    mine, theirs = store.project("mine"), store.project("theirs")
    my_one, their_one = lease_on(mine, ONE), lease_on(theirs, ONE)
    mine.save_result("usage", my_one, Usage(1))
    mine.save_failure("other", my_one, title="cat.jpg", kind="refused", message="no", run_id=None)
    mine.save_answer("f", purpose="captions_8b", answer=ANSWER)
    mine.save_intent("link", my_one, {})

    theirs.delete_results("usage", [ONE])
    theirs.clear_intent("link", their_one)
    theirs.discard_answer("f", "not mine")
    theirs.save_result("other", their_one, Usage(2))

    assert (theirs.find_answer("f"), theirs.failures(), theirs.intents("link", [ONE])) == (None, [], {})
    assert mine.result_counts() == {"usage": 1}
    assert (mine.find_answer("f"), len(mine.failures()), mine.intents("link", [ONE])) == (ANSWER, 1, {ONE: {}})


def test_thousands_of_tags_are_saved_counted_read_and_deleted(project: ProjectStore) -> None:
    tags = [Tag(f"tag {number}") for number in range(2_500)]
    leases = leases_on(project, *tags)
    project.save_results("usage", {leases[tag]: Usage(number) for number, tag in enumerate(tags)})
    project.save_intents("link", {leases[tag]: {"n": number} for number, tag in enumerate(tags)})

    assert project.result_counts() == {"usage": 2_500}
    assert list(project.results("usage", Usage, tags)) == tags
    assert project.intents("link", tags)[tags[-1]] == {"n": 2_499}
    assert project.failures(tags) == []

    project.delete_results("usage", tags)
    project.clear_intents("link", list(leases.values()))

    assert project.result_counts() == {}
    assert project.intents("link", tags) == {}


def test_nothing_to_do_is_not_an_error(project: ProjectStore) -> None:
    project.save_results("usage", {})
    project.save_intents("link", {})
    project.clear_intents("link", [])
    project.delete_results("usage", [])

    assert (project.result_counts(), project.failures(), project.results("usage", Usage, [])) == ({}, [], {})


def test_a_result_that_a_machine_whose_clock_is_behind_replaces_is_a_change(project: ProjectStore) -> None:
    leases = leases_on(project, ONE, TWO)
    project.save_results("images", {lease: Usage(1) for lease in leases.values()})
    ahead = update(results).where(results.c.project == project.project_hash, results.c.tag == ONE)
    with project._database.writing() as connection:
        connection.execute(ahead.values(recorded_at=time_text(datetime.now(UTC) + timedelta(minutes=3))))
    before = project.changes.mark()
    assert project.changes.mark() == before

    project.save_result("images", leases[TWO], Usage(2))

    assert project.changes.mark() != before
