"""A Final Choice belongs to the captions it was made for. Once one of them is replaced, it counts nowhere."""

from dataclasses import replace
from datetime import timedelta

import dagster as dg
import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.statistics import raw_agreement
from judge_pipeline.exporting.decision import Provenance
from judge_pipeline.exporting.preference import Preference, preferences
from judge_pipeline.reporting.opinions import Opinions
from judge_pipeline.reporting.report import Report
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline_tests.assets.test_final_choices import stored_choices, sync
from judge_pipeline_tests.engine.encord_state import encord_state
from judge_pipeline_tests.engine.people import approve, choose, open_row, reject
from judge_pipeline_tests.engine.test_refresh import NEW, REFRESH, config
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions
from judge_pipeline_tests.model_stub import SMALL
from judge_pipeline_tests.models.stub_server import completion

EARLIER = "for an earlier caption"


@pytest.fixture
def judged(trial: Trial) -> Trial:
    """Two finished images; from now on the first captioner gives another caption."""
    trial.add_finished("red", "green")
    for colour in ("red", "green"):
        trial.models.reply_always(SMALL, colour, completion(NEW))
    return trial


def outcomes(trial: Trial) -> dict[str, Outcome]:
    """What the report and the exports are made of, by colour."""
    with trial.pipeline.open_store() as store:
        return {outcome.title.partition(".")[0]: outcome for outcome in load_outcomes(store)}


def pairs(trial: Trial) -> dict[str, Preference]:
    """What an export would hold, by colour."""
    found = preferences(outcomes(trial).values()).pairs
    return {pair.image.title.partition(".")[0]: pair for pair in found}


def exported(trial: Trial, asset: str) -> dict[str, int]:
    """How many rows an export has, by who decided."""
    result = (
        definitions(trial.pipeline)
        .resolve_implicit_global_asset_job_def()
        .execute_in_process(instance=trial.instance, run_config=QUIET, asset_selection=[dg.AssetKey(asset)])
    )
    (made,) = result.asset_materializations_for_node(asset)
    found = {name.removeprefix("by "): value.value for name, value in made.metadata.items() if name.startswith("by ")}
    return {name: int(str(count)) for name, count in found.items() if count}


def restamp(trial: Trial, colour: str, *, seconds: int) -> None:
    """Saves the same answer with a later time, as the editor does when a person clicks back and forth."""
    row = open_row(trial, colour)
    for instance in row.get_classification_instances():
        if instance.classification_name == "Final Choice":
            instance.last_edited_at = instance.last_edited_at + timedelta(seconds=seconds)
    row.save()


def test_a_choice_for_an_earlier_caption_counts_nowhere_and_is_listed(judged: Trial) -> None:
    """Nothing synced the choice before the refresh; the run itself does, before it replaces the caption."""
    for colour in ("red", "green"):
        choose(judged, colour, "LLM-8B")
    assert judged.materialize("red", run_config=REFRESH).success
    assert encord_state(judged.seed)["red"]["labels"]["Final Choice"] == {"Final Choice": "LLM-8B"}

    counts = sync(judged)
    assert (counts["decided"], counts[EARLIER], counts["matched by times"]) == (1, 1, 0)
    assert {colour: each.provenance for colour, each in pairs(judged).items()} == {
        "red": Provenance.JUDGE_BOTH_ORDERS,
        "green": Provenance.HUMAN,
    }
    found = outcomes(judged)
    compared = Opinions(list(found.values()))
    assert raw_agreement(compared.judge_labels, compared.people_labels).total == 1
    assert (found["red"].final_choice, found["green"].earlier_choice) == (None, None)
    with judged.pipeline.open_store() as store:
        report = Report(load_outcomes(store))
    assert report.to_metadata()["earlier_choices"] == 1
    (attention,) = (section for section in report.sections if section.name == "troubles")
    (listed,) = (table for table in attention.tables if table.name == "earlier_choices")
    assert [row[:2] for row in listed.rows] == [("red.png", "LLM-8B")]
    by_title = {each["title"]: each for each in report.states_of_images}
    assert by_title["red.png"]["chosen_for_earlier_captions"] == "LLM-8B"
    assert by_title["red.png"]["person"] == "missing"
    assert (
        exported(judged, "preference_pairs")
        == exported(judged, "best_captions")
        == {"human": 1, "judge_both_orders": 1}
    )


def test_a_choice_survives_rejudging_and_counts_again_when_repeated_after_a_new_caption(judged: Trial) -> None:
    choose(judged, "red", "LLM-8B")
    sync(judged)
    assert judged.materialize("red", assets=["judgements"], run_config=REFRESH).success
    counts = sync(judged)
    assert (counts["decided"], counts[EARLIER], counts["new"]) == (1, 0, 0)
    assert judged.materialize("red", run_config=REFRESH).success
    assert sync(judged)[EARLIER] == 1
    for option, captioner in (("LLM-8B", Captioner.LLM_8B), ("LLM-16B", Captioner.LLM_16B)):
        choose(judged, "red", option)
        counts = sync(judged)
        assert (counts["decided"], counts[EARLIER], counts["matched by times"]) == (1, 0, 0)
        pair = pairs(judged)["red"]
        assert (pair.chosen.captioner, pair.provenance) == (captioner, Provenance.HUMAN)


