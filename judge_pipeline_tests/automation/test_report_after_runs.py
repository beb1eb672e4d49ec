"""The report is written anew once the runs of the path have ended, and only then."""

import dagster as dg
import pytest

from judge_pipeline.automation.report_after_runs import report_after_runs
from judge_pipeline.dagster_events.run_tags import BY_COMMAND
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
        """The keys of the runs that one tick asks for."""
        with dg.build_sensor_context(
            instance=self._trial.instance, cursor=self.cursor, definitions=definitions(self._trial.pipeline)
        ) as context:
            ticked = report_after_runs.evaluate_tick(context)
        self.cursor = ticked.cursor
        return [request.run_key for request in ticked.run_requests or ()]


def test_the_report_is_asked_for_once_after_the_last_run_has_ended(trial: Trial) -> None:
    watch = Watch(trial)
    killed(trial)
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    waiting = trial.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTING)
    assert watch.tick() == []
    trial.instance.report_run_canceled(waiting)
    assert watch.tick() == [waiting.run_id]
    assert watch.tick() == []


def test_a_command_writes_the_report_itself(trial: Trial) -> None:
    watch = Watch(trial)
    killed(trial, tags=BY_COMMAND)
    assert watch.tick() == []


def test_it_looks_from_the_start_because_a_report_costs_nothing(trial: Trial) -> None:
    assert report_after_runs.default_status is dg.DefaultSensorStatus.RUNNING
    run_before = Watch(trial)
    assert run_before.tick() == []
