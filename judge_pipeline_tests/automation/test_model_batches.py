"""The sensor goes on with the tags whose answers have come, once, and leaves the others alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import dagster as dg
import pytest

from judge_pipeline.automation.model_batches import NAME, model_batches_sensor
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.model_batches import NewModelBatch, SettledQuestion
from judge_pipeline.store.questions import NotedQuestion
from judge_pipeline.store.store import ProjectStore, Store
from judge_pipeline_tests.automation.test_materialize_missing import tick as materialize_missing
from judge_pipeline_tests.automation.test_new_images import tick as new_images
from judge_pipeline_tests.engine.people import complete
from judge_pipeline_tests.engine.test_batch_mode import BatchTrial, batch_server, batched
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions, every
from judge_pipeline_tests.state_folders import networks

__all__ = ["batch_server", "batched", "networks"]

pytestmark = pytest.mark.usefixtures("instance_on_disk")

OUTCOME = {"failure": {"status": 500, "message": "busy"}}


def tick(trial: Trial, **options: float) -> dg.RunRequest | str:
    """The run that a tick requests, or why it requests none; these batches have no server, as the rest of the reason says."""
    sensor = model_batches_sensor(trial.pipeline, database_url=trial.pipeline.database_url, **options)
    ticked = sensor.evaluate_tick(dg.build_sensor_context(instance=trial.instance))
    return ticked.run_requests[0] if ticked.run_requests else (ticked.skip_message or "").partition(";")[0]


def run_keys(trial: Trial, *ticks: dg.RunRequest | str) -> list[str | None]:
    assert all(isinstance(each, dg.RunRequest) for each in ticks), ticks
    return [each.run_key for each in ticks if isinstance(each, dg.RunRequest)]


def go_on(trial: Trial) -> dg.ExecuteInProcessResult:
    job = definitions(trial.pipeline).resolve_job_def(NAME)
    return job.execute_in_process(instance=trial.instance, raise_on_error=False, run_config=QUIET)


@contextmanager
def store_of(trial: Trial) -> Iterator[ProjectStore]:
    with trial.pipeline.open_store() as store:
        yield store


def note(trial: Trial, *colours: str, run: str = "", purpose: str = "captions_8b") -> str:
    """One question of each tag, noted by a run; returns the run's id."""
    run = run or str(uuid4())
    tags = trial.tags
    noted = [
        NotedQuestion(f"{colour}-{purpose}", colour, "LLM1", "http://host/v1", "m", purpose, Tag(tags[colour]))
        for colour in colours
    ]
    with store_of(trial) as store:
        store.questions.note(run, noted)
    return run


def submit(trial: Trial, *colours: str, purpose: str = "captions_8b") -> str:
    """The uuid of a batch with a question of each tag."""
    run = note(trial, *colours, purpose=purpose)
    batch = NewModelBatch(str(uuid4()), "LLM1", "http://host/v1", "m", run, "here", "/nowhere", len(colours), 1, 0.5)
    with store_of(trial) as store:
        store.model_batches.intend(batch, [f"{colour}-{purpose}" for colour in colours])
        store.model_batches.submitted(batch.uuid, "batch-1")
    return batch.uuid


def answer(trial: Trial, batch: str, *colours: str, purpose: str = "captions_8b") -> None:
    with store_of(trial) as store:
        store.model_batches.settle(batch, [SettledQuestion(f"{colour}-{purpose}", OUTCOME) for colour in colours])


def test_without_questions_a_tick_opens_nothing(trial: Trial) -> None:
    """A pipeline with embedded servers would start them at every tick."""
    sensor = model_batches_sensor(
        dg.ResourceDefinition(lambda _: pytest.fail("opened")), database_url=trial.pipeline.database_url
    )
    ticked = sensor.evaluate_tick(dg.build_sensor_context(instance=trial.instance))
    assert ticked.skip_message == "no image waits for a model batch"


def test_tags_whose_answers_have_come_go_on_in_one_run(trial: Trial) -> None:
    trial.add("red", "green", "blue", "yellow")
    batch = submit(trial, "red", "green", "yellow")
    assert tick(trial) == "3 images wait for model batches"
    answer(trial, batch, "red", "yellow")
    (first, again) = run_keys(trial, tick(trial), tick(trial))
    assert first == again, "Dagster launches it once"
    assert go_on(trial).success
    assert trial.materialized() == every("red", "yellow")
    assert tick(trial) == "1 images wait for model batches"


def test_a_set_of_ready_tags_is_requested_once_whatever_its_run_comes_to(trial: Trial) -> None:
    trial.add("red", "green")
    batch = submit(trial, "red", "green")
    answer(trial, batch, "red")
    (first,) = run_keys(trial, tick(trial))
    answer(trial, batch, "green")
    (second,) = run_keys(trial, tick(trial))
    assert second != first
    again = submit(trial, "red", purpose="judgements")
    answer(trial, again, "red", purpose="judgements")
    assert len({first, second, *run_keys(trial, tick(trial))}) == 3


