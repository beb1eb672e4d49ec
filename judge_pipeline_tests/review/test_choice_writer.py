"""A choice is saved once, changes nothing else, never overwrites someone else's, and can be undone without a trace."""

from dataclasses import replace

import pytest

from judge_pipeline.assets.final_choices import read_final_choices
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import TIE, FinalChoice, Review
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.review.choice_writer import ChoiceWriter
from judge_pipeline.review.comparison import Comparison, Side
from judge_pipeline.review.errors import AlreadyAnswered, ImageBusy, NothingToUndo
from judge_pipeline_tests.encord_project.holding_proxy import LABEL_SAVE, holding_proxy
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import approve, choose, clear_choice, correct, reject
from judge_pipeline_tests.review.fixtures import TWO
from judge_pipeline_tests.review.reviewed import NOW, REVIEWER, Reviewed, side_of

SAVE = "v1 POST labelrow"
ACTIONS = "POST projects/{project}/workflow/stages/{stage}/actions"


def comparison_of(reviewed: Reviewed, colour: str) -> Comparison:
    return reviewed.session().comparisons.get(reviewed.tag(colour))


def choose_blind(
    reviewed: Reviewed, colour: str, captioner: Captioner | None, writer: ChoiceWriter | None = None
) -> FinalChoice:
    """Answers for a captioner, whichever side it is on, or with a tie."""
    return save_choice(comparison_of(reviewed, colour), captioner, writer or reviewed.writer())


def save_choice(comparison: Comparison, captioner: Captioner | None, writer: ChoiceWriter) -> FinalChoice:
    side = side_of(comparison, captioner) if captioner else Side.TIE
    return writer.save(comparison, comparison.answer(side, writer.roles))


def test_an_answer_is_saved_once_and_the_rest_of_the_row_stays(reviewed: Reviewed) -> None:
    writer, comparison = reviewed.writer(), comparison_of(reviewed, "red")
    answer = comparison.answer(side_of(comparison, Captioner.LLM_8B), writer.roles)
    reviewed.trial.reset_request_counts()
    choice = writer.save(comparison, answer)
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
    choice = choose_blind(reviewed, "red", Captioner.LLM_16B)
    assert read_final_choices(reviewed.trial.pipeline, holder="run")["blind"] == 1
    assert reviewed.known() == {"red": choice}


def test_without_a_name_the_reviewer_is_the_keys_user(reviewed: Reviewed) -> None:
    choice = choose_blind(reviewed, "red", Captioner.LLM_16B, reviewed.writer(reviewer=None))
    assert choice.decided_by == reviewed.trial.seed.server.email


def test_a_tie_is_written_if_the_ontology_has_an_option_for_it(reviewed: Reviewed) -> None:
    reviewed.add_option("Both alike")
    assert choose_blind(reviewed, "red", None).is_tie
    assert reviewed.in_encord("red") == "Both alike"


def test_a_tie_without_an_option_is_stored_but_not_written(reviewed: Reviewed) -> None:
    writer, comparison = reviewed.writer(), comparison_of(reviewed, "red")
    reviewed.trial.reset_request_counts()
    choice = writer.save(comparison, comparison.answer(Side.TIE, writer.roles))
    assert (choice.label, choice.is_tie, choice.blind) == (TIE, True, True)
    assert reviewed.trial.writes() == 0
    read_final_choices(reviewed.trial.pipeline, holder="run")
    assert reviewed.known() == {"red": choice}


@pytest.mark.parametrize("captioner", [Captioner.LLM_8B, None])
def test_someone_elses_answer_is_never_overwritten(reviewed: Reviewed, captioner: Captioner | None) -> None:
    """Not even with the same one: it was not given blind."""
    comparison = comparison_of(reviewed, "red")
    choose(reviewed.trial, "red", "LLM-8B")
    writer = reviewed.writer()
    side = side_of(comparison, captioner) if captioner else Side.TIE
    with pytest.raises(AlreadyAnswered, match=r"pipeline@example.com has already answered 'red.png'"):
        writer.save(comparison, comparison.answer(side, writer.roles))
    assert reviewed.in_encord("red") == "LLM-8B"
    assert reviewed.known() == {}


def test_a_second_reviewer_of_the_same_store_learns_who_was_first(reviewed: Reviewed) -> None:
    choose_blind(reviewed, "red", None)
    with pytest.raises(AlreadyAnswered, match=REVIEWER):
        choose_blind(
            reviewed, "red", Captioner.LLM_8B, reviewed.writer(reviewer="bob@example.com", holder="another page")
        )
    assert reviewed.in_encord("red") is None


