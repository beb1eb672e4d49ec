"""The schedule launches the tags that have no judgement yet, except those that need a person, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
import pytest
from dagster._core.definitions.schedule_definition import ScheduleExecutionData
from dagster._core.errors import ScheduleExecutionError
from encord.orm.project import ProjectStatus

from judge_pipeline.assets.partitions import add_tags
from judge_pipeline_tests.engine.people import complete
from judge_pipeline_tests.engine.trial import BATCH_SIZE, Trial, definitions
from judge_pipeline_tests.model_stub import COLOURS, SMALL
from judge_pipeline_tests.models.stub_server import failure

pytestmark = pytest.mark.usefixtures("instance_on_disk")

NO_CREDIT = failure(429, "quota", code="insufficient_quota", type="insufficient_quota")

START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def tick(trial: Trial) -> ScheduleExecutionData:
    """What one tick requests."""
    code_location = definitions(trial.pipeline)
    with dg.build_schedule_context(
        instance=trial.instance,
        resources={"pipeline": trial.pipeline},
        scheduled_execution_time=datetime(2026, 1, 1, 12, tzinfo=UTC),
        repository_def=code_location.get_repository_def(),
    ) as context:
        return code_location.resolve_schedule_def("materialize_missing").evaluate_tick(context)


def add_partitions(trial: Trial, *colours: str) -> None:
    add_tags(trial.instance, [trial.tags[colour] for colour in colours])


def test_tags_never_run_and_tags_that_failed_for_lack_of_credit_are_requested(trial: Trial) -> None:
    trial.add("red", "green", "blue", "yellow")
    add_partitions(trial, "red", "green", "blue", "yellow")
    trial.models.reply_always(SMALL, "green", NO_CREDIT)
    trial.materialize("red")
    trial.materialize("green")
    assert trial.failed()
    (request,) = tick(trial).run_requests or ()
    assert (request.tags[START], request.tags[END]) == (trial.tags["green"], trial.tags["yellow"])


def test_tags_that_are_judged_finished_gone_or_wait_for_a_person_are_not_requested(trial: Trial) -> None:
    """Red is judged. Green's failure is permanent: retrying it every hour would cost money for ever. People have blue."""
    trial.add("red", "green", "blue")
    complete(trial, "blue")
    trial.models.reply_always(SMALL, "green", failure(400))
    trial.materialize("red", "green")
    add_partitions(trial, "blue")
    add_tags(trial.instance, ["11111111-2222-4333-8444-555555555555"])
    ticked = tick(trial)
    assert not ticked.run_requests
    assert ticked.skip_message == "all 4 tags are judged, finished, gone or waiting for a person"


def test_nothing_is_requested_while_runs_of_an_earlier_tick_are_unfinished(trial: Trial) -> None:
    """They will do the work; a longer queue would not speed it up."""
    trial.add("red")
    add_partitions(trial, "red")
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    run = trial.instance.create_run_for_job(
        job, tags={"dagster/schedule_name": "materialize_missing"}, status=dg.DagsterRunStatus.STARTED
    )
    assert tick(trial).skip_message == "runs of an earlier tick have not finished"
    trial.instance.report_run_failed(run)
    assert tick(trial).run_requests


def test_many_missing_tags_make_batches_with_distinct_run_keys(trial: Trial) -> None:
    colours = list(COLOURS)[: 2 * BATCH_SIZE + 1]
    trial.add(*colours)
    add_partitions(trial, *colours)
    requests = tick(trial).run_requests or ()
    assert len(requests) == len({request.run_key for request in requests}) == 3


def test_a_tick_that_is_evaluated_twice_requests_the_same_runs(trial: Trial) -> None:
    """Dagster launches a run key once."""
    trial.add("red")
    add_partitions(trial, "red")
    keys = [[request.run_key for request in tick(trial).run_requests or ()] for _ in range(2)]
    assert keys[0] == keys[1]
    assert len(keys[0]) == 1


def test_a_run_does_not_span_images_that_people_have_finished(trial: Trial) -> None:
    """Such a tag would fail, and the run with it."""
    trial.add("red", "green", "blue")
    add_partitions(trial, "red", "green", "blue")
    complete(trial, "green")
    asked = [(request.tags[START], request.tags[END]) for request in tick(trial).run_requests or ()]
    assert asked == [(trial.tags[colour], trial.tags[colour]) for colour in ("red", "blue")]


def test_an_encord_that_refuses_fails_the_tick_with_one_sentence(trial: Trial) -> None:
    trial.inject_fault(match=".*", status=403, times=50)
    with pytest.raises(ScheduleExecutionError) as failed:
        tick(trial)
    assert isinstance(failed.value.__cause__, dg.Failure)
    assert "Encord" in str(failed.value.__cause__)


def test_the_schedule_is_off_by_default(trial: Trial) -> None:
    schedule = definitions(trial.pipeline).resolve_schedule_def("materialize_missing")
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED


def test_a_run_does_not_span_tags_judged_by_another_judge(trial: Trial) -> None:
    """Judging them again costs money, so a person decides; tags judged by the same judge may be spanned."""
    trial.add("red", "green", "blue")
    add_partitions(trial, "red", "green", "blue")
    trial.materialize("green")
    whole = [(request.tags[START], request.tags[END]) for request in tick(trial).run_requests or ()]
    trial.pipeline = replace(trial.pipeline, judge=replace(trial.pipeline.judge, temperature=0.5))
    apart = [(request.tags[START], request.tags[END]) for request in tick(trial).run_requests or ()]
    red, blue = trial.tags["red"], trial.tags["blue"]
    assert (whole, apart) == ([(red, blue)], [(red, red), (blue, blue)])


def test_nothing_is_requested_of_a_paused_project(trial: Trial) -> None:
    trial.add("red")
    add_partitions(trial, "red")
    trial.seed.project().set_status(ProjectStatus.PAUSED)
    ticked = tick(trial)
    assert not ticked.run_requests
    assert (ticked.skip_message or "").startswith("project 'LLM as a judge' is paused in Encord")
