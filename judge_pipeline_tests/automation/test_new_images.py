"""The sensor that finds new images: a partition each, one run request a batch, and no run for what people have already."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.definitions.sensor_definition import SensorExecutionData
from encord.objects.attributes import TextAttribute

from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.automation.new_images import new_images_sensor
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import to_complete, to_human_review
from judge_pipeline_tests.engine.trial import BATCH_SIZE, Trial, definitions, run_path
from judge_pipeline_tests.model_stub import COLOURS

START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def look(trial: Trial, cursor: str | None = None, **options: int) -> SensorExecutionData:
    """One tick, with the partitions that it asks for added as Dagster's daemon would."""
    found = evaluated(trial, cursor, **options)
    for request in found.dynamic_partitions_requests or ():
        assert isinstance(request, dg.AddDynamicPartitionsRequest)
        trial.instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
    return found


def evaluated(trial: Trial, cursor: str | None = None, **options: int) -> SensorExecutionData:
    code_location = definitions(trial.pipeline)
    with dg.build_sensor_context(
        instance=trial.instance, resources={"pipeline": trial.pipeline}, definitions=code_location, cursor=cursor
    ) as context:
        return new_images_sensor(BATCH_SIZE, **options).evaluate_tick(context)


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
        assert run_path(trial.pipeline, trial.instance, batch).success
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


def test_after_a_whole_look_only_the_first_stage_is_listed(trial: Trial) -> None:
    """A project of which everything is with the people costs a request that returns no row."""
    trial.add("red", "green")
    to_human_review(trial, "red")
    first = look(trial)
    assert first.cursor
    second = look(trial, first.cursor)
    assert second.skip_message == "no new image among 1 in LLM1"
    assert second.cursor == first.cursor


def test_a_new_image_is_found_in_the_first_stage(trial: Trial) -> None:
    trial.add("red")
    cursor = look(trial).cursor
    trial.add("blue")
    assert covered(trial, look(trial, cursor)) == [[trial.tags["blue"]]]


def test_an_image_that_was_moved_on_before_any_look_is_found_by_the_next_whole_one(trial: Trial) -> None:
    look(trial)
    trial.add("red")
    to_human_review(trial, "red")
    just_now, long_ago = (f"{datetime.now(UTC) - timedelta(minutes=minutes)}" for minutes in (1, 61))
    assert look(trial, just_now).skip_message == "no new image among 0 in LLM1"
    look(trial, long_ago)
    assert keys(trial) == [trial.tags["red"]]


def test_a_cursor_that_somebody_has_written_by_hand_means_a_whole_look(trial: Trial) -> None:
    trial.add("red")
    assert look(trial, "yesterday").run_requests


def test_a_tick_takes_a_bounded_number_and_the_next_ones_take_the_rest(trial: Trial) -> None:
    """Each image once; the whole project counts as looked at only when nothing is left over."""
    trial.add(*list(COLOURS)[:8])
    to_complete(trial, "red")
    asked: list[str] = []
    cursor: str | None = None
    ticks = []
    while not (found := look(trial, cursor, tags_a_tick=3)).skip_message:
        (request,) = found.dynamic_partitions_requests or ()
        ticks.append((len(request.partition_keys), found.cursor is not None))
        asked += [key for batch in covered(trial, found) for key in batch]
        cursor = found.cursor
    assert ticks == [(3, False), (3, False), (2, True)]
    assert set(keys(trial)) == set(trial.tags.values())
    assert sorted(asked) == sorted(set(trial.tags.values()) - {trial.tags["red"]})


def test_a_tick_that_is_repeated_before_it_was_acted_upon_asks_for_the_same(trial: Trial) -> None:
    """Dagster launches a run key once, and adds a partition once."""
    trial.add("red", "green", "blue", "yellow", "purple")
    asked = [[request.run_key for request in evaluated(trial).run_requests or ()] for _ in range(2)]
    assert asked[0] == asked[1]
    assert len(set(asked[0])) == 2


@pytest.mark.usefixtures("instance_on_disk")
def test_a_tick_that_died_after_it_added_partitions_leaves_them_to_the_schedule(trial: Trial) -> None:
    trial.add("red")
    look(trial)
    assert look(trial).skip_message == "no new image among 1"
    schedule = definitions(trial.pipeline).resolve_schedule_def("materialize_missing")
    with dg.build_schedule_context(
        instance=trial.instance,
        resources={"pipeline": trial.pipeline},
        scheduled_execution_time=datetime(2026, 1, 1, 12, tzinfo=UTC),
        repository_def=definitions(trial.pipeline).get_repository_def(),
    ) as context:
        (request,) = schedule.evaluate_tick(context).run_requests or ()
    assert request.tags[START] == trial.tags["red"]


def test_an_encord_that_refuses_fails_the_tick_with_one_sentence(trial: Trial) -> None:
    """A sensor that cannot see anything must not look as if there were nothing to see."""
    trial.order_fault(match=".*", status=403, times=50)
    with pytest.raises(dg.Failure, match="Encord"):
        look(trial)


def test_a_tick_tells_dagster_of_the_ontology_where_it_has_changed(trial: Trial) -> None:
    """Judgements made with another one are stale from then on."""
    (first,) = evaluated(trial).asset_events
    assert first.asset_key == dg.AssetKey("ontology")
    trial.instance.report_runless_asset_event(first)
    assert not evaluated(trial).asset_events
    ontology = trial.seed.client().get_ontology(trial.seed.ontology_hash)
    ontology.structure.add_classification().add_attribute(TextAttribute, "LLM remarks")
    ontology.save()
    (second,) = evaluated(trial).asset_events
    assert isinstance(first, dg.AssetObservation)
    assert isinstance(second, dg.AssetObservation)
    assert second.tags != first.tags


def test_the_sensor_is_off_until_somebody_turns_it_on(trial: Trial) -> None:
    sensor = definitions(trial.pipeline).resolve_sensor_def("new_images")
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED
