"""A label of the judge that a person has corrected stays corrected, and is the person's word on that image and criterion."""

from typing import Any

import dagster as dg
import pytest

from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.image_answers import answers_on, remove_answer
from judge_pipeline.exporting.decision import Decision, Provenance, decision
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.assets.test_final_choices import sync
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import correct, open_row, replace_label
from judge_pipeline_tests.engine.test_earlier_captions import EARLIER, outcomes
from judge_pipeline_tests.engine.test_refresh import NEW
from judge_pipeline_tests.engine.test_two_stores import other_home
from judge_pipeline_tests.engine.trial import ASSETS, QUIET, Trial, message_of
from judge_pipeline_tests.model_stub import JUDGE, SMALL
from judge_pipeline_tests.models.stub_server import completion

REFRESH = {**QUIET, "ops": {"path": {"config": {"refresh": True}}}}
QUALITY = ("LLM 8B", "Quality Score", "Very good")
THEIRS = {"LLM 8B": {"Quality Score": "Very good"}}


@pytest.fixture
def judged(trial: Trial) -> Trial:
    """A finished image: the judge finds the quality of the first caption acceptable."""
    trial.add_finished("red")
    return trial


def refresh(trial: Trial, *assets: str) -> None:
    result = trial.materialize(assets=assets, run_config=REFRESH)
    assert result.success, message_of(result)


def corrected(trial: Trial, colour: str = "red", *, earlier: bool = False) -> dict[str, dict[str, str]]:
    """What people say about the present captions of an image, by label."""
    sync(trial)
    outcome = outcomes(trial)[colour]
    labels = outcome.earlier_corrections if earlier else outcome.corrections
    return {each.answer.title: dict(each.words) for each in labels}


def judgement_of(trial: Trial) -> Judgement:
    """What the judge said of the image, with its answers."""
    with trial.pipeline.open_store() as store:
        return store.results("judgements", Judgement)[Tag(trial.tags["red"])]


def scores_table(trial: Trial) -> dict[str, tuple[Any, ...]]:
    tables = {
        each.name: each for section in Report(tuple(outcomes(trial).values())).sections for each in section.tables
    }
    return {str(row[0]): row[1:] for row in tables["corrected_scores"].rows} if "corrected_scores" in tables else {}


@pytest.mark.parametrize("as_pipeline", [False, True])
def test_a_corrected_label_is_the_persons_word_on_the_criterion_that_they_changed(
    judged: Trial, as_pipeline: bool
) -> None:
    """Also if the person uses the account whose key the pipeline has. The criterion that they left alone is not their word."""
    assert corrected(judged) == {}
    judgement = judgement_of(judged)
    correct(judged, "red", *QUALITY, as_pipeline=as_pipeline)

    assert corrected(judged) == THEIRS
    assert scores_table(judged) == {"LLM 8B: Quality Score": (1, 1, 1, 0, 0, 3.0, 5.0)}
    assert judgement_of(judged) == judgement
    assert sync(judged)["corrected"] == 1


@pytest.mark.parametrize("is_synced", [False, True])
def test_corrections_survive_refreshes_and_stay_the_persons(trial: Trial, is_synced: bool) -> None:
    """The judge's later answers differ, so only the run that replaces the old ones can still say what the person changed.

    Green is corrected with the account whose key the pipeline has.
    """
    colours = ("red", "green")
    trial.add_finished(*colours)
    expected = finished(*colours)
    for colour in colours:
        correct(trial, colour, *QUALITY, as_pipeline=colour == "green")
        expected[colour]["labels"]["LLM 8B"]["Quality Score"] = "Very good"
    if is_synced:
        sync(trial)
    for _ in range(2):
        refresh(trial, "judgements")
        assert encord_state(trial.seed) == expected
        assert [corrected(trial, colour) for colour in colours] == [THEIRS, THEIRS]

    refresh(trial, *ASSETS)
    assert encord_state(trial.seed) == expected


def test_the_page_of_a_partition_says_what_is_corrected(judged: Trial) -> None:
    correct(judged, "red", *QUALITY)
    refresh(judged, "judgements")
    (event,) = judged.instance.fetch_materializations(dg.AssetKey("judgements"), limit=1).records
    assert event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    assert metadata["corrected by a person"].value == "- LLM 8B: Quality Score: Very good"
    assert metadata["LLM 8B: Quality Score"].value == "Acceptable"


