"""Which image comes next: each once, none that is answered, in the same order at every start, never in two tabs at once."""

import pytest
from encord.workflow import AnnotationStage

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import Drawing, Order, random_number
from judge_pipeline.domain.final_choice import SCRIPTED, TIE, FinalChoice, Review
from judge_pipeline.domain.judge_opinion import JudgeOpinion
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.review_sample import ReviewSample, review_sample
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import StageKind
from judge_pipeline.engine.final_choices import sync_final_choices
from judge_pipeline.review.comparison import Comparison, Side
from judge_pipeline.review.errors import AlreadyAnswered, ImageBusy, NothingToUndo, UnknownImage
from judge_pipeline.review.session import Session
from judge_pipeline_tests.engine.people import choose, correct, reject
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.engine.workflows import agent, seed_stages, trial_with
from judge_pipeline_tests.model_stub import LARGE, SMALL, caption
from judge_pipeline_tests.reporting.values import judgement
from judge_pipeline_tests.review.fixtures import FOUR
from judge_pipeline_tests.review.judged import add_judged
from judge_pipeline_tests.review.reviewed import REVIEWER, Reviewed, side_of


@pytest.fixture
def colours() -> tuple[str, ...]:
    return FOUR


def colours_that_come(reviewed: Reviewed, session: Session, *, tab: str = "tab") -> list[str]:
    """What a tab that skips everything is shown."""
    seen: list[Tag] = []
    while comparison := session.next(tab=tab, without=seen):
        seen.append(comparison.tag)
    return [reviewed.colour(tag) for tag in seen]


def test_every_waiting_image_comes_once_in_the_same_order_at_every_start(reviewed: Reviewed) -> None:
    order = colours_that_come(reviewed, reviewed.session())
    assert sorted(order) == sorted(FOUR)
    assert colours_that_come(reviewed, reviewed.session(limit=2)) == order[:2]


def test_a_session_resumes_where_the_last_one_ended(reviewed: Reviewed) -> None:
    first = reviewed.session()
    order = [reviewed.colour(tag) for tag in first.queue]
    first.answer(reviewed.tag(order[0]), Side.LEFT)
    first.answer(reviewed.tag(order[1]), Side.TIE)
    assert first.progress() == {"answered": 2, "left": 2, "problems": []}
    assert colours_that_come(reviewed, reviewed.session()) == order[2:]


def test_what_people_have_answered_or_finished_in_encord_does_not_come(reviewed: Reviewed) -> None:
    choose(reviewed.trial, "red", "LLM-8B")
    reject(reviewed.trial, "green")
    assert sorted(colours_that_come(reviewed, reviewed.session())) == ["blue", "yellow"]


def test_an_image_without_both_captions_does_not_come(reviewed: Reviewed) -> None:
    reviewed.trial.add("purple")
    assert "purple" not in colours_that_come(reviewed, reviewed.session())


def test_the_doubtful_ones_come_first_when_asked_for(reviewed: Reviewed) -> None:
    """The judge is undecided about the blue picture, and contradicts itself about the red one."""
    for colour, choice, orders_agree in (
        ("blue", None, None),
        ("red", Captioner.LLM_8B, False),
        ("green", Captioner.LLM_8B, True),
        ("yellow", Captioner.LLM_16B, None),
    ):
        reviewed.record("judgements", judgement(reviewed.tag(colour), choice, orders_agree=orders_agree))
    order = colours_that_come(reviewed, reviewed.session(order=Order.DISAGREEMENTS))
    assert set(order[:2]) == {"blue", "red"}


def test_the_captions_are_those_in_encord_without_the_captioners_names(reviewed: Reviewed) -> None:
    session = reviewed.session()
    comparison = session.comparisons.get(reviewed.tag("red"))
    assert comparison.captions == {Captioner.LLM_8B: caption(SMALL, "red"), Captioner.LLM_16B: caption(LARGE, "red")}
    assert session.comparisons.picture(comparison.tag)[:3] == b"\xff\xd8\xff"
    assert comparison.blind() == {
        "tag": comparison.tag,
        "left": comparison.captions[comparison.left],
        "right": comparison.captions[comparison.left.other],
    }


