"""People hear once of what has ended: of a backfill or a tick as a whole, of each other run, and nothing of the past."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.sensor_definition import SensorExecutionData
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from pydantic import SecretStr

from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.automation.digests import digests_sensor
from judge_pipeline.automation.notifier import Notifier
from judge_pipeline.automation.partition_ranges import Batch
from judge_pipeline.dagster_events.run_tags import BY_COMMAND
from judge_pipeline_tests.automation.webhook_receiver import WebhookReceiver
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions
from judge_pipeline_tests.model_stub import SMALL
from judge_pipeline_tests.models.stub_server import failure
from judge_pipeline_tests.servers import serve

pytestmark = pytest.mark.usefixtures("instance_on_disk")

URL = "http://dagster.example"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[WebhookReceiver, str]]:
    receiver = WebhookReceiver()
    with serve(receiver) as url:
        yield receiver, url


class Listener:
    """Ticks of the sensor, each with the cursor of the one before, and the digests that came of them."""

    def __init__(self, trial: Trial, receiver: WebhookReceiver, url: str) -> None:
        self._instance = trial.instance
        self._receiver = receiver
        notifier = Notifier(webhook=SecretStr(url), waits_seconds=())
        self._sensor = digests_sensor(notifier, webserver_url=URL)
        self.cursor: str | None = None

    def tick(self) -> SensorExecutionData:
        with dg.build_sensor_context(instance=self._instance, cursor=self.cursor) as context:
            ticked = self._sensor.evaluate_tick(context)
        self.cursor = ticked.cursor
        return ticked

    def heard(self) -> list[dict[str, Any]]:
        """What one more tick sends."""
        self._receiver.got.clear()
        self.tick()
        return [body for _path, body in self._receiver.got]


@pytest.fixture
def listener(trial: Trial, served: tuple[WebhookReceiver, str]) -> Listener:
    served[0].forget()
    listener = Listener(trial, *served)
    listener.tick()
    return listener


def run(trial: Trial, *colours: str, tags: Mapping[str, str] | None = None) -> dg.ExecuteInProcessResult:
    """A run over these pictures with these run tags."""
    keys = [trial.tags[colour] for colour in colours]
    known = trial.instance.get_dynamic_partitions(TAGS.name or "")
    trial.instance.add_dynamic_partitions(TAGS.name or "", [key for key in keys if key not in known])
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    return job.execute_in_process(
        instance=trial.instance,
        tags={**Batch(keys[0], keys[-1]).run_tags, **(tags or {})},
        raise_on_error=False,
        run_config=QUIET,
    )


def killed(trial: Trial, job: str = "materialize_missing", tags: Mapping[str, str] | None = None) -> dg.DagsterRun:
    """A run that has ended as failed without a step."""
    started = trial.instance.create_run_for_job(
        definitions(trial.pipeline).resolve_job_def(job), tags=tags, status=dg.DagsterRunStatus.STARTED
    )
    trial.instance.report_run_failed(started)
    return started


def test_a_run_is_told_of_once_with_its_counts_its_errors_and_its_page(trial: Trial, listener: Listener) -> None:
    trial.add("red", "green", "blue")
    trial.models.tell_always(SMALL, "green", failure(400, "too green"))
    ended = run(trial, "red", "green", "blue")
    (digest,) = listener.heard()
    assert digest["title"] == f"Run {ended.run_id[:8]}"
    assert digest["tags"] == {"done": 2, "failed": 1, "skipped": 0, "left": 0}
    assert digest["ok"] is False
    assert digest["url"] == f"{URL}/runs/{ended.run_id}"
    (error,) = digest["errors"]
    assert error.startswith("captions_8b of 'green.png'")
    assert "too green" in error
    assert digest["model_calls"] == 2 * 4 + 1, "what the server refuses as a bad request is no call that is paid"
    assert listener.heard() == []


def test_what_ended_before_anybody_listened_is_left_alone(trial: Trial, served: tuple[WebhookReceiver, str]) -> None:
    killed(trial)
    served[0].forget()
    assert Listener(trial, *served).heard() == []


def test_a_backfill_is_told_of_once_and_only_when_all_of_it_has_ended(trial: Trial, listener: Listener) -> None:
    trial.add("red", "green")
    trial.models.tell_always(SMALL, "green", failure(400))
    backfill = PartitionBackfill(
        backfill_id="abcdefgh",
        status=BulkActionStatus.REQUESTED,
        from_failure=False,
        tags={},
        backfill_timestamp=0.0,
        asset_selection=[dg.AssetKey("images")],
    )
    trial.instance.add_backfill(backfill)
    run(trial, "red", tags={"dagster/backfill": "abcdefgh"})
    assert listener.heard() == []
    run(trial, "green", tags={"dagster/backfill": "abcdefgh"})
    assert listener.heard() == []
    ended = backfill.with_status(BulkActionStatus.COMPLETED_FAILED)  # type: ignore[no-untyped-call]
    trial.instance.update_backfill(ended)
    (digest,) = listener.heard()
    assert digest["title"] == "Backfill abcdefgh"
    assert digest["runs"] == 2
    assert digest["tags"] == {"done": 1, "failed": 1, "skipped": 0, "left": 0}
    assert digest["url"] == f"{URL}/runs/b/abcdefgh"
    assert listener.heard() == []


def test_the_runs_of_one_tick_are_told_of_together(trial: Trial, listener: Listener) -> None:
    of_one_tick = {"dagster/tick": "7", "dagster/sensor_name": "new_images"}
    killed(trial, tags=of_one_tick)
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    queued = trial.instance.create_run_for_job(job, tags=of_one_tick, status=dg.DagsterRunStatus.STARTING)
    assert listener.heard() == []
    trial.instance.report_run_canceled(queued)
    (digest,) = listener.heard()
    assert (digest["title"], digest["runs"], digest["killed_runs"]) == ("Sensor new_images", 2, 2)
    assert digest["url"] == f"{URL}/runs?q[0]=tag%3Adagster%2Ftick%3D7"


def test_runs_of_a_command_and_of_the_report_are_not_told_of(trial: Trial, listener: Listener) -> None:
    killed(trial, tags=BY_COMMAND)
    killed(trial, "write_report")
    assert listener.heard() == []


@pytest.mark.parametrize(("will_retry", "told"), [("false", 1), ("true", 0)])
def test_a_killed_run_is_told_of_unless_dagster_begins_it_again(
    trial: Trial, listener: Listener, will_retry: str, told: int
) -> None:
    killed(trial, tags={"dagster/will_retry": will_retry})
    heard = listener.heard()
    assert [digest["killed_runs"] for digest in heard] == [1] * told


def test_a_receiver_that_fails_fails_no_tick_and_is_not_asked_again_and_again(
    trial: Trial, listener: Listener, served: tuple[WebhookReceiver, str]
) -> None:
    killed(trial)
    served[0].answers = deque([500])
    assert listener.tick().skip_message.startswith("told of Run ")  # type: ignore[union-attr]
    assert listener.heard() == []


def test_a_cursor_that_cannot_be_read_means_a_new_beginning(trial: Trial, listener: Listener) -> None:
    killed(trial)
    for cursor in ("yesterday", "{}", json.dumps({"begun": 1})):
        listener.cursor = cursor
        assert listener.heard() == []
        assert json.loads(listener.cursor)["waiting"] == []
