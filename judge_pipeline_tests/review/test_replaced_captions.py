"""An image whose caption was replaced is asked about again, as if it had never been answered."""

import json

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.item_metadata import tag_metadata
from judge_pipeline.domain.text_item import text_item_title
from judge_pipeline.domain.workflow import AGENT_STAGES
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline.engine.final_choices import sync_final_choices
from judge_pipeline.review.errors import AlreadyAnswered
from judge_pipeline.review.session import Session
from judge_pipeline_tests.engine.people import choose
from judge_pipeline_tests.review.reviewed import Reviewed, side_of

NEW = "A caption that has never been compared."


def opened(reviewed: Reviewed, *, approves: bool = False) -> Session:
    """A session as the command starts it: choices made in Encord are read first."""
    writer = reviewed.writer()
    sync_final_choices(writer.project, writer.records, writer.roles, holder=writer.holder)
    return reviewed.session(approves=approves)


def answer(reviewed: Reviewed, session: Session, colour: str, captioner: Captioner) -> None:
    tag = reviewed.tag(colour)
    session.answer(tag, side_of(session.comparisons.get(tag), captioner))


def replace_caption(reviewed: Reviewed, colour: str) -> None:
    """Replaces the first captioner's text, as a refresh does."""
    trial, tag = reviewed.trial, reviewed.tag(colour)
    project = trial.project
    old = project.snapshot().texts[tag, Captioner.LLM_8B]
    project.delete_texts([old], [old.item_uuid])
    text = NewText(
        text_item_title(tag=tag, captioner=Captioner.LLM_8B), tag_metadata(tag, Captioner.LLM_8B.data_type), NEW
    )
    (place,) = project.reserve_text_uploads(trial.seed.folder_uuid, 1)
    project.put_texts([(place, text)])
    project.register_texts(trial.seed.folder_uuid, [(place, text)])
    (data_hash,) = project.link_items(trial.seed.dataset_hash, [place.item_uuid]).done.values()
    project.initialise_labels([data_hash])
    assert project.move_tasks([data_hash], AGENT_STAGES) == {}


@pytest.mark.parametrize("captioner", Captioner)
def test_it_is_asked_again_and_the_new_answer_counts_even_if_it_is_the_same(
    reviewed: Reviewed, captioner: Captioner
) -> None:
    answer(reviewed, opened(reviewed), "red", Captioner.LLM_8B)
    before = reviewed.known()["red"]
    replace_caption(reviewed, "red")
    session = opened(reviewed)
    assert set(session.queue) == {reviewed.tag("red"), reviewed.tag("green")}
    seen = session.next(tab="tab", without=[reviewed.tag("green")])
    assert seen is not None
    assert (seen.tag, seen.captions[Captioner.LLM_8B]) == (reviewed.tag("red"), NEW)
    answer(reviewed, session, "red", captioner)
    after = reviewed.known()["red"]
    assert after.is_given_for(seen.text_uuids)
    assert after.blind
    assert after.answer_hash != before.answer_hash
    assert reviewed.in_encord("red") == captioner.value.replace(" ", "-")
    assert set(opened(reviewed).queue) == {reviewed.tag("green")}


def test_the_page_does_not_reveal_the_earlier_answer(reviewed: Reviewed) -> None:
    choose(reviewed.trial, "red", "LLM-8B")
    opened(reviewed)
    replace_caption(reviewed, "red")
    session = opened(reviewed)
    again, first = (session.comparisons.get(reviewed.tag(colour)).blind() for colour in ("red", "green"))
    assert again.keys() == first.keys() == {"tag", "left", "right"}
    assert "LLM" not in json.dumps(again)
    assert session.progress() == {"answered": 0, "left": 2, "problems": []}


def test_an_answer_for_an_earlier_caption_is_not_approved(reviewed: Reviewed) -> None:
    answer(reviewed, opened(reviewed), "red", Captioner.LLM_8B)
    replace_caption(reviewed, "red")
    session = opened(reviewed, approves=True)
    assert reviewed.logged == []
    assert reviewed.stages("red") == {"Human Review"}
    assert reviewed.tag("red") in session.queue


@pytest.mark.parametrize("option", ["LLM-8B", "LLM-16B"])
def test_a_choice_made_since_is_never_overwritten(reviewed: Reviewed, option: str) -> None:
    """Not even if it is the same as the earlier one."""
    choose(reviewed.trial, "red", "LLM-8B")
    opened(reviewed)
    replace_caption(reviewed, "red")
    session = opened(reviewed)
    session.comparisons.get(reviewed.tag("red"))
    choose(reviewed.trial, "red", option)
    with pytest.raises(AlreadyAnswered, match=r"has already answered 'red\.png'"):
        answer(reviewed, session, "red", Captioner.LLM_16B)
    assert reviewed.in_encord("red") == option


def test_an_answer_to_captions_that_are_gone_is_not_written(reviewed: Reviewed) -> None:
    """The page was open while a run replaced one of them."""
    session = opened(reviewed)
    session.comparisons.get(reviewed.tag("red"))
    replace_caption(reviewed, "red")
    with pytest.raises(AlreadyAnswered, match=r"a caption of 'red\.png' was replaced after it was shown"):
        answer(reviewed, session, "red", Captioner.LLM_8B)
    assert reviewed.in_encord("red") is None
    assert reviewed.known() == {}
    assert reviewed.tag("red") in opened(reviewed).queue


def test_an_interrupted_answer_to_an_earlier_caption_is_recovered_as_such(reviewed: Reviewed) -> None:
    session = opened(reviewed)
    reviewed.trial.inject_fault(match="v1 POST labelrow$", status=429, retry_after=3600, when="after")
    with pytest.raises(EncordError):
        answer(reviewed, session, "red", Captioner.LLM_8B)
    assert reviewed.in_encord("red") == "LLM-8B"
    replace_caption(reviewed, "red")
    session = opened(reviewed)
    assert reviewed.known()["red"].blind
    assert reviewed.tag("red") in session.queue
    answer(reviewed, session, "red", Captioner.LLM_16B)
    assert reviewed.in_encord("red") == "LLM-16B"
