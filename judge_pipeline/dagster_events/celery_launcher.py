"""Dagster's run launcher for Celery, with a *Terminate* that ends a run as canceled, and a worker's health that does not guess."""

from typing import Any

from dagster_celery.launcher import CeleryRunLauncher as DagstersCeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

TASK_STARTED = "STARTED"


class CeleryRunLauncher(DagstersCeleryRunLauncher):
    """The launcher that `deploy/pipeline/dagster-workers.yaml` names; its configuration is Dagster's."""

    def terminate(self, run_id: str) -> bool:
        """Ends a run as canceled, which Dagster does not retry; one whose task no worker has taken ends at once.

        Dagster's own sends the worker a signal and asks for nothing, so that the run ends as failed and is started again.
        """
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        task = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG)
        is_taken = False
        if task is not None:
            result = self.celery.AsyncResult(task)
            is_taken = result.state == TASK_STARTED
            result.revoke(terminate=True)
        if not is_taken and (run := self._instance.get_run_by_id(run_id)) and not run.is_finished:
            self._instance.report_run_canceled(run)
        return True

    def check_run_worker_health(self, run: Any) -> Any:
        """A worker that Celery knows nothing of counts as running: Redis was emptied, or the result has expired.

        Dagster would end the run as failed. If it is really lost, its heartbeat in the store says so.
        """
        health = super().check_run_worker_health(run)
        status = type(health.status)
        return health if health.status is not status.UNKNOWN else type(health)(status.RUNNING)
