"""The schedule that launches what has no judgement yet and may get one by itself, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
import pytest
from dagster._core.definitions.schedule_definition import ScheduleExecutionData
from dagster._core.errors import ScheduleExecutionError

from judge_pipeline.assets.partitions import TAGS
from judge_pipeline_tests.engine.people import to_complete
from judge_pipeline_tests.engine.trial import BATCH_SIZE, Trial, definitions
from judge_pipeline_tests.model_stub import COLOURS, SMALL
from judge_pipeline_tests.models.stub_server import failure

pytestmark = pytest.mark.usefixtures("instance_on_disk")

NO_CREDIT = failure(429, "quota", code="insufficient_quota", type="insufficient_quota")

START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def tick(trial: Trial) -> ScheduleExecutionData:
    """What one tick asks for."""
    code_location = definitions(trial.pipeline)
    with dg.build_schedule_context(
        instance=trial.instance,
        resources={"pipeline": trial.pipeline},
        scheduled_execution_time=datetime(2026, 1, 1, 12, tzinfo=UTC),
        repository_def=code_location.get_repository_def(),
    ) as context:
        return code_location.resolve_schedule_def("materialize_missing").evaluate_tick(context)


def add_partitions(trial: Trial, *colours: str) -> None:
    trial.instance.add_dynamic_partitions(TAGS.name or "", [trial.tags[colour] for colour in colours])


def test_tags_that_were_never_run_and_tags_that_nobody_had_credit_for_are_asked_for(trial: Trial) -> None:
    trial.add("red", "green", "blue", "yellow")
    add_partitions(trial, "red", "green", "blue", "yellow")
    trial.models.tell_always(SMALL, "green", NO_CREDIT)
    trial.materialize("red")
    trial.materialize("green")
    assert trial.failed()
    (request,) = tick(trial).run_requests or ()
    assert (request.tags[START], request.tags[END]) == (trial.tags["green"], trial.tags["yellow"])


def test_a_tag_whose_failure_does_not_pass_by_itself_waits_for_a_person(trial: Trial) -> None:
    """Trying it again every hour would cost, for ever."""
    trial.add("red", "green")
    trial.models.tell_always(SMALL, "green", failure(400))
    trial.materialize()
    ticked = tick(trial)
    assert not ticked.run_requests
    assert ticked.skip_message == "each of 2 tags is judged, finished by a person or gone, or waits for a person"


def test_nothing_is_asked_for_while_runs_of_an_earlier_tick_are_under_way(trial: Trial) -> None:
    """They will have done it; a queue that grows every hour does nothing faster."""
    trial.add("red")
    add_partitions(trial, "red")
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    run = trial.instance.create_run_for_job(
        job, tags={"dagster/schedule_name": "materialize_missing"}, status=dg.DagsterRunStatus.STARTED
    )
    assert tick(trial).skip_message == "runs of an earlier tick have not ended yet"
    trial.instance.report_run_failed(run)
    assert tick(trial).run_requests


def test_with_everything_judged_nothing_is_asked_for(trial: Trial) -> None:
    trial.add("red", "green")
    trial.materialize()
    ticked = tick(trial)
    assert ticked.skip_message == "each of 2 tags is judged, finished by a person or gone, or waits for a person"
    assert not ticked.run_requests


def test_many_missing_tags_are_asked_for_in_batches_with_keys_of_their_own(trial: Trial) -> None:
    colours = list(COLOURS)[: 2 * BATCH_SIZE + 1]
    trial.add(*colours)
    add_partitions(trial, *colours)
    requests = tick(trial).run_requests or ()
    assert len(requests) == len({request.run_key for request in requests}) == 3


def test_a_tick_that_is_evaluated_twice_asks_for_the_same_runs(trial: Trial) -> None:
    """Dagster launches a run key once."""
    trial.add("red")
    add_partitions(trial, "red")
    keys = [[request.run_key for request in tick(trial).run_requests or ()] for _ in range(2)]
    assert keys[0] == keys[1]
    assert len(keys[0]) == 1


def test_what_people_have_finished_is_not_asked_for(trial: Trial) -> None:
    """It would fail in every run, every hour."""
    trial.add("red", "green")
    to_complete(trial, "green")
    trial.materialize("red")
    add_partitions(trial, "green")
    assert not tick(trial).run_requests


def test_a_run_does_not_hold_what_people_have_finished_in_between(trial: Trial) -> None:
    """It would fail there, and the run with it."""
    trial.add("red", "green", "blue")
    add_partitions(trial, "red", "green", "blue")
    to_complete(trial, "green")
    asked = [(request.tags[START], request.tags[END]) for request in tick(trial).run_requests or ()]
    assert asked == [(trial.tags[colour], trial.tags[colour]) for colour in ("red", "blue")]


def test_a_tag_whose_image_is_gone_is_not_asked_for(trial: Trial) -> None:
    trial.add("red")
    trial.materialize()
    trial.instance.add_dynamic_partitions(TAGS.name or "", ["11111111-2222-4333-8444-555555555555"])
    assert not tick(trial).run_requests


def test_an_encord_that_refuses_fails_the_tick_with_one_sentence(trial: Trial) -> None:
    trial.order_fault(match=".*", status=403, times=50)
    with pytest.raises(ScheduleExecutionError) as failed:
        tick(trial)
    assert isinstance(failed.value.__cause__, dg.Failure)
    assert "Encord" in str(failed.value.__cause__)


def test_the_schedule_is_off_until_somebody_turns_it_on(trial: Trial) -> None:
    schedule = definitions(trial.pipeline).resolve_schedule_def("materialize_missing")
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED


def test_what_was_judged_by_another_judge_is_not_judged_again_because_its_neighbours_are_missing(trial: Trial) -> None:
    """Judging again costs, so a person asks for it; with the same judge one run spans what is done."""
    trial.add("red", "green", "blue")
    add_partitions(trial, "red", "green", "blue")
    trial.materialize("green")
    whole = [(request.tags[START], request.tags[END]) for request in tick(trial).run_requests or ()]
    trial.pipeline = replace(trial.pipeline, judge=replace(trial.pipeline.judge, temperature=0.5))
    apart = [(request.tags[START], request.tags[END]) for request in tick(trial).run_requests or ()]
    red, blue = trial.tags["red"], trial.tags["blue"]
    assert (whole, apart) == ([(red, blue)], [(red, red), (blue, blue)])