def test_editing_an_answer_back_and_forth_renews_the_choice_and_saving_the_row_does_not(
    judged: Trial,
) -> None:
    choose(judged, "red", "LLM-8B")
    assert judged.materialize("red", run_config=REFRESH).success
    restamp(judged, "red", seconds=0)
    assert sync(judged)[EARLIER] == 1
    restamp(judged, "red", seconds=60)
    assert sync(judged)[EARLIER] == 0
    assert pairs(judged)["red"].provenance is Provenance.HUMAN


def test_a_blind_choice_repeated_in_the_editor_counts_and_is_no_longer_blind(judged: Trial) -> None:
    choose(judged, "red", "LLM-8B")
    sync(judged)
    with judged.pipeline.open_store() as store:
        (lease,) = store.leases.acquire([stored_choices(judged)["red"].tag], holder="page", seconds=60).values()
        store.save_result("final_choices", lease, replace(stored_choices(judged)["red"], blind=True))
        store.leases.release([lease])
    assert judged.materialize("red", run_config=REFRESH).success
    assert (sync(judged)["blind"], stored_choices(judged)["red"].blind) == (0, True)
    choose(judged, "red", "LLM-8B")
    assert (sync(judged)["decided"], stored_choices(judged)["red"].blind) == (1, False)


def test_one_new_caption_is_enough_even_before_it_reaches_encord(judged: Trial) -> None:
    """The report shows the store's captions; a choice about those in Encord says nothing about them."""
    choose(judged, "red", "LLM-8B")
    sync(judged)
    assert judged.materialize("red", assets=["captions_8b"], run_config=REFRESH).success
    earlier = outcomes(judged)["red"].earlier_choice
    assert earlier is not None
    assert earlier.label == "LLM-8B"
    assert judged.materialize("red").success
    assert sync(judged)[EARLIER] == 1
    assert pairs(judged)["red"].provenance is Provenance.JUDGE_BOTH_ORDERS


def test_a_refresh_with_lost_responses_still_knows_the_choice_is_for_earlier_captions(judged: Trial) -> None:
    choose(judged, "red", "LLM-8B")
    for match in (r"v1 DELETE video", r"v1 POST datasetlinkitems"):
        judged.inject_fault(match=match, status="reset", when="after")
    assert judged.materialize("red", run_config=REFRESH).success
    assert sync(judged)[EARLIER] == 1


def test_a_rejection_counts_even_if_the_choice_does_not(judged: Trial) -> None:
    """Reopened, refreshed and rejected: nothing of the image is exported, whatever was chosen before."""
    choose(judged, "red", "LLM-8B")
    approve(judged, "red")
    assert judged.materialize("red", run_config=config(refresh=True, reopen=True)).success
    reject(judged, "red")
    sync(judged)
    assert set(pairs(judged)) == {"green"}


class TestALostStore:
    """Encord has the captions and the choices with their times; the new store has seen none of it."""

    def lose_store(self, trial: Trial) -> None:
        """Starts a new store, which adopts what is in Encord."""
        trial.pipeline = replace(
            trial.pipeline, database_url=trial.pipeline.database_url.replace("store.", "new-store.")
        )
        assert trial.materialize().success

    def test_the_times_in_encord_show_which_choices_are_for_earlier_captions(self, judged: Trial) -> None:
        choose(judged, "red", "LLM-8B")
        restamp(judged, "red", seconds=-3600)
        choose(judged, "green", "LLM-16B")
        assert judged.materialize("red", run_config=REFRESH).success
        self.lose_store(judged)
        counts = sync(judged)
        assert (counts["decided"], counts[EARLIER], counts["matched by times"]) == (1, 1, 1)
        assert {colour: each.by_times for colour, each in stored_choices(judged).items()} == {
            "red": True,
            "green": True,
        }
        with judged.pipeline.open_store() as store:
            (trust,) = (section for section in Report(load_outcomes(store)).sections if section.name == "trust")
        assert "1 of 1 choices were made before this store knew the captions" in trust.notes[-1]

    def test_later_choices_do_not_depend_on_times(self, judged: Trial) -> None:
        self.lose_store(judged)
        choose(judged, "red", "LLM-8B")
        restamp(judged, "red", seconds=-3600)
        counts = sync(judged)
        assert (counts["decided"], counts[EARLIER], counts["matched by times"]) == (1, 0, 0)


def test_a_choice_stored_by_an_older_version_is_matched_by_times(judged: Trial) -> None:
    choose(judged, "red", "LLM-8B")
    sync(judged)
    with judged.pipeline.open_store() as store:
        current = stored_choices(judged)["red"]
        older = FinalChoice(current.tag, current.choice, current.label, current.review, False, None, current.decided_at)
        (lease,) = store.leases.acquire([current.tag], holder="older", seconds=60).values()
        store.save_result("final_choices", lease, older)
        store.leases.release([lease])
    sync(judged)
    assert stored_choices(judged)["red"].given_for == current.given_for