def test_the_judges_opinion_comes_with_the_answer_by_sides(reviewed: Reviewed) -> None:
    session = reviewed.session()
    comparison = session.comparisons.get(reviewed.tag("red"))
    middle = [["Correctness Score", "Somewhat accurate"], ["Quality Score", "Acceptable"]]
    best = [["Correctness Score", "Very accurate"], ["Quality Score", "Very good"]]
    better = side_of(comparison, Captioner.LLM_16B)
    result = session.answer(comparison.tag, Side.TIE)
    sides = {"left": best, "right": middle} if better is Side.LEFT else {"left": middle, "right": best}
    assert result == {
        "judge": {"choice": better, "corrected": False, **sides},
        "warning": None,
        "kept": [],
        "editor": None,
    }


def test_what_a_person_has_corrected_is_not_shown_as_the_judges_alone(reviewed: Reviewed) -> None:
    correct(reviewed.trial, "red", "LLM 8B", "Quality Score", "Very good")
    session = reviewed.session()
    assert session.answer(reviewed.tag("red"), Side.TIE)["judge"]["corrected"]


def test_invisible_characters_are_shown() -> None:
    row = ProjectRow(
        "d", "s", "i", "red.png", is_image=True, stage="Human Review", kind=StageKind.REVIEW, tag=None, data_type=None
    )
    comparison = Comparison(Tag("t"), row, {}, dict.fromkeys(Captioner, "a\u202ebc"), JudgeOpinion())
    assert comparison.blind()["left"] == "a\\u202ebc"


def test_later_moves_an_image_to_the_end(reviewed: Reviewed) -> None:
    session = reviewed.session()
    order = colours_that_come(reviewed, session)
    session.later(reviewed.tag(order[0]))
    assert colours_that_come(reviewed, session) == [*order[1:], order[0]]


def test_two_tabs_are_given_different_images(reviewed: Reviewed) -> None:
    session = reviewed.session()
    one, other = session.next(tab="one", without=[]), session.next(tab="other", without=[])
    assert one
    assert other
    assert one.tag != other.tag
    assert session.next(tab="one", without=[]) == one
    assert sorted(colours_that_come(reviewed, session, tab="third")) == sorted(FOUR)


def test_two_pages_are_given_different_images_in_one_order(reviewed: Reviewed) -> None:
    """Two reviewers on two machines share the store: what they answer together is one sample."""
    one, other = reviewed.session(holder="one"), reviewed.session(holder="other", reviewer="bob@example.com")
    assert one.queue == other.queue
    shown = [session.next(tab="tab", without=[]) for session in (one, other)]
    assert [comparison.tag for comparison in shown if comparison] == one.queue[:2]
    one.close()
    assert reviewed.session(holder="third").next(tab="tab", without=[]) == shown[0]


def test_answers_keep_how_their_images_were_drawn(reviewed: Reviewed) -> None:
    reviewed.record("judgements", judgement(reviewed.tag("blue"), None))
    session = reviewed.session(order=Order.DISAGREEMENTS)
    doubtful, drawn, *_ = session.queue
    for tag in (doubtful, drawn):
        session.answer(tag, Side.LEFT)
    reviewed.session().answer(session.queue[0], Side.LEFT)
    known = reviewed.records.results("final_choices", FinalChoice)
    assert reviewed.colour(doubtful) == "blue"
    assert (known[doubtful].drawn, known[doubtful].round) == (Drawing.DISAGREEMENTS, None)
    assert (known[drawn].drawn, known[drawn].round) == (Drawing.RANDOM, 1)
    assert known[doubtful].judgement_version == "j; prompt v; ontology o"
    assert known[drawn].judgement_version is None
    assert known[doubtful].sitting == known[drawn].sitting == session.sitting.name
    assert len({choice.sitting for choice in known.values()}) == 2


