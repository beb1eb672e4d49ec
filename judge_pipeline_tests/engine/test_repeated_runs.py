"""Finished tags cost nothing: a second run asks no model, writes nothing, and still logs every materialisation."""

import dagster as dg

from judge_pipeline.dagster_events.sqlite_storage import BatchedSqliteEventLogStorage
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import ASSETS, Trial, every

COLOURS = ("red", "green")


def materializations(trial: Trial, run: dg.ExecuteInProcessResult) -> list[dg.AssetMaterialization]:
    """A run's materialisations in Dagster's event log."""
    entries = trial.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    return [found for entry in entries if (found := entry.asset_materialization)]


def test_a_finished_tag_needs_no_model_call_and_no_write(trial: Trial) -> None:
    trial.add_finished(*COLOURS)
    tags = trial.tags
    asked = len(trial.models.calls)
    trial.reset_request_counts()
    assert trial.materialize().success
    assert len(trial.models.calls) == asked
    assert trial.writes() == 0
    assert encord_state(trial.seed) == finished(*COLOURS)
    assert trial.tags == tags


def test_a_second_run_logs_every_materialisation_again(trial: Trial) -> None:
    """Otherwise Dagster would show a planned pair as failed when the run fails for another tag."""
    trial.add_finished(*COLOURS)
    again = trial.materialize()
    logged = materializations(trial, again)
    assert {(each.asset_key.to_user_string(), each.partition) for each in logged} == {
        (asset, tag) for asset in ASSETS for tag in trial.tags.values()
    }
    assert all(each.metadata["made by an earlier run"].value is True for each in logged)
    shown = {each.asset_key.to_user_string(): set(each.metadata) - {"made by an earlier run"} for each in logged}
    about = {"image", "in Encord"}
    assert shown == {
        "images": about | {"warning"},
        "captions_8b": about | {"caption"},
        "captions_16b": about | {"caption"},
        "linked_text_items": about,
        "judgements": about | {"choice"},
    }
    assert trial.materialized() == every(*COLOURS)


def test_a_materialisation_shows_the_caption_the_scores_and_a_link(trial: Trial) -> None:
    trial.add("red")
    tag = trial.tags["red"]
    run = trial.materialize("red")
    logged = materializations(trial, run)
    shown = {each.asset_key.to_user_string(): each.metadata for each in logged}
    assert shown["captions_8b"]["caption"].value == "A plain red area."
    assert shown["judgements"]["choice"].value == "LLM 16B"
    assert shown["judgements"]["LLM 8B: Quality Score"].value == "Acceptable"
    assert shown["judgements"]["orders agree"].value is True
    for metadata in shown.values():
        assert metadata["image"].value == "red.png"
        assert trial.seed.project_hash in str(metadata["in Encord"].value)
    assert {each.partition for each in logged} == {tag}


def test_a_new_image_costs_only_its_own_calls(trial: Trial) -> None:
    trial.add_finished(*COLOURS)
    asked = len(trial.models.calls)
    trial.add("blue")
    assert trial.materialize().success
    assert {call.colour for call in trial.models.calls[asked:]} == {"blue"}
    assert encord_state(trial.seed) == finished(*COLOURS, "blue")


def test_the_events_of_these_tests_are_written_as_in_real_runs(trial: Trial) -> None:
    assert isinstance(trial.instance.event_log_storage, BatchedSqliteEventLogStorage)


def test_another_dagster_instance_finds_the_work_done(trial: Trial) -> None:
    """Results are in the store, not in Dagster: a new event log is filled without a model call."""
    trial.add_finished(*COLOURS)
    asked = len(trial.models.calls)
    with dg.DagsterInstance.ephemeral() as other:
        trial.instance = other
        assert trial.materialize().success
        assert trial.materialized() == every(*COLOURS)
    assert len(trial.models.calls) == asked
