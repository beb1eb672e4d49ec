"""Scattered failures are processed again in one run and turn green; images that people have are left alone."""

from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.schedule_definition import ScheduleExecutionData
from dagster._core.errors import ScheduleExecutionError
from encord.orm.project import ProjectStatus

from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.automation.retry_failed import CARRY, find_failed
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import complete
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions, every
from judge_pipeline_tests.model_stub import COLOURS, SMALL
from judge_pipeline_tests.models.stub_server import failure

on_disk = pytest.mark.usefixtures("instance_on_disk")

GONE = "11111111-2222-4333-8444-555555555555"
NO_CREDIT = failure(429, "quota", code="insufficient_quota", type="insufficient_quota")


def retry(trial: Trial, **config: Any) -> dg.ExecuteInProcessResult:
    job = definitions(trial.pipeline).resolve_job_def("retry_failed")
    ops = {CARRY: {"config": config}}
    return job.execute_in_process(
        instance=trial.instance, raise_on_error=False, run_config={**QUIET, "ops": ops} if config else QUIET
    )


def tick(trial: Trial) -> ScheduleExecutionData:
    code_location = definitions(trial.pipeline)
    with dg.build_schedule_context(
        instance=trial.instance,
        resources={"pipeline": trial.pipeline},
        scheduled_execution_time=datetime(2026, 1, 1, 12, 30, tzinfo=UTC),
        repository_def=code_location.get_repository_def(),
    ) as context:
        return code_location.resolve_schedule_def("retry_failed").evaluate_tick(context)


def sentence(result: dg.ExecuteInProcessResult) -> str:
    failed = result.failure_data_for_node(CARRY)
    assert failed is not None
    assert failed.user_failure_data is not None, failed.error
    return failed.user_failure_data.description or ""


def test_scattered_failures_are_processed_in_one_run_and_turn_green(trial: Trial) -> None:
    colours = list(COLOURS)[:5]
    scattered = colours[::3]
    trial.add(*colours)
    for colour in scattered:
        trial.models.reply_always(SMALL, colour, failure(400))
    trial.materialize()
    assert trial.failed() == every(*scattered, assets=("captions_8b", "linked_text_items", "judgements"))
    trial.models.clear_replies()
    paid, retries = len(trial.models.calls), dg.RunsFilter(job_name="retry_failed")
    runs = trial.instance.get_runs_count(retries)
    assert retry(trial).success
    assert trial.materialized() == every(*colours)
    assert trial.failed() == set()
    assert encord_state(trial.seed) == finished(*colours)
    assert {call.colour for call in trial.models.calls[paid:]} == set(scattered)
    assert trial.instance.get_runs_count(retries) == runs + 1


def test_a_tag_that_fails_again_stays_failed_and_is_named(trial: Trial) -> None:
    trial.add("red", "green", "blue")
    for colour in ("red", "blue"):
        trial.models.reply_always(SMALL, colour, failure(400))
    trial.materialize()
    trial.models.clear_replies()
    trial.models.reply_always(SMALL, "blue", failure(400, "still too blue"))
    result = retry(trial)
    assert "Of 2 tags: 1 done, 1 failed." in sentence(result)
    assert "still too blue" in sentence(result)
    assert trial.failed() == every("blue", assets=("captions_8b", "linked_text_items", "judgements"))


def test_failures_that_only_dagster_knows_about_are_processed_too(trial: Trial) -> None:
    """The credit ran out before their turn, or the run was killed: the store has no failure for them."""
    trial.add("red", "green")
    for colour in ("red", "green"):
        trial.models.reply_always(SMALL, colour, NO_CREDIT)
    run = trial.materialize()
    with trial.pipeline.open_store() as store:
        assert store.failures() == []
    found = find_failed(trial.pipeline, trial.instance)
    assert {each.tag for each in found} == set(trial.tags.values())
    assert {each.title for each in found} == {"red.png", "green.png"}
    assert {each.reasons for each in found} == {(f"run {run.run_id} ended before this tag was done",)}
    assert all(each.failed_at and (datetime.now(UTC) - each.failed_at).total_seconds() < 60 for each in found)
    trial.models.clear_replies()
    assert retry(trial).success
    assert trial.materialized() == every("red", "green")


def test_without_failures_a_run_does_nothing_and_calls_no_model(trial: Trial) -> None:
    trial.add_finished("red")
    paid = len(trial.models.calls)
    assert retry(trial).success
    assert len(trial.models.calls) == paid