def test_a_correction_is_about_the_caption_it_was_made_for(judged: Trial) -> None:
    correct(judged, "red", *QUALITY)
    correct(judged, "red", "LLM 16B", "Quality Score", "Poor")
    judged.models.reply_always(SMALL, "red", completion(NEW))
    refresh(judged, "captions_8b", "linked_text_items", "judgements")

    assert encord_state(judged.seed)["red"]["labels"]["LLM 8B"]["Quality Score"] == "Very good"
    assert corrected(judged) == {"LLM 16B": {"Quality Score": "Poor"}}
    assert corrected(judged, earlier=True) == THEIRS
    assert sync(judged)[EARLIER] == 0


def test_a_label_that_a_person_has_replaced_is_kept_and_all_of_it_counts(judged: Trial) -> None:
    own = {"LLM 8B": "Answer available", "Quality Score": "Acceptable", "Correctness Score": "Inaccurate"}
    replace_label(judged, "red", "LLM 8B", own)
    expected = finished("red")
    expected["red"]["labels"]["LLM 8B"] = own
    for _ in range(2):
        refresh(judged, "judgements")
        assert encord_state(judged.seed) == expected
        assert corrected(judged) == {"LLM 8B": own}
    assert scores_table(judged) == {
        "LLM 8B: Quality Score": (1, 1, 0, 0, 1, 3.0, 3.0),
        "LLM 8B: Correctness Score": (1, 1, 0, 1, 0, 3.0, 2.0),
    }


def test_a_lost_store_adopts_the_judges_answers_and_the_persons_correction(judged: Trial) -> None:
    """The mark of the labels says what the judge had answered before the person changed it."""
    correct(judged, "red", *QUALITY)
    before, judgement = encord_state(judged.seed), judgement_of(judged)
    new = other_home(judged)
    judged.models.reset()

    assert new.materialize().success

    assert judged.models.calls == []
    assert encord_state(judged.seed) == before
    assert corrected(new) == THEIRS
    assert judgement_of(new).answers == judgement.answers
    refresh(new, "judgements")
    assert encord_state(judged.seed) == before
    assert corrected(new) == THEIRS


def test_a_correction_in_a_lost_store_that_cannot_be_reconstructed_stays(judged: Trial) -> None:
    """What the judge had said is gone with its label, so it is asked again; the person's label stays theirs."""
    own = {"LLM 8B": "Answer available", "Quality Score": "Very good"}
    replace_label(judged, "red", "LLM 8B", own)
    new = other_home(judged)
    judged.models.reset()

    assert new.materialize().success

    assert judged.models.count() == judged.models.count(JUDGE) > 0
    assert encord_state(judged.seed)["red"]["labels"]["LLM 8B"] == own
    assert corrected(new) == {"LLM 8B": own}


def test_a_corrected_choice_is_exported_as_the_persons_and_counts_nowhere_else(judged: Trial) -> None:
    correct(judged, "red", "LLM Judge Choice", "LLM Judge Choice", "LLM 8B")
    sync(judged)
    outcome: Outcome = outcomes(judged)["red"]
    decided = decision(outcome)
    assert isinstance(decided, Decision)
    assert (decided.winner.value, decided.provenance) == ("LLM 8B", Provenance.HUMAN)
    report = Report((outcome,))
    assert scores_table(judged) == {"LLM Judge Choice": (1, 1, "–", "–", 0, "–", "–")}
    assert (report.metric("agreement").n, report.metric("people").n, report.corrected) == (0, 0, 1)


def test_a_correction_that_a_person_takes_back_is_gone(judged: Trial) -> None:
    correct(judged, "red", *QUALITY)
    assert corrected(judged) == THEIRS
    row = open_row(judged, "red")
    for instance in list(answers_on(row)):
        if instance.classification_name == "LLM 8B":
            remove_answer(row, instance)
    row.save()
    assert corrected(judged) == {}
    refresh(judged, "judgements")
    assert encord_state(judged.seed) == finished("red")


def test_corrections_cost_no_request(judged: Trial) -> None:
    def requests() -> dict[str, int]:
        judged.reset_request_counts()
        refresh(judged, "judgements")
        sync(judged)
        made = judged.requests()
        del made["v1 GET labelrow"]  # read without a pause while a save is under way
        del made["GET storage/folders/{folder}"]  # read once more by a run of over two seconds
        return made

    before = requests()
    correct(judged, "red", *QUALITY)
    assert requests() == before
