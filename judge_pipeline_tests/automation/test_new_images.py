"""The sensor that finds new images: a partition each, one run request a batch, and no run for what people have already."""

import dagster as dg
from dagster._core.definitions.sensor_definition import SensorExecutionData

from judge_pipeline.assets.partitions import TAGS
from judge_pipeline_tests.assets.encord_state import encord_state, finished
from judge_pipeline_tests.assets.people import to_complete
from judge_pipeline_tests.assets.trial import BATCH_SIZE, Trial, definitions, run_path

START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def look(trial: Trial) -> SensorExecutionData:
    """One tick, with the partitions that it asks for added as Dagster's daemon would."""
    code_location = definitions(trial.workbench)
    with dg.build_sensor_context(
        instance=trial.instance, resources={"workbench": trial.workbench}, definitions=code_location
    ) as context:
        found = code_location.resolve_sensor_def("new_images").evaluate_tick(context)
    for request in found.dynamic_partitions_requests or ():
        assert isinstance(request, dg.AddDynamicPartitionsRequest)
        trial.instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
    return found


def keys(trial: Trial) -> list[str]:
    return list(trial.instance.get_dynamic_partitions(TAGS.name or ""))


def covered(trial: Trial, result: SensorExecutionData) -> list[list[str]]:
    """The partitions that each run request covers."""
    there = keys(trial)
    return [
        there[there.index(request.tags[START]) : there.index(request.tags[END]) + 1]
        for request in result.run_requests or ()
    ]


def test_each_new_image_gets_a_partition_and_is_in_one_run_request(trial: Trial) -> None:
    trial.add("red", "green", "blue", "yellow", "purple")
    result = look(trial)
    assert set(keys(trial)) == set(trial.tags.values())
    assert sorted(key for batch in covered(trial, result) for key in batch) == sorted(trial.tags.values())
    assert [len(batch) for batch in covered(trial, result)] == [BATCH_SIZE, 1]


def test_a_second_look_finds_nothing_and_says_so(trial: Trial) -> None:
    trial.add("red", "green")
    look(trial)
    again = look(trial)
    assert again.skip_message == "no new image among 2"
    assert not again.run_requests


def test_only_what_is_new_since_the_last_look_is_asked_for(trial: Trial) -> None:
    trial.add("red", "green")
    look(trial)
    trial.add("blue")
    result = look(trial)
    assert covered(trial, result) == [[trial.tags["blue"]]]
    assert keys(trial)[-1] == trial.tags["blue"]


def test_the_requested_runs_carry_every_new_image_to_the_people(trial: Trial) -> None:
    trial.add("red", "green", "blue", "yellow", "purple")
    result = look(trial)
    for batch in covered(trial, result):
        assert run_path(trial.workbench, trial.instance, batch).success
    assert encord_state(trial.seed) == finished("red", "green", "blue", "yellow", "purple")


def test_an_image_that_people_have_already_gets_a_partition_but_no_run(trial: Trial) -> None:
    trial.add("red", "green", "blue")
    to_complete(trial, "green")
    result = look(trial)
    assert set(keys(trial)) == set(trial.tags.values())
    assert [set(batch) for batch in covered(trial, result)] == [{trial.tags["red"], trial.tags["blue"]}]


def test_a_project_where_people_have_everything_asks_for_no_run(trial: Trial) -> None:
    trial.add("red")
    to_complete(trial, "red")
    result = look(trial)
    assert not result.run_requests
    assert keys(trial) == [trial.tags["red"]]
    assert look(trial).skip_message == "no new image among 1"


def test_an_empty_project_is_no_error(trial: Trial) -> None:
    assert look(trial).skip_message == "no new image among 0"


def test_the_sensor_is_off_until_somebody_turns_it_on(trial: Trial) -> None:
    sensor = definitions(trial.workbench).resolve_sensor_def("new_images")
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
