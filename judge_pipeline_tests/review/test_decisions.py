"""An answer is saved beside all else, once, never over somebody else's, and taken back without a trace."""

from dataclasses import replace

import pytest

from judge_pipeline.assets.final_choices import read_final_choices
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import TIE, FinalChoice, Review
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.review.comparison import Comparison, Side
from judge_pipeline.review.decisions import Desk
from judge_pipeline.review.errors import AnsweredMeanwhile, AtWork, NothingToUndo
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import approve, choose, reject, take_away
from judge_pipeline_tests.review.fixtures import TWO
from judge_pipeline_tests.review.sitting import NOW, REVIEWER, Reviewed, side_of

SAVE = "v1 POST labelrow"
ACTIONS = "POST projects/{project}/workflow/stages/{stage}/actions"


def comparison_of(reviewed: Reviewed, colour: str) -> Comparison:
    return reviewed.session().comparison(reviewed.tag(colour))


def decide(reviewed: Reviewed, colour: str, captioner: Captioner | None, desk: Desk | None = None) -> FinalChoice:
    """Answers for a captioner, wherever their caption stands, or with a tie."""
    return decide_on(comparison_of(reviewed, colour), captioner, desk or reviewed.desk())


def decide_on(comparison: Comparison, captioner: Captioner | None, desk: Desk) -> FinalChoice:
    side = side_of(comparison, captioner) if captioner else Side.TIE
    return desk.decide(comparison, comparison.answer(side, desk.roles))


def test_an_answer_is_saved_once_and_all_else_on_the_row_stays(reviewed: Reviewed) -> None:
    desk, comparison = reviewed.desk(), comparison_of(reviewed, "red")
    answer = comparison.answer(side_of(comparison, Captioner.LLM_8B), desk.roles)
    reviewed.trial.forget_requests()
    choice = desk.decide(comparison, answer)
    assert reviewed.trial.requests()[SAVE] == 1
    assert replace(choice, answer_hash=None) == FinalChoice(
        reviewed.tag("red"),
        Captioner.LLM_8B,
        "LLM-8B",
        Review.OPEN,
        blind=True,
        decided_by=REVIEWER,
        decided_at=NOW.isoformat(),
        given_for=comparison.text_uuids,
        saved_at=NOW.isoformat(),
    )
    assert reviewed.known() == {"red": choice}
    expected = finished(*TWO)
    expected["red"]["labels"]["Final Choice"] = {"Final Choice": "LLM-8B"}
    assert encord_state(reviewed.trial.seed) == expected


def test_the_asset_finds_the_answer_and_leaves_it_blind(reviewed: Reviewed) -> None:
    choice = decide(reviewed, "red", Captioner.LLM_16B)
    assert read_final_choices(reviewed.trial.pipeline, holder="run")["blind"] == 1
    assert reviewed.known() == {"red": choice}


def test_without_a_name_the_reviewer_is_who_encord_says(reviewed: Reviewed) -> None:
    choice = decide(reviewed, "red", Captioner.LLM_16B, reviewed.desk(reviewer=None))
    assert choice.decided_by == reviewed.trial.seed.server.email


def test_a_tie_is_written_where_the_ontology_has_a_word_for_it(reviewed: Reviewed) -> None:
    reviewed.add_option("Both alike")
    assert decide(reviewed, "red", None).is_tie
    assert reviewed.in_encord("red") == "Both alike"


def test_a_tie_without_a_word_for_it_is_kept_and_not_written(reviewed: Reviewed) -> None:
    desk, comparison = reviewed.desk(), comparison_of(reviewed, "red")
    reviewed.trial.forget_requests()
    choice = desk.decide(comparison, comparison.answer(Side.TIE, desk.roles))
    assert (choice.label, choice.is_tie, choice.blind) == (TIE, True, True)
    assert reviewed.trial.writes() == 0
    read_final_choices(reviewed.trial.pipeline, holder="run")
    assert reviewed.known() == {"red": choice}


