"""Several reviewers: each image of the overlap is shown to a second one, and adjudication settles where they differ."""

from dataclasses import asdict

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.engine.final_choices import sync_final_choices
from judge_pipeline.review.choice_writer import WRITE_CHOICE
from judge_pipeline.review.comparison import Side
from judge_pipeline.review.errors import AlreadyAnswered, NothingToUndo
from judge_pipeline.review.session import Session
from judge_pipeline_tests.engine.people import choose
from judge_pipeline_tests.review.reviewed import REVIEWER, Reviewed, side_of

BOB = "bob@example.com"
CAROL = "carol@example.com"
A, B = Captioner.LLM_8B, Captioner.LLM_16B


def answer(reviewed: Reviewed, session: Session, colour: str, captioner: Captioner) -> None:
    comparison = session.comparisons.get(reviewed.tag(colour))
    session.answer(comparison.tag, side_of(comparison, captioner))


def differ(reviewed: Reviewed) -> Session:
    """Ada and Bob differ on the red picture; Bob's session."""
    answer(reviewed, reviewed.session(overlap=1), "red", A)
    bob = reviewed.session(reviewer=BOB, overlap=1)
    answer(reviewed, bob, "red", B)
    return bob


def test_a_second_reviewer_is_asked_once_and_encord_keeps_the_first_answer(reviewed: Reviewed) -> None:
    differ(reviewed)
    choice = reviewed.known()["red"]
    assert [(each.reviewer, each.choice) for each in choice.opinions] == [(REVIEWER, A), (BOB, B)]
    assert (choice.choice, choice.decided_by, choice.round) == (A, REVIEWER, 1)
    assert reviewed.in_encord("red") == "LLM-8B"
    for name in (REVIEWER, BOB, CAROL):
        session = reviewed.session(reviewer=name, overlap=1)
        assert {reviewed.colour(tag) for tag in session.queue} == {"green"}


def test_without_overlap_no_one_is_asked_twice(reviewed: Reviewed) -> None:
    answer(reviewed, reviewed.session(), "red", A)
    assert {reviewed.colour(tag) for tag in reviewed.session(reviewer=BOB).queue} == {"green"}


def test_the_opinions_survive_a_sync(reviewed: Reviewed) -> None:
    differ(reviewed)
    before = reviewed.known()["red"]
    sync_final_choices(reviewed.trial.project, reviewed.records, reviewed.writer().roles, holder="test")
    assert reviewed.known()["red"] == before


def test_an_opinion_can_be_taken_back(reviewed: Reviewed) -> None:
    bob = differ(reviewed)
    bob.undo()
    assert reviewed.known()["red"].opinions == ()
    assert reviewed.colour(bob.queue[0]) == "red"
    answer(reviewed, bob, "red", A)
    assert [each.choice for each in reviewed.known()["red"].opinions] == [A, A]


def test_the_next_person_at_the_same_page_is_asked_as_well(reviewed: Reviewed) -> None:
    session = reviewed.session(overlap=1)
    answer(reviewed, session, "red", A)
    session.change_reviewer(BOB)
    assert {reviewed.colour(tag) for tag in session.queue} == {"red", "green"}
    answer(reviewed, session, "red", A)
    assert reviewed.known()["red"].reviewers == (REVIEWER, BOB)


def test_tasks_are_approved_once_the_reviewers_agree(reviewed: Reviewed) -> None:
    answer(reviewed, reviewed.session(overlap=1, approves=True), "red", A)
    assert reviewed.stages("red") == {"Human Review"}
    answer(reviewed, reviewed.session(reviewer=BOB, overlap=1, approves=True), "red", A)
    assert reviewed.stages("red") == {"Complete"}


def test_adjudication_settles_in_encord_and_in_the_store(reviewed: Reviewed) -> None:
    differ(reviewed)
    carol = reviewed.session(reviewer=CAROL, adjudicates=True, overlap=1, approves=True)
    assert [reviewed.colour(tag) for tag in carol.queue] == ["red"]
    answer(reviewed, carol, "red", B)
    choice = reviewed.known()["red"]
    assert (choice.choice, choice.decided_by, choice.is_adjudicated) == (B, CAROL, True)
    assert (choice.blind, choice.round, choice.reviewers) == (True, 1, (REVIEWER, BOB))
    assert reviewed.in_encord("red") == "LLM-16B"
    assert reviewed.stages("red") == {"Complete"}
    with pytest.raises(NothingToUndo):
        carol.undo()
    assert reviewed.session(reviewer=CAROL, adjudicates=True).queue == []
    sync_final_choices(reviewed.trial.project, reviewed.records, reviewed.writer().roles, holder="test")
    assert reviewed.known()["red"].is_adjudicated


@pytest.mark.parametrize("choice", [B, None])
def test_an_adjudication_that_was_interrupted_is_recovered(reviewed: Reviewed, choice: Captioner | None) -> None:
    """Killed between Encord and the store; a sync in between may find another answer, or none in the place of a tie."""
    differ(reviewed)
    before = reviewed.known()["red"]
    carol = reviewed.session(reviewer=CAROL, adjudicates=True)
    comparison = carol.comparisons.get(before.tag)
    carol.answer(before.tag, side_of(comparison, choice) if choice else Side.TIE)
    after = reviewed.known()["red"]
    leases = reviewed.records.leases.acquire([before.tag], holder="test", seconds=60)
    detail = {
        "label": after.label,
        "answer_hash": after.answer_hash or "never written",
        "by": CAROL,
        "at": after.decided_at,
        "given_for": list(after.given_for or ()),
        "drawn": after.drawn,
        "round": after.round,
        "sitting": after.sitting,
        "judgement_version": None,
        "opinions": [asdict(opinion) for opinion in before.opinions],
    }
    reviewed.records.save_result("final_choices", leases[before.tag], before)
    reviewed.records.save_intent(WRITE_CHOICE, leases[before.tag], detail)
    reviewed.records.leases.release(list(leases.values()))
    sync_final_choices(reviewed.trial.project, reviewed.records, reviewed.writer().roles, holder="test")
    reviewed.session()
    assert reviewed.known()["red"] == after


def test_what_a_person_changed_in_the_editor_is_not_adjudicated(reviewed: Reviewed) -> None:
    differ(reviewed)
    carol = reviewed.session(reviewer=CAROL, adjudicates=True)
    comparison = carol.comparisons.get(reviewed.tag("red"))
    choose(reviewed.trial, "red", "LLM-16B")
    with pytest.raises(AlreadyAnswered):
        carol.answer(comparison.tag, side_of(comparison, B))
    assert reviewed.in_encord("red") == "LLM-16B"


def test_a_tie_that_encord_cannot_hold_is_adjudicated_as_well(reviewed: Reviewed) -> None:
    differ(reviewed)
    carol = reviewed.session(reviewer=CAROL, adjudicates=True)
    carol.answer(reviewed.tag("red"), Side.TIE)
    choice = reviewed.records.results("final_choices", FinalChoice)[reviewed.tag("red")]
    assert choice.is_tie
    assert reviewed.in_encord("red") is None
