"""Each backfill, tick or single run is reported once when it has ended; runs from before the first tick are not."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.sensor_definition import SensorExecutionData
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from pydantic import SecretStr

from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.automation.digests import digests_sensor
from judge_pipeline.automation.support.notifier import Notifier
from judge_pipeline.automation.support.partition_ranges import PartitionRange
from judge_pipeline.dagster_events.run_tags import BY_COMMAND
from judge_pipeline.domain.retry_policy import RetryPolicy
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
    """Ticks of the sensor, each with the previous cursor, and the digests that they send."""

    def __init__(self, trial: Trial, receiver: WebhookReceiver, url: str) -> None:
        self._instance = trial.instance
        self._receiver = receiver
        notifier = Notifier(webhook=SecretStr(url), retry_policy=RetryPolicy(waits_seconds=()))
        self._sensor = digests_sensor(notifier, webserver_url=URL)
        self.cursor: str | None = None

    def tick(self) -> SensorExecutionData:
        with dg.build_sensor_context(instance=self._instance, cursor=self.cursor) as context:
            ticked = self._sensor.evaluate_tick(context)
        self.cursor = ticked.cursor
        return ticked

    def next_digests(self) -> list[dict[str, Any]]:
        """The digests that one more tick sends."""
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
    """A run over these pictures, with these run tags."""
    keys = [trial.tags[colour] for colour in colours]
    add_tags(trial.instance, keys)
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    return job.execute_in_process(
        instance=trial.instance,
        tags={**PartitionRange(keys[0], keys[-1]).run_tags, **(tags or {})},
        raise_on_error=False,
        run_config=QUIET,
    )


def killed(trial: Trial, job: str = "materialize_missing", tags: Mapping[str, str] | None = None) -> dg.DagsterRun:
    """A run that failed before its step."""
    started = trial.instance.create_run_for_job(
        definitions(trial.pipeline).resolve_job_def(job), tags=tags, status=dg.DagsterRunStatus.STARTED
    )
    trial.instance.report_run_failed(started)
    return started


def test_a_run_is_reported_once_with_its_counts_errors_and_link(trial: Trial, listener: Listener) -> None:
    trial.add("red", "green", "blue")
    trial.models.reply_always(SMALL, "green", failure(400, "too green"))
    ended = run(trial, "red", "green", "blue")
    (digest,) = listener.next_digests()
    assert digest["title"] == f"Run {ended.run_id[:8]}"
    assert digest["tags"] == {"done": 2, "failed": 1, "skipped": 0, "left": 0, "waiting": 0, "pending": 0}
    assert digest["ok"] is False
    assert digest["url"] == f"{URL}/runs/{ended.run_id}"
    (error,) = digest["errors"]
    assert error.startswith("captions_8b of 'green.png'")
    assert "too green" in error
    assert digest["model_calls"] == 2 * 4 + 1, "a request refused as bad is not a paid call"
    assert listener.next_digests() == []


def test_runs_that_ended_before_the_first_tick_are_not_reported(
    trial: Trial, served: tuple[WebhookReceiver, str]
) -> None:
    killed(trial)
    served[0].forget()
    assert Listener(trial, *served).next_digests() == []


def test_a_backfill_is_reported_once_after_all_its_runs_have_ended(trial: Trial, listener: Listener) -> None:
    trial.add("red", "green")
    trial.models.reply_always(SMALL, "green", failure(400))
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
    assert listener.next_digests() == []
    run(trial, "green", tags={"dagster/backfill": "abcdefgh"})
    assert listener.next_digests() == []
    ended = backfill.with_status(BulkActionStatus.COMPLETED_FAILED)  # type: ignore[no-untyped-call]
    trial.instance.update_backfill(ended)
    (digest,) = listener.next_digests()
    assert digest["title"] == "Backfill abcdefgh"
    assert digest["runs"] == 2
    assert digest["tags"] == {"done": 1, "failed": 1, "skipped": 0, "left": 0, "waiting": 0, "pending": 0}
    assert digest["url"] == f"{URL}/runs/b/abcdefgh"
    assert listener.next_digests() == []


def test_the_runs_of_one_tick_are_reported_together(trial: Trial, listener: Listener) -> None:
    of_one_tick = {"dagster/tick": "7", "dagster/sensor_name": "new_images"}
    killed(trial, tags=of_one_tick)
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    queued = trial.instance.create_run_for_job(job, tags=of_one_tick, status=dg.DagsterRunStatus.STARTING)
    assert listener.next_digests() == []
    trial.instance.report_run_canceled(queued)
    (digest,) = listener.next_digests()
    assert (digest["title"], digest["runs"], digest["killed_runs"]) == ("Sensor new_images", 2, 2)
    assert digest["url"] == f"{URL}/runs?q[0]=tag%3Adagster%2Ftick%3D7"


def test_runs_of_a_command_and_of_the_report_are_not_reported(trial: Trial, listener: Listener) -> None:
    killed(trial, tags=BY_COMMAND)
    killed(trial, "write_report")
    assert listener.next_digests() == []


@pytest.mark.parametrize(("will_retry", "digests"), [("false", 1), ("true", 0)])
def test_a_killed_run_is_reported_unless_dagster_retries_it(
    trial: Trial, listener: Listener, will_retry: str, digests: int
) -> None:
    killed(trial, tags={"dagster/will_retry": will_retry})
    assert [digest["killed_runs"] for digest in listener.next_digests()] == [1] * digests


def test_a_failing_receiver_does_not_fail_the_tick_and_gets_no_second_digest(
    trial: Trial, listener: Listener, served: tuple[WebhookReceiver, str]
) -> None:
    killed(trial)
    served[0].answers = deque([500])
    assert listener.tick().skip_message.startswith("reported Run ")  # type: ignore[union-attr]
    assert listener.next_digests() == []


def test_an_unreadable_cursor_starts_over(trial: Trial, listener: Listener) -> None:
    killed(trial)
    for cursor in ("yesterday", "{}", json.dumps({"begun": 1})):
        listener.cursor = cursor
        assert listener.next_digests() == []
        assert json.loads(listener.cursor)["waiting"] == []
