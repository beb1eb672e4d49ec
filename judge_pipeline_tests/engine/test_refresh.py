"""A refresh asks again on purpose: the new caption replaces the old one and is judged, and an image never has two."""

from functools import partial
from typing import Any

import pytest
from encord.constants.enums import DataType

from judge_pipeline.automation.support.pending_tags import judged_tags
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.exporting.preference import preferences
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline_tests.engine.encord_state import encord_state, finished, label_rows
from judge_pipeline_tests.engine.people import approve, choose
from judge_pipeline_tests.engine.test_kills import NEVER_SECONDS, faults_have_been_met, run_and_kill
from judge_pipeline_tests.engine.trial import QUIET, Trial, every
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL, ModelCall
from judge_pipeline_tests.models.stub_server import completion

NEW = "A new look at a plain area."


def config(**options: Any) -> dict[str, Any]:
    return {**QUIET, "ops": {"path": {"config": options}}}


REFRESH = config(refresh=True)


def text_items(trial: Trial) -> dict[str, str]:
    """The storage items of the project's texts, by title."""
    rows = label_rows(trial.seed)
    return {row.data_title: str(row.backing_item_uuid) for row in rows if row.data_type is DataType.PLAIN_TEXT}


def with_new_text(*colours: str, data_type: str = "Text_8B") -> Any:
    """The finished state, with a new caption from the first captioner."""
    state = finished(*colours)
    for colour in colours:
        state[colour]["texts"][data_type]["content"] = NEW
    return state


def judgements(trial: Trial) -> dict[str, Judgement]:
    """The judgements that the report shows, by colour."""
    return {each.title.partition(".")[0]: each.judgement for each in outcomes(trial) if each.judgement}


def outcomes(trial: Trial) -> tuple[Outcome, ...]:
    """What the report and the exports read."""
    with trial.pipeline.open_store() as store:
        return load_outcomes(store)


def exportable(trial: Trial) -> set[str]:
    """The colours whose preferences are exported."""
    return {pair.image.title.partition(".")[0] for pair in preferences(outcomes(trial)).pairs}


def pending(trial: Trial) -> set[str]:
    """The colours that the next run would work on."""
    judged = judged_tags(trial.pipeline).all
    return {colour for colour, tag in trial.tags.items() if tag not in judged}


@pytest.fixture
def judged(trial: Trial) -> Trial:
    """Two finished images; from now on the first captioner gives another caption."""
    trial.add_finished("red", "green")
    trial.models.reset()
    for colour in ("red", "green"):
        trial.models.reply_always(SMALL, colour, completion(NEW))
    return trial


def test_each_refresh_asks_every_model_again_and_replaces_the_captions_but_no_persons_choice(judged: Trial) -> None:
    choose(judged, "red", "LLM-8B")
    chosen = {"Final Choice": {"Final Choice": "LLM-8B"}}
    before = text_items(judged)
    assert judged.materialize(run_config=REFRESH).success
    expected = with_new_text("red", "green")
    expected["red"]["labels"] |= chosen
    assert encord_state(judged.seed) == expected
    assert len(judged.models.calls) == 8
    assert set(text_items(judged)) == set(before)
    assert not set(text_items(judged).values()) & set(before.values())
    assert judged.materialized() == every("red", "green")

    judged.models.reset()
    judged.reset_request_counts()
    assert judged.materialize().success
    assert (len(judged.models.calls), judged.writes()) == (0, 0), "an ordinary run has nothing to do"

    assert judged.materialize(run_config=REFRESH).success
    assert len(judged.models.calls) == 8
    expected = finished("red", "green")
    expected["red"]["labels"] |= chosen
    assert encord_state(judged.seed) == expected, "the models answer as at first"


def test_a_refresh_of_one_tag_leaves_the_other_alone(judged: Trial) -> None:
    assert judged.materialize("red", run_config=REFRESH).success
    expected = with_new_text("red", "green")
    expected["green"] = finished("green")["green"]
    assert encord_state(judged.seed) == expected
    assert judged.models.count(colour="green") == 0


def test_rejudging_leaves_captions_alone(judged: Trial) -> None:
    before = text_items(judged)
    assert judged.materialize(assets=["judgements"], run_config=REFRESH).success
    assert [call.model for call in judged.models.calls] == [JUDGE] * 4
    assert text_items(judged) == before
    assert encord_state(judged.seed) == finished("red", "green")


def test_refreshing_one_captioner_judges_again_and_keeps_the_other_text(judged: Trial) -> None:
    before = text_items(judged)
    selected = ["captions_8b", "linked_text_items", "judgements"]
    assert judged.materialize(assets=selected, run_config=REFRESH).success
    assert judged.models.count(LARGE) == 0
    assert encord_state(judged.seed) == with_new_text("red", "green")
    old_texts = {title: item for title, item in text_items(judged).items() if "16B" in title}
    assert old_texts.items() <= before.items()


def test_captions_refreshed_alone_reach_encord_with_the_next_run(judged: Trial) -> None:
    assert judged.materialize(assets=["captions_8b"], run_config=REFRESH).success
    assert encord_state(judged.seed) == finished("red", "green")
    judged.models.reset()
    assert judged.materialize().success
    assert encord_state(judged.seed) == with_new_text("red", "green")
    assert [call.model for call in judged.models.calls] == [JUDGE] * 4