def test_nothing_is_requested_while_its_last_run_is_unfinished(trial: Trial) -> None:
    trial.add("red")
    answer(trial, submit(trial, "red"), "red")
    job = definitions(trial.pipeline).resolve_job_def(NAME)
    run = trial.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert tick(trial) == "the last run of continue_waiting has not finished"
    trial.instance.report_run_failed(run)
    assert run_keys(trial, tick(trial))


def test_questions_of_a_run_that_was_terminated_are_free_and_wait_for_a_person(trial: Trial) -> None:
    """The run submits them no more. To go on at once would undo what the person has done."""
    trial.add("red")
    job = definitions(trial.pipeline).resolve_job_def(NAME)
    run = trial.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    note(trial, "red", run=run.run_id)
    with store_of(trial) as store:
        assert store.questions.waiting_tags() == {trial.tags["red"]}
    trial.instance.report_run_canceled(run)
    assert tick(trial) == "no image waits for a model batch"
    with store_of(trial) as store:
        assert store.questions.noting_runs() == set()


def test_questions_of_a_run_of_another_instance_are_its_own_while_its_heart_beats(trial: Trial) -> None:
    trial.add("red")
    elsewhere = note(trial, "red")
    store = Store.open(trial.pipeline.database_url)
    store.heartbeats.beat(elsewhere, host="there", seconds=60)
    assert tick(trial) == "1 images wait for model batches"
    store.heartbeats.forget([elsewhere])
    store.close()
    assert tick(trial) == "no image waits for a model batch"


def test_questions_without_an_answer_are_asked_again_and_rest_after_a_batch_that_failed(trial: Trial) -> None:
    """A server whose queue is full would get the same file every minute."""
    trial.add("red", "green")
    failed, ended = submit(trial, "red"), submit(trial, "green")
    with store_of(trial) as store:
        store.model_batches.failed(failed, "the queue is full")
        store.model_batches.collected(ended)
        green, red = Tag(trial.tags["green"]), Tag(trial.tags["red"])
        assert [each.tag for each in store.ready_tags.with_news()] == [green]
        later = datetime.now(UTC) + timedelta(hours=1)
        assert {each.tag for each in store.ready_tags.with_news(later)} == {green, red}
    assert run_keys(trial, tick(trial))


def test_a_tag_that_has_failed_for_good_is_left_to_a_person(trial: Trial) -> None:
    """Its other questions would be paid for again each time that an answer comes."""
    trial.add("red")
    batch, tag = submit(trial, "red"), Tag(trial.tags["red"])
    with store_of(trial) as store:
        lease = store.leases.acquire([tag], holder="a run", seconds=60)[tag]
        store.save_failure("captions_16b", lease, title="red.png", kind="Refused", message="no", run_id=None)
        store.leases.release([lease])
    answer(trial, batch, "red")
    assert tick(trial) == "no image waits for a model batch"
    note(trial, "red", run="a retry", purpose="captions_16b")
    with store_of(trial) as store:
        store.questions.free(["a retry"])
    assert run_keys(trial, tick(trial)), "what a person has retried goes on"


def test_images_that_are_gone_or_finished_wait_no_more(trial: Trial) -> None:
    trial.add("red", "green")
    complete(trial, "green")
    answer(trial, submit(trial, "red", "green"), "red", "green")
    assert go_on(trial).success
    with store_of(trial) as store:
        assert store.questions.is_empty()
        assert store.questions.ready_tags() == []
    assert trial.materialized() == every("red")


def test_a_tick_collects_what_the_server_has_answered(batched: BatchTrial) -> None:
    """From the first run's questions to a tag that is done: two runs of the sensor's, and nothing by hand."""
    trial = batched.trial
    trial.add("red", "green")
    assert batched.run().success
    for _ in ("captions", "judgements"):
        assert not new_images(trial).run_requests, "an image that waits has not come back"
        while isinstance(tick(trial), str):
            pass
        assert go_on(trial).success
    assert trial.materialized() == every("red", "green")
    assert tick(trial) == "no image waits for a model batch"
    assert batched.calls() == (0, 2 * 4)


def test_schedules_launch_nothing_for_tags_that_wait(trial: Trial) -> None:
    """The runs would be empty, every hour."""
    trial.add("red", "green")
    trial.materialize("green")
    trial.instance.add_dynamic_partitions("tag", [trial.tags["red"]])
    submit(trial, "red")
    ticked = materialize_missing(trial)
    assert not ticked.run_requests
    assert (ticked.skip_message or "").endswith("waiting for a person or a model batch")


def test_what_takes_longer_to_collect_than_a_tick_has_is_collected_by_a_run(batched: BatchTrial) -> None:
    """A tick that is cut short would begin with the same file each time, and never reach its end."""
    trial = batched.trial
    trial.add("red")
    assert batched.run().success
    (first, again) = run_keys(trial, tick(trial, collecting_seconds=0), tick(trial, collecting_seconds=0))
    assert first == again, "a run that fails is not launched every minute"
    while batched.store.model_batches.unfinished():
        assert go_on(trial).success
    assert trial.materialized() == every("red")