def test_the_inclusion_probability_of_an_answer_is_known(reviewed: Reviewed) -> None:
    """Of four images in the order of their random numbers, the two answered have been drawn with the third one's number."""
    session = reviewed.session()
    order = list(session.queue)
    for tag in order[:2]:
        session.answer(tag, Side.LEFT)
    found = sample_of(reviewed)
    assert found.probabilities == dict.fromkeys(order[:2], random_number(order[2]))
    assert found.population == set(order)

    reviewed.trial.add("purple")
    add_judged(reviewed.trial, "orange")
    later = reviewed.session()
    assert {draw.round for draw in reviewed.records.draws.all().values()} == {2}
    for tag in list(later.queue):
        later.answer(tag, Side.LEFT)
    everything = sample_of(reviewed)
    assert set(everything.probabilities.values()) == {1.0}
    assert len(everything.population) == 5


def test_an_answer_in_the_editor_leaves_the_frame_when_its_turn_comes(reviewed: Reviewed) -> None:
    session = reviewed.session()
    first, elsewhere, third, fourth = session.queue
    choose(reviewed.trial, reviewed.colour(elsewhere), "LLM-8B")
    session.answer(first, Side.LEFT)
    sync_final_choices(reviewed.trial.project, reviewed.records, session.writer.roles, holder="test")
    assert sample_of(reviewed).population == {first, elsewhere, third, fourth}
    later = reviewed.session()
    assert later.queue == [third, fourth]
    later.answer(third, Side.LEFT)
    found = sample_of(reviewed)
    assert found.population == {first, third, fourth}
    assert set(found.probabilities) == {first, third}
    assert reviewed.known()[reviewed.colour(elsewhere)].drawn is Drawing.BY_HAND


def sample_of(reviewed: Reviewed) -> ReviewSample:
    known = reviewed.records.results("final_choices", FinalChoice)
    draws = reviewed.records.draws.all()
    return review_sample(comparable=list(draws), choices=known, draws=draws)


def test_undo_shows_the_last_image_again_and_then_the_one_before(reviewed: Reviewed) -> None:
    session = reviewed.session()
    order = colours_that_come(reviewed, session)
    for colour in order[:2]:
        session.answer(reviewed.tag(colour), Side.LEFT)
    assert reviewed.colour(session.undo().tag) == order[1]
    assert reviewed.colour(session.undo().tag) == order[0]
    assert reviewed.known() == {}
    assert colours_that_come(reviewed, session) == order
    with pytest.raises(NothingToUndo):
        session.undo()


def test_an_answer_that_cannot_be_undone_is_skipped_by_the_next_undo(reviewed: Reviewed) -> None:
    session = reviewed.session()
    for colour in ("red", "green"):
        session.answer(reviewed.tag(colour), Side.LEFT)
    reject(reviewed.trial, "green")
    with pytest.raises(NothingToUndo):
        session.undo()
    assert reviewed.colour(session.undo().tag) == "red"


def test_a_busy_image_comes_again_at_the_end(reviewed: Reviewed) -> None:
    session = reviewed.session()
    order = colours_that_come(reviewed, session)
    reviewed.records.leases.acquire([reviewed.tag(order[0])], holder="run", seconds=60)
    with pytest.raises(ImageBusy):
        session.answer(reviewed.tag(order[0]), Side.LEFT)
    assert colours_that_come(reviewed, session) == [*order[1:], order[0]]


def test_an_image_that_someone_else_answered_does_not_come_again(reviewed: Reviewed) -> None:
    session = reviewed.session()
    colours_that_come(reviewed, session)
    choose(reviewed.trial, "red", "LLM-8B")
    with pytest.raises(AlreadyAnswered):
        session.answer(reviewed.tag("red"), Side.LEFT)
    assert "red" not in colours_that_come(reviewed, session)


