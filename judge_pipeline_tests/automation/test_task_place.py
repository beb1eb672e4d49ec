"""The sensor and the schedule go by where images stand: what comes back to an agent stage runs again, what waits does not."""

import pytest

from judge_pipeline.assets.partitions import add_tags, known_tags
from judge_pipeline.automation.retry_failed import find_failed
from judge_pipeline_tests.automation import test_materialize_missing as schedule
from judge_pipeline_tests.automation import test_new_images as sensor
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import complete, move_to_human_review, send, submit
from judge_pipeline_tests.engine.test_task_place import agent, annotation, with_stages
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.model_stub import SMALL
from judge_pipeline_tests.models.stub_server import failure

pytestmark = pytest.mark.usefixtures("instance_on_disk")


def test_the_sensor_and_the_schedule_run_an_image_that_was_sent_back(trial: Trial) -> None:
    trial.add("red", "green")
    trial.materialize()
    cursor = sensor.tick(trial).cursor
    assert not sensor.tick(trial, cursor).run_requests
    assert not schedule.tick(trial).run_requests
    send(trial, "red", "LLM1")
    ticked = sensor.tick(trial, cursor)
    assert sensor.covered(trial, ticked) == [[trial.tags["red"]]]
    assert not ticked.dynamic_partitions_requests
    assert schedule.tick(trial).run_requests
    trial.models.reset()
    assert trial.materialize("red").success
    assert trial.models.calls == []
    assert encord_state(trial.seed) == finished("red", "green")
    assert not sensor.tick(trial, cursor).run_requests


def test_the_sensor_does_not_run_again_what_has_failed(trial: Trial) -> None:
    trial.add("red")
    trial.models.reply_always(SMALL, "red", failure(400))
    trial.materialize()
    assert not sensor.tick(trial).run_requests


def test_an_image_that_waits_for_a_person_gets_a_partition_once_it_is_released(trial: Trial) -> None:
    with_stages(trial, annotation("Release", to="LLM1"), start="Release")
    trial.add("red")
    cursor = sensor.tick(trial).cursor
    assert known_tags(trial.instance) == []
    submit(trial, "Release")
    assert sensor.covered(trial, sensor.tick(trial, cursor)) == [[trial.tags["red"]]]


def test_an_image_between_the_agents_is_work_again_once_a_person_has_submitted_it(trial: Trial) -> None:
    with_stages(trial, annotation("Check", to="LLM as Judge"), **agent("LLM2", "Second caption", "Check"))
    trial.add("red")
    trial.materialize()
    assert not schedule.tick(trial).run_requests
    assert not sensor.tick(trial).run_requests
    submit(trial, "Check")
    assert schedule.tick(trial).run_requests
    assert sensor.tick(trial).run_requests


def test_an_unjudged_image_in_review_is_no_work_of_the_schedule(trial: Trial) -> None:
    trial.add("red")
    add_tags(trial.instance, list(trial.tags.values()))
    move_to_human_review(trial, "red")
    assert not schedule.tick(trial).run_requests


def test_failures_of_finished_and_gone_images_are_forgotten(trial: Trial) -> None:
    trial.add("red", "green", "blue")
    trial.models.reply_always(SMALL, "red", failure(400))
    trial.models.reply_always(SMALL, "green", failure(400))
    trial.materialize()
    assert {each.title for each in find_failed(trial.pipeline, trial.instance)} == {"red.png", "green.png"}
    complete(trial, "red")
    trial.seed.unlink_images("green.png")
    trial.materialize("blue")
    assert find_failed(trial.pipeline, trial.instance) == []
    with trial.pipeline.open_store() as store:
        assert store.failures() == []