@pytest.mark.parametrize("captioner", [Captioner.LLM_8B, None])
def test_somebody_elses_answer_is_never_overwritten(reviewed: Reviewed, captioner: Captioner | None) -> None:
    """Not even with the same one: it was not given blind."""
    comparison = comparison_of(reviewed, "red")
    choose(reviewed.trial, "red", "LLM-8B")
    desk = reviewed.desk()
    side = side_of(comparison, captioner) if captioner else Side.TIE
    with pytest.raises(AnsweredMeanwhile, match=r"pipeline@example.com has answered 'red.png' meanwhile"):
        desk.decide(comparison, comparison.answer(side, desk.roles))
    assert reviewed.in_encord("red") == "LLM-8B"
    assert reviewed.known() == {}


def test_a_second_reviewer_of_the_same_store_is_told_who_was_first(reviewed: Reviewed) -> None:
    decide(reviewed, "red", None)
    with pytest.raises(AnsweredMeanwhile, match=REVIEWER):
        decide(reviewed, "red", Captioner.LLM_8B, reviewed.desk(reviewer="bob@example.com", holder="another page"))
    assert reviewed.in_encord("red") is None


def test_an_image_that_left_human_review_is_left_alone(reviewed: Reviewed) -> None:
    comparison = comparison_of(reviewed, "red")
    reject(reviewed.trial, "red")
    desk = reviewed.desk()
    with pytest.raises(AnsweredMeanwhile, match=r"'red\.png' is in 'Archive'"):
        desk.decide(comparison, comparison.answer(Side.LEFT, desk.roles))
    assert reviewed.in_encord("red") is None


def test_an_image_that_a_run_is_at_work_on_comes_later(reviewed: Reviewed) -> None:
    held = reviewed.records.leases.acquire([reviewed.tag("red")], holder="run", seconds=60)
    with pytest.raises(AtWork, match="it comes again later"):
        decide(reviewed, "red", Captioner.LLM_8B)
    reviewed.records.leases.release(list(held.values()))
    decide(reviewed, "red", Captioner.LLM_8B)
    assert reviewed.in_encord("red") == "LLM-8B"


def test_the_same_answer_twice_is_written_once(reviewed: Reviewed) -> None:
    first = decide(reviewed, "red", Captioner.LLM_8B)
    reviewed.trial.forget_requests()
    assert decide(reviewed, "red", Captioner.LLM_8B) == first
    assert SAVE not in reviewed.trial.requests()


class TestAnAnswerWhoseArrivalNobodyKnows:
    """Encord has saved it and its answers broke off for good, or the page was killed before it could tell the store."""

    @pytest.fixture(autouse=True)
    def comparison(self, reviewed: Reviewed) -> Comparison:
        comparison = comparison_of(reviewed, "red")
        reviewed.trial.order_fault(match="v1 POST labelrow$", status=429, retry_after=3600, when="after")
        with pytest.raises(EncordError):
            decide_on(comparison, Captioner.LLM_8B, reviewed.desk())
        assert reviewed.known() == {}
        assert reviewed.in_encord("red") == "LLM-8B"
        return comparison

    def test_the_next_try_keeps_it(self, reviewed: Reviewed, comparison: Comparison) -> None:
        assert decide_on(comparison, Captioner.LLM_8B, reviewed.desk()).blind
        assert reviewed.in_encord("red") == "LLM-8B"

    @pytest.mark.parametrize("captioner", [Captioner.LLM_16B, None])
    def test_another_answer_takes_its_place(
        self, reviewed: Reviewed, comparison: Comparison, captioner: Captioner | None
    ) -> None:
        assert decide_on(comparison, captioner, reviewed.desk()).choice is captioner
        assert reviewed.in_encord("red") == ("LLM-16B" if captioner else None)

    def test_the_same_answer_of_somebody_else_is_theirs(self, reviewed: Reviewed, comparison: Comparison) -> None:
        choose(reviewed.trial, "red", "LLM-8B")
        with pytest.raises(AnsweredMeanwhile):
            decide_on(comparison, Captioner.LLM_8B, reviewed.desk())
        assert reviewed.known() == {}

    def test_the_next_sitting_keeps_it_as_given_blind(self, reviewed: Reviewed, comparison: Comparison) -> None:
        session = reviewed.session()
        assert reviewed.told == ["answers of an interrupted sitting that Encord had already, kept as given blind: 1"]
        kept = reviewed.known()["red"]
        assert (kept.label, kept.blind, kept.decided_by, kept.decided_at, kept.given_for) == (
            "LLM-8B",
            True,
            REVIEWER,
            NOW.isoformat(),
            comparison.text_uuids,
        )
        assert reviewed.tag("red") not in session.queue

    def test_the_next_sitting_forgets_it_where_somebody_has_taken_it_away(self, reviewed: Reviewed) -> None:
        take_away(reviewed.trial, "red")
        assert reviewed.tag("red") in reviewed.session().queue
        assert reviewed.known() == {}
        assert reviewed.records.intents("final_choice", [reviewed.tag("red")]) == {}


def test_with_approval_image_and_texts_are_done_in_one_act(reviewed: Reviewed) -> None:
    desk, comparison = reviewed.desk(approves=True), comparison_of(reviewed, "red")
    desk.decide(comparison, comparison.answer(Side.LEFT, desk.roles))
    reviewed.trial.forget_requests()
    assert desk.approve(comparison.tag, comparison.rows) is None
    assert reviewed.trial.requests()[ACTIONS] == 1
    assert reviewed.stages("red") == {"Complete"}
    assert reviewed.stages("green") == {"Human Review"}
    assert reviewed.known()["red"].review is Review.APPROVED


def test_an_approval_that_was_half_done_is_completed(reviewed: Reviewed) -> None:
    approve(reviewed.trial, "red")
    desk, comparison = reviewed.desk(approves=True), comparison_of(reviewed, "red")
    assert desk.approve(comparison.tag, comparison.rows) is None
    assert reviewed.stages("red") == {"Complete"}


def test_a_failed_approval_keeps_the_answer_and_the_next_sitting_completes_it(reviewed: Reviewed) -> None:
    desk, comparison = reviewed.desk(approves=True), comparison_of(reviewed, "red")
    desk.decide(comparison, comparison.answer(Side.LEFT, desk.roles))
    reviewed.trial.order_fault(match="POST .*/actions", status=403, times=1)
    problem = desk.approve(comparison.tag, comparison.rows)
    assert problem is not None
    assert "approving tasks" in problem
    assert reviewed.known()["red"].review is Review.OPEN
    reviewed.session(approves=True)
    assert reviewed.told == ["approved 'red.png', which was answered before"]
    assert reviewed.stages("red") == {"Complete"}
    assert reviewed.known()["red"].review is Review.APPROVED


@pytest.mark.parametrize("approves", [False, True])
def test_an_answer_taken_back_leaves_everything_as_it_was(reviewed: Reviewed, *, approves: bool) -> None:
    desk, comparison = reviewed.desk(approves=approves), comparison_of(reviewed, "red")
    desk.decide(comparison, comparison.answer(Side.LEFT, desk.roles))
    if approves:
        desk.approve(comparison.tag, comparison.rows)
    desk.take_back(comparison.tag, comparison.rows)
    assert encord_state(reviewed.trial.seed) == finished(*TWO)
    assert reviewed.known() == {}


def test_what_somebody_has_changed_since_is_not_taken_back(reviewed: Reviewed) -> None:
    desk, comparison = reviewed.desk(), comparison_of(reviewed, "red")
    decide(reviewed, "red", Captioner.LLM_8B)
    choose(reviewed.trial, "red", "LLM-16B")
    with pytest.raises(AnsweredMeanwhile):
        desk.take_back(comparison.tag, comparison.rows)
    assert reviewed.in_encord("red") == "LLM-16B"


def test_what_somebody_has_approved_since_is_not_taken_back(reviewed: Reviewed) -> None:
    desk, comparison = reviewed.desk(), comparison_of(reviewed, "red")
    decide(reviewed, "red", Captioner.LLM_8B)
    approve(reviewed.trial, "red")
    with pytest.raises(NothingToUndo, match="take the answer back in Encord"):
        desk.take_back(comparison.tag, comparison.rows)
    assert reviewed.in_encord("red") == "LLM-8B"


def test_an_answer_that_was_not_given_here_is_not_taken_back(reviewed: Reviewed) -> None:
    desk, comparison = reviewed.desk(), comparison_of(reviewed, "red")
    choose(reviewed.trial, "red", "LLM-8B")
    read_final_choices(reviewed.trial.pipeline, holder="run")
    known = reviewed.known()
    with pytest.raises(NothingToUndo):
        desk.take_back(comparison.tag, comparison.rows)
    assert reviewed.known() == known
    assert replace(known["red"], blind=False) == known["red"]