def test_an_image_that_left_human_review_is_not_touched(reviewed: Reviewed) -> None:
    comparison = comparison_of(reviewed, "red")
    reject(reviewed.trial, "red")
    writer = reviewed.writer()
    with pytest.raises(AlreadyAnswered, match=r"'red\.png' is in 'Archive'"):
        writer.save(comparison, comparison.answer(Side.LEFT, writer.roles))
    assert reviewed.in_encord("red") is None


def test_an_image_that_a_run_is_working_on_comes_later(reviewed: Reviewed) -> None:
    held = reviewed.records.leases.acquire([reviewed.tag("red")], holder="run", seconds=60)
    with pytest.raises(ImageBusy, match="it will come again later"):
        choose_blind(reviewed, "red", Captioner.LLM_8B)
    reviewed.records.leases.release(list(held.values()))
    choose_blind(reviewed, "red", Captioner.LLM_8B)
    assert reviewed.in_encord("red") == "LLM-8B"


def test_the_same_answer_twice_is_written_once(reviewed: Reviewed) -> None:
    first = choose_blind(reviewed, "red", Captioner.LLM_8B)
    reviewed.trial.reset_request_counts()
    assert choose_blind(reviewed, "red", Captioner.LLM_8B) == first
    assert SAVE not in reviewed.trial.requests()


class TestAnAnswerThatMayOrMayNotHaveArrived:
    """Encord has saved it, but its response was lost, or the page was killed before it could update the store."""

    @pytest.fixture(autouse=True)
    def comparison(self, reviewed: Reviewed) -> Comparison:
        comparison = comparison_of(reviewed, "red")
        reviewed.trial.inject_fault(match="v1 POST labelrow$", status=429, retry_after=3600, when="after")
        with pytest.raises(EncordError):
            save_choice(comparison, Captioner.LLM_8B, reviewed.writer())
        assert reviewed.known() == {}
        assert reviewed.in_encord("red") == "LLM-8B"
        return comparison

    def test_the_next_try_keeps_it(self, reviewed: Reviewed, comparison: Comparison) -> None:
        assert save_choice(comparison, Captioner.LLM_8B, reviewed.writer()).blind
        assert reviewed.in_encord("red") == "LLM-8B"

    @pytest.mark.parametrize("captioner", [Captioner.LLM_16B, None])
    def test_another_answer_takes_its_place(
        self, reviewed: Reviewed, comparison: Comparison, captioner: Captioner | None
    ) -> None:
        assert save_choice(comparison, captioner, reviewed.writer()).choice is captioner
        assert reviewed.in_encord("red") == ("LLM-16B" if captioner else None)

    def test_the_same_answer_by_someone_else_is_theirs(self, reviewed: Reviewed, comparison: Comparison) -> None:
        choose(reviewed.trial, "red", "LLM-8B")
        with pytest.raises(AlreadyAnswered):
            save_choice(comparison, Captioner.LLM_8B, reviewed.writer())
        assert reviewed.known() == {}

    def test_the_next_session_recovers_it_as_a_blind_choice(self, reviewed: Reviewed, comparison: Comparison) -> None:
        session = reviewed.session()
        assert reviewed.logged == [
            "answers recovered from an interrupted session: 1; Encord had them already, they count as blind"
        ]
        kept = reviewed.known()["red"]
        assert (kept.label, kept.blind, kept.decided_by, kept.decided_at, kept.given_for) == (
            "LLM-8B",
            True,
            REVIEWER,
            NOW.isoformat(),
            comparison.text_uuids,
        )
        assert reviewed.tag("red") not in session.queue

    def test_the_next_session_forgets_it_if_someone_removed_it(self, reviewed: Reviewed) -> None:
        clear_choice(reviewed.trial, "red")
        assert reviewed.tag("red") in reviewed.session().queue
        assert reviewed.known() == {}
        assert reviewed.records.intents("final_choice", [reviewed.tag("red")]) == {}


def test_image_and_texts_are_approved_in_one_request(reviewed: Reviewed) -> None:
    writer, comparison = reviewed.writer(approves=True), comparison_of(reviewed, "red")
    writer.save(comparison, comparison.answer(Side.LEFT, writer.roles))
    reviewed.trial.reset_request_counts()
    assert writer.approve(comparison.tag, comparison.rows) is None
    assert reviewed.trial.requests()[ACTIONS] == 1
    assert reviewed.stages("red") == {"Complete"}
    assert reviewed.stages("green") == {"Human Review"}
    assert reviewed.known()["red"].review is Review.APPROVED


