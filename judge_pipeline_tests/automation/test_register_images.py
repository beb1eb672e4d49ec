"""Partitions without runs: the job `register_images`, the table of images, `judge-pipeline find`, and what the pages advise."""

from typing import cast

import dagster as dg
import pytest

from judge_pipeline.assets.partitions import known_tags
from judge_pipeline.automation.new_images import new_images_sensor
from judge_pipeline.cli.support.found_images import find_images
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions, message_of
from judge_pipeline_tests.model_stub import SMALL
from judge_pipeline_tests.models.stub_server import failure

PARTITIONED = ("images", "captions_8b", "captions_16b", "linked_text_items", "judgements")


def register(trial: Trial) -> dg.ExecuteInProcessResult:
    job = definitions(trial.pipeline).resolve_job_def("register_images")
    return job.execute_in_process(instance=trial.instance, run_config=QUIET, raise_on_error=False)


def table(trial: Trial) -> dict[str, str]:
    """The partition keys by image of the last observation of `images`."""
    (record,) = trial.instance.fetch_observations(dg.AssetKey("images"), limit=1).records
    assert record.asset_observation is not None
    rows = cast("dg.TableMetadataValue", record.asset_observation.metadata["partitions by image"]).records
    return {str(row.data["image"]): str(row.data["partition"]) for row in rows}


def test_the_job_adds_partitions_and_launches_nothing(trial: Trial) -> None:
    trial.add("red", "green")
    runs, writes = trial.instance.get_runs_count(), trial.writes()
    assert register(trial).success
    assert set(known_tags(trial.instance)) == set(trial.tags.values())
    assert table(trial) == {f"{colour}.png": tag for colour, tag in trial.tags.items()}
    assert trial.instance.get_runs_count() == runs + 1
    assert trial.models.calls == []
    assert trial.writes() == writes
    assert trial.statuses() == {}
    trial.add("blue")
    assert register(trial).success
    assert len(known_tags(trial.instance)) == 3
    assert set(table(trial)) == {"red.png", "green.png", "blue.png"}


def test_a_project_that_cannot_be_read_fails_the_job_in_one_sentence(trial: Trial) -> None:
    trial.inject_fault(match=".*", status=403, times=100)
    result = register(trial)
    assert not result.success
    assert known_tags(trial.instance) == []
    failed = result.failure_data_for_node("add_partitions")
    assert failed is not None
    assert failed.user_failure_data is not None
    assert failed.user_failure_data.description


def test_the_pages_say_how_to_begin_and_how_to_ask_again(trial: Trial) -> None:
    graph = definitions(trial.pipeline).resolve_asset_graph()
    for asset in PARTITIONED:
        description = graph.get(dg.AssetKey(asset)).description or ""
        assert "**No partitions yet?** Launch the job `register_images`" in description
        assert "`ops: {path: {config: {refresh: true}}}`" in description


def test_a_run_without_partitions_names_the_job_that_adds_them(trial: Trial) -> None:
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    result = job.execute_in_process(instance=trial.instance, run_config=QUIET, raise_on_error=False)
    assert "launch the job `register_images`" in message_of(result)


def tick(trial: Trial) -> dg.SensorResult:
    with dg.build_sensor_context(
        instance=trial.instance, resources={"pipeline": trial.pipeline}, definitions=definitions(trial.pipeline)
    ) as context:
        return cast("dg.SensorResult", new_images_sensor(4).evaluate_tick(context))


def test_the_sensor_shows_the_table_and_logs_one_line_when_it_finds_something(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="judge_pipeline")
    assert tick(trial).skip_message  # type: ignore[attr-defined]
    assert caplog.messages == []
    trial.add("red")
    events = tick(trial).asset_events
    (observed,) = [event for event in events if event.asset_key == dg.AssetKey("images")]
    assert "red.png" in str(observed.metadata["partitions by image"])
    assert caplog.messages == ["new_images: 1 new images, 0 that came back, 1 runs"]


def test_an_image_is_found_by_part_of_its_name_or_by_its_key(trial: Trial) -> None:
    trial.add("red", "green")
    trial.models.reply_always(SMALL, "red", failure(400, "the picture is too red"))
    trial.materialize()
    tag = trial.tags["red"]
    for name in ("RED", "red.p", tag, tag[:8].upper()):
        (found,) = find_images(name, trial.pipeline, trial.instance, webserver_url="http://dagster.example")
        assert (found.title, found.lines["partition"]) == ("red.png", tag)
        assert "the picture is too red" in found.lines["captions_8b failed"]
        assert found.lines["in Dagster"] == f"http://dagster.example/assets/images?view=partitions&partition={tag}"
    assert [each.title for each in find_images(".png", trial.pipeline, trial.instance)] == ["green.png", "red.png"]
    assert find_images("raccoon", trial.pipeline, trial.instance) == []


def test_an_image_without_a_partition_is_found_with_its_future_key(trial: Trial) -> None:
    trial.add("red")
    (found,) = find_images("red", trial.pipeline, trial.instance)
    assert found.lines["partition"] == f"none yet; its key will be {trial.tags['red']}"
    assert register(trial).success
    assert list(known_tags(trial.instance)) == [trial.tags["red"]]