def test_images_that_are_gone_or_finished_by_a_person_are_left_out_unless_named(trial: Trial) -> None:
    trial.add("red", "green", "blue")
    for colour in ("red", "green"):
        trial.models.reply_always(SMALL, colour, failure(400))
    trial.materialize()
    add_tags(trial.instance, [GONE])
    complete(trial, "green")
    assert [each.title for each in find_failed(trial.pipeline, trial.instance)] == ["red.png"]
    trial.models.clear_replies()
    assert retry(trial).success
    assert "'green.png' is in 'Complete'" in sentence(retry(trial, tags=[trial.tags["green"]]))


def test_since_leaves_out_earlier_failures(trial: Trial) -> None:
    trial.add("red", "green")
    trial.models.reply_always(SMALL, "red", failure(400))
    trial.materialize("red")
    between = datetime.now(UTC).isoformat()
    trial.models.reply_always(SMALL, "green", failure(400))
    trial.materialize("green")
    trial.models.clear_replies()
    assert retry(trial, since=between).success
    assert trial.failed() == every("red", assets=("captions_8b", "linked_text_items", "judgements"))


def test_an_invalid_since_ends_the_run_with_a_sentence(trial: Trial) -> None:
    assert sentence(retry(trial, since="yesterday")).startswith("'yesterday' is not a time; give a span")


def test_a_named_tag_without_a_partition_gets_one(trial: Trial) -> None:
    """Another instance of Dagster may have found the image first."""
    trial.add("red")
    assert retry(trial, tags=[trial.tags["red"]]).success
    assert trial.materialized() == every("red")


def test_an_encord_that_refuses_ends_the_run_with_a_sentence(trial: Trial) -> None:
    trial.add("red")
    trial.inject_fault(match=".*", status=403, times=50)
    assert "Encord" in sentence(retry(trial))
    trial.seed.server.control("DELETE", "faults")


@on_disk
def test_the_schedule_requests_one_run_for_the_transient_failures_when_nothing_is_in_its_way(trial: Trial) -> None:
    """Red failed for lack of credit, green was refused, blue is done.

    A refused question is asked again, and paid for, when a person says so, not every hour for ever.
    """
    trial.add("red", "green", "blue")
    trial.models.reply_always(SMALL, "green", failure(400))
    trial.materialize("green", "blue")
    trial.models.reply_always(SMALL, "red", NO_CREDIT)
    trial.materialize("red")
    trial.models.clear_replies()

    project = trial.seed.project()
    project.set_status(ProjectStatus.PAUSED)
    assert not tick(trial).run_requests
    assert (tick(trial).skip_message or "").startswith("project 'LLM as a judge' is paused in Encord")
    project.set_status(ProjectStatus.IN_PROGRESS)
    job = definitions(trial.pipeline).resolve_job_def("retry_failed")
    run = trial.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert tick(trial).skip_message == "the last run of retry_failed has not finished"
    trial.instance.report_run_failed(run)

    (request,) = tick(trial).run_requests or ()
    assert request.run_config["ops"][CARRY]["config"]["tags"] == [trial.tags["red"]]
    assert request.run_key
    assert retry(trial, **request.run_config["ops"][CARRY]["config"]).success
    assert tick(trial).skip_message == (
        "no tag has a temporary failure; 1 need a person, see `judge-pipeline retry-failed --dry-run`"
    )


@on_disk
def test_without_failures_the_schedule_says_so(trial: Trial) -> None:
    trial.add("red")
    trial.materialize()
    assert tick(trial).skip_message == "no tag has a temporary failure"


def test_inputs_missing_from_a_partial_run_are_made_by_a_full_one(trial: Trial) -> None:
    trial.add("red")
    trial.materialize(assets=["judgements"])
    (failed,) = find_failed(trial.pipeline, trial.instance)
    assert failed.is_transient
    assert retry(trial).success
    assert trial.materialized() == every("red")


@pytest.mark.parametrize(
    ("kind", "is_transient"), [("ModelUnavailable", True), ("StorageBusy", True), ("Refused", False)]
)
def test_an_overloaded_server_is_a_transient_failure_and_a_refusal_is_not(
    trial: Trial, kind: str, is_transient: bool
) -> None:
    trial.add("red")
    tag = Tag(trial.tags["red"])
    with trial.pipeline.open_store() as store:
        lease = store.leases.acquire([tag], holder="an earlier run", seconds=1)[tag]
        store.save_failure("images", lease, title="red.png", kind=kind, message="no", run_id=None)
        store.leases.release([lease])
    (failed,) = find_failed(trial.pipeline, trial.instance)
    assert failed.is_transient is is_transient


@on_disk
def test_an_encord_that_refuses_fails_the_schedules_tick_with_one_sentence(trial: Trial) -> None:
    trial.inject_fault(match=".*", status=403, times=50)
    with pytest.raises(ScheduleExecutionError) as failed:
        tick(trial)
    assert isinstance(failed.value.__cause__, dg.Failure)
    assert "Encord" in str(failed.value.__cause__)