def test_an_image_that_a_person_has_finished_is_skipped_without_a_failure(judged: Trial) -> None:
    choose(judged, "red", "LLM-8B")
    approve(judged, "red")
    before = encord_state(judged.seed)["red"]
    assert judged.materialize(run_config=REFRESH).success
    state = encord_state(judged.seed)
    assert state["red"] == before
    assert state["green"] == with_new_text("green")["green"]
    assert judged.models.count(colour="red") == 0
    assert judged.materialized() == every("red", "green")


def test_with_reopen_a_finished_image_is_refreshed_and_returns_to_human_review(judged: Trial) -> None:
    choose(judged, "red", "LLM-8B")
    approve(judged, "red")
    assert judged.materialize(run_config=config(refresh=True, reopen=True)).success
    expected = with_new_text("red", "green")
    expected["red"]["labels"]["Final Choice"] = {"Final Choice": "LLM-8B"}
    assert encord_state(judged.seed) == expected


def test_reopen_without_refresh_changes_nothing(judged: Trial) -> None:
    approve(judged, "red")
    before = encord_state(judged.seed)
    assert judged.materialize(run_config=config(reopen=True)).success
    assert encord_state(judged.seed) == before


REFRESH_WRITES = {
    "uploading": (r"PUT storage-blobs", 0),
    "registering": (r"POST .*data-upload-jobs$", 0),
    "unlinking": (r"v1 DELETE video", 0),
    "deleting": (r"POST .*/items/delete", 0),
    "linking": (r"v1 POST datasetlinkitems", 0),
    "leaving LLM1": (r"POST .*/actions", 0),
    "saving": (r"v1 POST labelrow$", 0),
}
"""The writes of a refresh."""


@pytest.mark.parametrize(
    "writes", [("uploading", "unlinking", "saving"), ("registering", "deleting", "leaving LLM1"), ("linking",)]
)
def test_a_write_that_loses_its_response_has_one_effect(judged: Trial, writes: tuple[str, ...]) -> None:
    for match, skip in map(REFRESH_WRITES.__getitem__, writes):
        judged.inject_fault(match=match, status="reset", when="after", skip=skip)
    assert judged.materialize(run_config=REFRESH).success
    assert [fault["match"] for fault in judged.faults() if not fault["done"]] == []
    assert encord_state(judged.seed) == with_new_text("red", "green")
    assert len(judged.models.calls) == 8


@pytest.mark.timeout(300)
def test_a_refresh_killed_during_a_write_is_finished_by_ordinary_runs(judged: Trial) -> None:
    """The next two runs are killed as well, each at a later write."""
    before = judgements(judged)
    kills = {"registering": REFRESH, "unlinking": QUIET, "saving": QUIET}
    for write in kills:
        match, skip = REFRESH_WRITES[write]
        judged.inject_fault(match=match, status=503, when="after", skip=skip, delay_seconds=NEVER_SECONDS)
    for number, run_config in enumerate(kills.values(), start=1):
        run_and_kill(judged, partial(faults_have_been_met, judged, number), run_config=run_config)
        assert judgements(judged) == before
    assert judged.materialize().success
    assert encord_state(judged.seed) == with_new_text("red", "green")
    assert judged.materialized() == every("red", "green")
    assert len(judged.models.calls) == 8


@pytest.mark.parametrize("selected", [["judgements"], None])
def test_a_refresh_that_fails_leaves_the_old_judgement_until_the_next_run_replaces_it(
    judged: Trial, selected: list[str] | None
) -> None:
    before = judgements(judged)
    unusable = completion("no answer to the form")
    judged.models.reply_always(JUDGE, "red", unusable)
    options = {"assets": selected} if selected else {}
    assert not judged.materialize(run_config=REFRESH, **options).success
    assert judgements(judged).keys() == before.keys()
    assert judgements(judged)["red"] == before["red"]
    assert judgements(judged)["green"] != before["green"]
    assert pending(judged) == {"red"}
    assert exportable(judged) == {"green"}

    judged.models.reset()
    assert judged.materialize().success
    assert [(call.model, call.colour) for call in judged.models.calls] == [(JUDGE, "red")] * 2
    assert judgements(judged)["red"] != before["red"]
    assert (pending(judged), exportable(judged)) == (set(), {"red", "green"})


def test_a_refresh_of_an_image_that_a_person_finishes_before_it_is_judged_leaves_the_old_judgement(
    judged: Trial,
) -> None:
    before = judgements(judged)

    def person(call: ModelCall) -> None:
        if call.model == JUDGE and judged.models.count(JUDGE, "red") == 1 and call.colour == "red":
            approve(judged, "red")

    judged.models.on_call = person
    assert not judged.materialize(assets=["judgements"], run_config=REFRESH).success
    judged.models.on_call = lambda call: None
    judged.models.reset()
    assert judged.materialize().success
    assert judged.models.calls == []
    assert judgements(judged)["red"] == before["red"]