def test_an_unreadable_image_is_reported_and_holds_up_nothing(reviewed: Reviewed) -> None:
    session = reviewed.session()
    item = session.comparisons.snapshot.images[reviewed.tag("red")].item_uuid
    reviewed.trial.seed.server.control("PUT", f"items/{item}/content", data=b"no image")
    assert sorted(colours_that_come(reviewed, session)) == ["blue", "green", "yellow"]
    (problem,) = session.progress()["problems"]
    assert problem.startswith("'red.png' cannot be shown: ")


def test_an_image_that_leaves_the_project_holds_up_nothing(reviewed: Reviewed) -> None:
    session = reviewed.session()
    seed = reviewed.trial.seed
    dataset = seed.client().get_dataset(seed.dataset_hash, include_data_rows=False)
    dataset.delete_data([session.comparisons.snapshot.images[reviewed.tag("red")].data_hash])
    assert len(colours_that_come(reviewed, session)) == 3
    (problem,) = session.progress()["problems"]
    assert problem.startswith("'red.png' cannot be read: ")


def test_a_tag_of_another_project_is_refused(reviewed: Reviewed) -> None:
    with pytest.raises(UnknownImage):
        reviewed.session().answer(Tag("another"), Side.LEFT)


@pytest.mark.parametrize("leads_to_router", [False, True])
def test_a_review_stage_with_another_title_is_found(trial: Trial, *, leads_to_router: bool) -> None:
    """By the judge's pathway, or as the only review stage if the pathway leads elsewhere."""
    stages = seed_stages(
        LLM_as_Judge=agent("LLM as Judge", ("LLM Ruling", "Check" if leads_to_router else "Opinions")),
        Human_Review={"title": "Opinions", "kind": "review", "approve": "Complete", "reject": "Archive"},
    )
    check = {"title": "Check", "kind": "annotation", "pathways": [{"name": "Submit", "to": "Opinions"}]}
    trial = trial_with(trial, [*stages, check])
    add_judged(trial, "red", "green")
    for task in trial.seed.project().workflow.get_stage(name="Check", type_=AnnotationStage).get_tasks():
        task.submit()
    reviewed = Reviewed(trial)
    try:
        session = reviewed.session(approves=True)
        assert {reviewed.colour(tag) for tag in session.queue} == {"red", "green"}
        answer = session.answer(reviewed.tag("red"), Side.LEFT)
        assert answer["warning"] is None
        assert reviewed.stages("red") == {"Complete"}
        session.undo()
        assert reviewed.stages("red") == {"Opinions"}
    finally:
        reviewed.close()


def test_another_reviewer_goes_on_and_cannot_undo_the_first_ones_answers(reviewed: Reviewed) -> None:
    session = reviewed.session()
    waiting = list(session.queue)
    session.answer(waiting[0], Side.LEFT)
    session.change_reviewer("bob@example.com")
    assert session.queue == waiting[1:]
    assert session.progress()["answered"] == 0
    assert session.project_progress() == {"decided": 1, "images": len(waiting)}
    with pytest.raises(NothingToUndo):
        session.undo()
    (choice,) = reviewed.known().values()
    assert choice.decided_by == REVIEWER


def test_the_names_to_pick_from_are_those_of_people(reviewed: Reviewed) -> None:
    one, two, *_ = reviewed.session().queue
    reviewed.record("final_choices", FinalChoice(one, None, TIE, Review.OPEN, decided_by=SCRIPTED))
    reviewed.record("final_choices", FinalChoice(two, None, TIE, Review.OPEN, decided_by="bob@example.com"))
    assert reviewed.session().reviewers == ["bob@example.com", REVIEWER]
    assert reviewed.session(reviewer=None).reviewers == ["bob@example.com"]
