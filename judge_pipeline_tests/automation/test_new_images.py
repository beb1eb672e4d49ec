"""The sensor finds new images: one partition each, one run request per batch, no run for images that people have."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.definitions.sensor_definition import SensorExecutionData
from encord.objects.attributes import TextAttribute
from encord.orm.project import ProjectStatus

from judge_pipeline.assets.partitions import delete_tags, known_tags
from judge_pipeline.automation.new_images import new_images_sensor
from judge_pipeline.domain.workflow import WorkflowTitles
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import complete, move_to_human_review
from judge_pipeline_tests.engine.trial import BATCH_SIZE, Trial, definitions, run_tags
from judge_pipeline_tests.engine.workflows import GERMAN, trial_with
from judge_pipeline_tests.model_stub import COLOURS

START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def tick(trial: Trial, cursor: str | None = None, **options: int) -> SensorExecutionData:
    """One tick; adds the partitions that it requests, as Dagster's daemon would."""
    found = evaluate(trial, cursor, **options)
    for request in found.dynamic_partitions_requests or ():
        assert isinstance(request, dg.AddDynamicPartitionsRequest)
        trial.instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
    return found


def evaluate(trial: Trial, cursor: str | None = None, **options: int) -> SensorExecutionData:
    code_location = definitions(trial.pipeline)
    with dg.build_sensor_context(
        instance=trial.instance, resources={"pipeline": trial.pipeline}, definitions=code_location, cursor=cursor
    ) as context:
        return new_images_sensor(BATCH_SIZE, **options).evaluate_tick(context)


def keys(trial: Trial) -> list[str]:
    return list(known_tags(trial.instance))


def covered(trial: Trial, result: SensorExecutionData) -> list[list[str]]:
    """The partitions that each run request covers."""
    known = keys(trial)
    return [
        known[known.index(request.tags[START]) : known.index(request.tags[END]) + 1]
        for request in result.run_requests or ()
    ]


def launch(trial: Trial, result: SensorExecutionData) -> int:
    """Queues the requested runs as Dagster's daemon would, which drops a run key that it has launched; returns how many."""
    launched = 0
    for request in result.run_requests or ():
        run_key = {"dagster/run_key": request.run_key} if request.run_key else {}
        if not run_key or not trial.instance.get_runs(dg.RunsFilter(tags=run_key)):
            job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
            run = trial.instance.create_run_for_job(job, tags={**request.tags, **run_key})
            trial.instance.report_run_canceled(run)
            launched += 1
    return launched


def test_each_new_image_gets_a_partition_and_is_in_one_run_request(trial: Trial) -> None:
    trial.add("red", "green", "blue", "yellow", "purple")
    result = tick(trial)
    assert set(keys(trial)) == set(trial.tags.values())
    assert sorted(key for batch in covered(trial, result) for key in batch) == sorted(trial.tags.values())
    assert [len(batch) for batch in covered(trial, result)] == [BATCH_SIZE, 1]


def test_a_second_tick_finds_nothing_and_says_so(trial: Trial) -> None:
    trial.add("red", "green")
    tick(trial)
    again = tick(trial)
    assert again.skip_message == "no new image among 2"
    assert not again.run_requests


def test_only_images_added_since_the_last_tick_are_requested(trial: Trial) -> None:
    trial.add("red", "green")
    tick(trial)
    trial.add("blue")
    result = tick(trial)
    assert covered(trial, result) == [[trial.tags["blue"]]]
    assert keys(trial)[-1] == trial.tags["blue"]


def test_the_requested_runs_carry_every_new_image_to_the_people(trial: Trial) -> None:
    trial.add("red", "green", "blue", "yellow", "purple")
    result = tick(trial)
    for batch in covered(trial, result):
        assert run_tags(trial.pipeline, trial.instance, batch).success
    assert encord_state(trial.seed) == finished("red", "green", "blue", "yellow", "purple")


def test_an_image_that_people_have_gets_a_partition_but_no_run(trial: Trial) -> None:
    trial.add("red", "green", "blue")
    complete(trial, "green")
    result = tick(trial)
    assert set(keys(trial)) == set(trial.tags.values())
    assert [set(batch) for batch in covered(trial, result)] == [{trial.tags["red"], trial.tags["blue"]}]


def test_a_project_where_people_have_everything_requests_no_run(trial: Trial) -> None:
    trial.add("red")
    complete(trial, "red")
    result = tick(trial)
    assert not result.run_requests
    assert keys(trial) == [trial.tags["red"]]
    assert tick(trial).skip_message == "no new image among 1"


def test_an_empty_project_is_not_an_error(trial: Trial) -> None:
    assert tick(trial).skip_message == "no new image among 0"


def test_after_a_full_scan_only_the_first_stage_is_listed(trial: Trial) -> None:
    """If people have every image, a tick costs one request that returns no row."""
    trial.add("red", "green")
    move_to_human_review(trial, "red")
    first = tick(trial)
    assert first.cursor
    second = tick(trial, first.cursor)
    assert second.skip_message == "no new image among 1 in LLM1"
    assert second.cursor == first.cursor