def test_a_partial_approval_is_completed(reviewed: Reviewed) -> None:
    approve(reviewed.trial, "red")
    writer, comparison = reviewed.writer(approves=True), comparison_of(reviewed, "red")
    assert writer.approve(comparison.tag, comparison.rows) is None
    assert reviewed.stages("red") == {"Complete"}


def test_a_failed_approval_keeps_the_answer_and_the_next_session_completes_it(reviewed: Reviewed) -> None:
    writer, comparison = reviewed.writer(approves=True), comparison_of(reviewed, "red")
    writer.save(comparison, comparison.answer(Side.LEFT, writer.roles))
    reviewed.trial.inject_fault(match="POST .*/actions", status=403, times=5)
    problem = writer.approve(comparison.tag, comparison.rows)
    assert problem is not None
    assert "approving tasks" in problem
    assert reviewed.known()["red"].review is Review.OPEN
    reviewed.session(approves=True)
    assert reviewed.logged == ["approved 'red.png', which was answered earlier"]
    assert reviewed.stages("red") == {"Complete"}
    assert reviewed.known()["red"].review is Review.APPROVED


@pytest.mark.parametrize("approves", [False, True])
def test_undo_leaves_everything_as_it_was(reviewed: Reviewed, *, approves: bool) -> None:
    writer, comparison = reviewed.writer(approves=approves), comparison_of(reviewed, "red")
    writer.save(comparison, comparison.answer(Side.LEFT, writer.roles))
    if approves:
        writer.approve(comparison.tag, comparison.rows)
    writer.undo(comparison.tag, comparison.rows)
    assert encord_state(reviewed.trial.seed) == finished(*TWO)
    assert reviewed.known() == {}


def test_an_answer_changed_since_is_not_undone(reviewed: Reviewed) -> None:
    writer, comparison = reviewed.writer(), comparison_of(reviewed, "red")
    choose_blind(reviewed, "red", Captioner.LLM_8B)
    choose(reviewed.trial, "red", "LLM-16B")
    with pytest.raises(AlreadyAnswered):
        writer.undo(comparison.tag, comparison.rows)
    assert reviewed.in_encord("red") == "LLM-16B"


def test_an_answer_approved_since_is_not_undone(reviewed: Reviewed) -> None:
    writer, comparison = reviewed.writer(), comparison_of(reviewed, "red")
    choose_blind(reviewed, "red", Captioner.LLM_8B)
    approve(reviewed.trial, "red")
    with pytest.raises(NothingToUndo, match="undo the answer in Encord"):
        writer.undo(comparison.tag, comparison.rows)
    assert reviewed.in_encord("red") == "LLM-8B"


def test_an_answer_from_elsewhere_is_not_undone(reviewed: Reviewed) -> None:
    writer, comparison = reviewed.writer(), comparison_of(reviewed, "red")
    choose(reviewed.trial, "red", "LLM-8B")
    read_final_choices(reviewed.trial.pipeline, holder="run")
    known = reviewed.known()
    with pytest.raises(NothingToUndo):
        writer.undo(comparison.tag, comparison.rows)
    assert reviewed.known() == known
    assert replace(known["red"], blind=False) == known["red"]


def test_another_persons_choice_during_our_save_stays_and_is_reported(reviewed: Reviewed) -> None:
    trial = reviewed.trial
    with holding_proxy(
        trial.seed.connection.domain,
        *LABEL_SAVE,
        meanwhile=lambda: choose(trial, "red", "LLM-16B"),
    ) as proxy:
        trial.pipeline = replace(trial.pipeline, connection=replace(trial.pipeline.connection, domain=proxy.url))
        with pytest.raises(AlreadyAnswered):
            choose_blind(reviewed, "red", Captioner.LLM_8B)
    assert proxy.held == 1
    assert reviewed.in_encord("red") == "LLM-16B"


def test_another_label_that_is_saved_during_our_save_survives(reviewed: Reviewed) -> None:
    trial = reviewed.trial
    with holding_proxy(
        trial.seed.connection.domain,
        *LABEL_SAVE,
        meanwhile=lambda: correct(trial, "red", "LLM 8B", "Quality Score", "Very good"),
    ) as proxy:
        trial.pipeline = replace(trial.pipeline, connection=replace(trial.pipeline.connection, domain=proxy.url))
        choose_blind(reviewed, "red", Captioner.LLM_8B)
    labels = encord_state(trial.seed)["red"]["labels"]
    assert labels["LLM 8B"]["Quality Score"] == "Very good"
    assert labels["Final Choice"] == {"Final Choice": "LLM-8B"}
