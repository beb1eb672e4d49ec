"""The report is updated after the last run has ended, and only then."""

import dagster as dg
import pytest

from judge_pipeline.automation.report_after_runs import report_after_runs_sensor
from judge_pipeline.dagster_events.run_tags import BY_COMMAND
from judge_pipeline.domain.pipeline_names import UNPREFIXED
from judge_pipeline_tests.automation.test_digests import killed
from judge_pipeline_tests.engine.trial import Trial, definitions

pytestmark = pytest.mark.usefixtures("instance_on_disk")


class Watch:
    """Ticks of the sensor, each with the cursor of the one before."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self.cursor: str | None = None
        self.tick()

    def tick(self) -> list[str | None]:
        """The keys of the runs that one tick requests."""
        with dg.build_sensor_context(
            instance=self._trial.instance, cursor=self.cursor, definitions=definitions(self._trial.pipeline)
        ) as context:
            ticked = report_after_runs_sensor(UNPREFIXED).evaluate_tick(context)
        self.cursor = ticked.cursor
        return [request.run_key for request in ticked.run_requests or ()]


def test_the_report_is_requested_once_after_the_last_run_has_ended(trial: Trial) -> None:
    watch = Watch(trial)
    killed(trial)
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    waiting = trial.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTING)
    assert watch.tick() == []
    trial.instance.report_run_canceled(waiting)
    assert watch.tick() == [waiting.run_id]
    assert watch.tick() == []


def test_runs_of_a_command_request_no_report(trial: Trial) -> None:
    watch = Watch(trial)
    killed(trial, tags=BY_COMMAND)
    assert watch.tick() == []


def test_the_sensor_is_on_by_default(trial: Trial) -> None:
    assert report_after_runs_sensor(UNPREFIXED).default_status is dg.DefaultSensorStatus.RUNNING