def test_a_new_image_is_found_in_the_first_stage(trial: Trial) -> None:
    trial.add("red")
    cursor = tick(trial).cursor
    trial.add("blue")
    assert covered(trial, tick(trial, cursor)) == [[trial.tags["blue"]]]


def test_an_image_moved_on_before_any_tick_is_found_by_the_next_full_scan(trial: Trial) -> None:
    tick(trial)
    trial.add("red")
    move_to_human_review(trial, "red")
    just_now, long_ago = (f"{datetime.now(UTC) - timedelta(minutes=minutes)}" for minutes in (1, 61))
    assert tick(trial, just_now).skip_message == "no new image among 0 in LLM1"
    tick(trial, long_ago)
    assert keys(trial) == [trial.tags["red"]]


def test_an_unreadable_cursor_means_a_full_scan(trial: Trial) -> None:
    trial.add("red")
    assert tick(trial, "yesterday").run_requests


def test_a_tick_takes_a_bounded_number_of_images_and_the_next_ones_the_rest(trial: Trial) -> None:
    """Each image once; a full scan counts only when it leaves nothing over."""
    trial.add(*list(COLOURS)[:8])
    complete(trial, "red")
    requested: list[str] = []
    cursor: str | None = None
    ticks = []
    while not (found := tick(trial, cursor, max_tags=3)).skip_message:
        (request,) = found.dynamic_partitions_requests or ()
        ticks.append((len(request.partition_keys), found.cursor is not None))
        requested += [key for batch in covered(trial, found) for key in batch]
        cursor = found.cursor
    assert ticks == [(3, False), (3, False), (2, True)]
    assert set(keys(trial)) == set(trial.tags.values())
    assert sorted(requested) == sorted(set(trial.tags.values()) - {trial.tags["red"]})


def test_a_tick_that_is_evaluated_twice_requests_the_same(trial: Trial) -> None:
    """Dagster acts on one evaluation; afterwards the partitions exist, and nothing is requested again."""
    trial.add("red", "green", "blue", "yellow", "purple")
    evaluations = [[request.tags for request in evaluate(trial).run_requests or ()] for _ in range(2)]
    assert evaluations[0] == evaluations[1]
    assert len(evaluations[0]) == 2
    tick(trial)
    assert not evaluate(trial).run_requests


def test_a_partition_that_was_deleted_and_added_again_is_run_again(trial: Trial) -> None:
    """Dagster drops a run request whose run key it has launched before, without a word."""
    trial.add("red", "green")
    first = tick(trial)
    assert launch(trial, first) == 1
    delete_tags(trial.instance, keys(trial))
    again = tick(trial, first.cursor)
    assert covered(trial, again) == [keys(trial)]
    assert launch(trial, again) == 1


@pytest.mark.usefixtures("instance_on_disk")
def test_a_tick_that_died_after_it_added_partitions_leaves_them_to_the_schedule(trial: Trial) -> None:
    trial.add("red")
    tick(trial)
    assert tick(trial).skip_message == "no new image among 1"
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
    """A sensor that cannot see must not report that nothing is new."""
    trial.inject_fault(match=".*", status=403, times=50)
    with pytest.raises(dg.Failure, match="Encord"):
        tick(trial)


def test_a_tick_reports_a_changed_ontology_to_dagster(trial: Trial) -> None:
    """Judgements made with another ontology become stale."""
    (first,) = evaluate(trial).asset_events
    assert first.asset_key == dg.AssetKey("ontology")
    trial.instance.report_runless_asset_event(first)
    assert not evaluate(trial).asset_events
    ontology = trial.seed.client().get_ontology(trial.seed.ontology_hash)
    ontology.structure.add_classification().add_attribute(TextAttribute, "LLM remarks")
    ontology.save()
    (second,) = evaluate(trial).asset_events
    assert isinstance(first, dg.AssetObservation)
    assert isinstance(second, dg.AssetObservation)
    assert second.tags != first.tags


def test_the_sensor_is_off_by_default(trial: Trial) -> None:
    sensor = definitions(trial.pipeline).resolve_sensor_def("new_images")
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED


def test_a_paused_project_is_skipped_until_it_is_resumed(trial: Trial) -> None:
    trial.add("red")
    project = trial.seed.project()
    project.set_status(ProjectStatus.PAUSED)
    skipped = tick(trial)
    assert (skipped.skip_message or "").startswith("project 'LLM as a judge' is paused in Encord")
    assert keys(trial) == []
    project.set_status(ProjectStatus.IN_PROGRESS)
    assert tick(trial).run_requests


def test_the_first_stage_is_found_by_the_title_in_the_settings(trial: Trial) -> None:
    trial = trial_with(
        trial, GERMAN, WorkflowTitles(llm1="kurz", llm2="lang", judge="vergleich", judge_pathway="geprüft")
    )
    full_scan = datetime.now(UTC).isoformat()
    assert tick(trial, full_scan).skip_message == "no new image among 0 in Kurz"
    trial.add("red")
    assert covered(trial, tick(trial, full_scan)) == [[trial.tags["red"]]]
