"""The ontology's own questions are saved with the choice; what other people have answered stays, and undo takes back only ours."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from judge_pipeline.domain.final_choice import TIE
from judge_pipeline.domain.human_criteria import human_criteria
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.review.comparison import Side
from judge_pipeline.review.criterion_picks import described
from judge_pipeline.review.errors import AlreadyAnswered, NothingToUndo, UnknownCriterion
from judge_pipeline_tests.encord_project.holding_proxy import LABEL_SAVE, holding_proxy
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import choose, reject
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.review.ontology_criteria import (
    add_judged_with_criteria,
    answer_in_encord,
    authors,
    criteria_in_encord,
    picked,
)
from judge_pipeline_tests.review.reviewed import Reviewed

SAVE = "v1 POST labelrow"


@pytest.fixture
def reviewed(trial: Trial) -> Iterator[Reviewed]:
    trial.begin_with(add_judged_with_criteria, "red")
    reviewed = Reviewed(trial)
    yield reviewed
    reviewed.close()


def test_only_what_people_answer_and_what_names_no_captioner_is_offered(reviewed: Reviewed) -> None:
    shown = described(reviewed.writer().roles)
    assert [(each["title"], each["several"], len(each["options"])) for each in shown["criteria"]] == [
        ("Difficulty", False, 2),
        ("Errors", True, 3),
    ]
    assert shown["in_editor"] == ["Style"]


@pytest.mark.parametrize(
    ("title", "option"),
    [
        ("Faults of LLM 8B", "None"),
        ("Better", "llm_16b"),
        ("Text_8B", "Good"),
        ("Which", "the 16B model"),
        ("Which", "the 8-B"),
    ],
)
def test_what_names_a_captioner_is_not_offered(reviewed: Reviewed, title: str, option: str) -> None:
    roles = reviewed.writer().roles
    (difficulty, *_) = human_criteria(roles)
    options = (replace(difficulty.root.options[0], label=option),)
    named = replace(difficulty, root=replace(difficulty.root, title=title, options=options))
    assert human_criteria(replace(roles, unused=(difficulty, named))) == (difficulty,)


def test_the_answers_are_saved_with_the_choice_and_nothing_else_changes(reviewed: Reviewed) -> None:
    session = reviewed.session()
    before = authors(reviewed, "red")
    session.comparisons.get(reviewed.tag("red"))
    reviewed.trial.reset_request_counts()
    criteria = picked(reviewed, Difficulty=["Hard"], Errors=["Missing", "Invented"])
    result = session.answer(reviewed.tag("red"), Side.LEFT, criteria=criteria)
    assert reviewed.trial.requests()[SAVE] == 1
    assert result["kept"] == []
    assert result["editor"].endswith(session.comparisons.snapshot.images[reviewed.tag("red")].data_hash)
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Hard"], "Errors": ["Invented", "Missing"]}
    assert reviewed.in_encord("red") == reviewed.known()["red"].label
    assert authors(reviewed, "red").items() >= before.items()


def test_an_earlier_answer_is_shown_and_stays_unless_it_is_changed_here(reviewed: Reviewed) -> None:
    answer_in_encord(reviewed.trial, "red", "Difficulty", "Easy")
    answer_in_encord(reviewed.trial, "red", "Errors", "Missing")
    given = authors(reviewed, "red")
    session = reviewed.session()
    shown = session.comparisons.get(reviewed.tag("red")).blind()["criteria"]
    assert shown == picked(reviewed, Difficulty=["Easy"], Errors=["Missing"])
    session.answer(reviewed.tag("red"), Side.LEFT, criteria=picked(reviewed, Errors=["Missing", "Invented"]))
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Easy"], "Errors": ["Invented", "Missing"]}
    assert authors(reviewed, "red")["Difficulty"] == given["Difficulty"]
    session.undo()
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Easy"], "Errors": ["Missing"]}
    assert authors(reviewed, "red") == given


def test_an_earlier_answer_is_removed_here_and_comes_back_by_undo(reviewed: Reviewed) -> None:
    answer_in_encord(reviewed.trial, "red", "Difficulty", "Easy")
    session = reviewed.session()
    session.answer(reviewed.tag("red"), Side.LEFT, criteria=picked(reviewed, Difficulty=[]))
    assert criteria_in_encord(reviewed, "red") == {}
    session.undo()
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Easy"]}


@pytest.mark.parametrize("side", [Side.LEFT, Side.TIE])
def test_undo_leaves_everything_as_it_was(reviewed: Reviewed, side: Side) -> None:
    """Also of a tie, which Encord does not hold here."""
    session = reviewed.session()
    session.answer(reviewed.tag("red"), side, criteria=picked(reviewed, Difficulty=["Hard"]))
    assert (reviewed.known()["red"].label == TIE) is (side is Side.TIE)
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Hard"]}
    session.undo()
    assert encord_state(reviewed.trial.seed) == finished("red")
    assert reviewed.known() == {}


def test_undo_takes_back_nothing_that_someone_else_has_answered_since(reviewed: Reviewed) -> None:
    session = reviewed.session()
    criteria = picked(reviewed, Difficulty=["Hard"])
    session.answer(reviewed.tag("red"), Side.LEFT, criteria=criteria)
    answer_in_encord(reviewed.trial, "red", "Difficulty", "Hard")
    answer_in_encord(reviewed.trial, "red", "Errors", "Missing")
    shown = session.undo().blind()["criteria"]
    assert shown == picked(reviewed, Difficulty=["Hard"], Errors=["Missing"])
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Hard"], "Errors": ["Missing"]}
    assert reviewed.in_encord("red") is None
    session.answer(reviewed.tag("red"), Side.LEFT, criteria=picked(reviewed, Difficulty=["Easy"]))
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Easy"], "Errors": ["Missing"]}


def test_what_someone_else_answers_while_the_image_is_shown_stays_and_is_reported(reviewed: Reviewed) -> None:
    session = reviewed.session()
    session.comparisons.get(reviewed.tag("red"))
    answer_in_encord(reviewed.trial, "red", "Difficulty", "Easy")
    criteria = picked(reviewed, Difficulty=["Hard"], Errors=["Missing"])
    assert session.answer(reviewed.tag("red"), Side.LEFT, criteria=criteria)["kept"] == ["Difficulty"]
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Easy"], "Errors": ["Missing"]}
    session.undo()
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Easy"]}


def test_what_someone_else_answers_during_the_save_stays_and_is_reported(reviewed: Reviewed) -> None:
    trial = reviewed.trial
    with holding_proxy(
        trial.seed.connection.domain,
        *LABEL_SAVE,
        meanwhile=lambda: answer_in_encord(trial, "red", "Difficulty", "Easy"),
    ) as proxy:
        trial.pipeline = replace(trial.pipeline, connection=replace(trial.pipeline.connection, domain=proxy.url))
        session = reviewed.session()
        result = session.answer(
            reviewed.tag("red"), Side.LEFT, criteria=picked(reviewed, Difficulty=["Hard"], Errors=["Missing"])
        )
    assert proxy.held >= 1
    assert result["kept"] == ["Difficulty"]
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Easy"], "Errors": ["Missing"]}
    assert reviewed.in_encord("red") == reviewed.known()["red"].label


class TestASaveWhoseResponseIsLost:
    @pytest.mark.parametrize("earlier", [None, "Easy"])
    @pytest.mark.parametrize("second", [{"Difficulty": ["Hard"]}, {"Errors": ["Missing"]}, {}])
    def test_the_next_try_decides_and_undo_restores(
        self, reviewed: Reviewed, earlier: str | None, second: dict[str, list[str]]
    ) -> None:
        if earlier:
            answer_in_encord(reviewed.trial, "red", "Difficulty", earlier)
        given = authors(reviewed, "red")
        before = criteria_in_encord(reviewed, "red")
        session = reviewed.session()
        session.comparisons.get(reviewed.tag("red"))
        reviewed.trial.inject_fault(match="v1 POST labelrow$", status=429, retry_after=3600, when="after")
        with pytest.raises(EncordError):
            session.answer(reviewed.tag("red"), Side.LEFT, criteria=picked(reviewed, Difficulty=["Hard"]))
        assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Hard"]}
        session.answer(reviewed.tag("red"), Side.RIGHT, criteria=picked(reviewed, **second))
        assert criteria_in_encord(reviewed, "red") == {**before, **second}
        session.undo()
        assert criteria_in_encord(reviewed, "red") == before
        assert authors(reviewed, "red") == given

    def test_the_next_session_recovers_the_choice_and_the_answer_stays(self, reviewed: Reviewed) -> None:
        session = reviewed.session()
        session.comparisons.get(reviewed.tag("red"))
        reviewed.trial.inject_fault(match="v1 POST labelrow$", status=429, retry_after=3600, when="after")
        with pytest.raises(EncordError):
            session.answer(reviewed.tag("red"), Side.LEFT, criteria=picked(reviewed, Difficulty=["Hard"]))
        assert reviewed.session().queue == []
        assert reviewed.known()["red"].blind
        assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Hard"]}


def test_an_answer_with_an_archived_option_stays_as_it_is(reviewed: Reviewed) -> None:
    answer_in_encord(reviewed.trial, "red", "Errors", "Missing", "Wrong count")
    session = reviewed.session()
    criteria = picked(reviewed, Errors=["Missing"])
    difficulty, errors, *_ = human_criteria(session.writer.roles)
    fewer = replace(errors, root=replace(errors.root, options=errors.root.options[:2]))
    session.writer = replace(session.writer, roles=replace(session.writer.roles, unused=(difficulty, fewer)))
    with pytest.raises(UnknownCriterion):
        session.answer(reviewed.tag("red"), Side.LEFT, criteria=criteria)
    session.answer(reviewed.tag("red"), Side.LEFT, criteria=picked(reviewed, Difficulty=["Hard"]))
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Hard"], "Errors": ["Missing", "Wrong count"]}


def test_without_a_choice_nothing_is_written(reviewed: Reviewed) -> None:
    """Someone else has answered, or the image has left the review: the criteria are refused with the choice."""
    session = reviewed.session()
    session.comparisons.get(reviewed.tag("red"))
    choose(reviewed.trial, "red", "LLM-8B")
    for match in ("has already answered", "is in 'Archive'"):
        with pytest.raises(AlreadyAnswered, match=match):
            session.answer(reviewed.tag("red"), Side.TIE, criteria=picked(reviewed, Difficulty=["Hard"]))
        assert criteria_in_encord(reviewed, "red") == {}
        reject(reviewed.trial, "red") if match == "has already answered" else None


def test_another_reviewer_of_the_session_cannot_undo_them(reviewed: Reviewed) -> None:
    session = reviewed.session()
    session.answer(reviewed.tag("red"), Side.LEFT, criteria=picked(reviewed, Difficulty=["Hard"]))
    session.change_reviewer("bob@example.com")
    with pytest.raises(NothingToUndo):
        session.undo()
    assert criteria_in_encord(reviewed, "red") == {"Difficulty": ["Hard"]}


def test_what_the_page_does_not_offer_is_refused_and_nothing_is_written(reviewed: Reviewed) -> None:
    session = reviewed.session()
    difficulty, errors = picked(reviewed, Difficulty=["Hard", "Easy"], Errors=["Missing"]).items()
    refused: list[dict[str, list[str]]] = [
        dict([difficulty]),
        {difficulty[0]: errors[1]},
        {"another": []},
        picked(reviewed, Style=["Plain"]),
        {reviewed.writer().roles.choice.feature_hash: []},
    ]
    for criteria in refused:
        with pytest.raises(UnknownCriterion):
            session.answer(reviewed.tag("red"), Side.LEFT, criteria=criteria)
    assert encord_state(reviewed.trial.seed) == finished("red")
    assert reviewed.known() == {}
