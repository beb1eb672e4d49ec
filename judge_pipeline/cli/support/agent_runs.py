"""Dagster runs in the agent's own process, one at a time, for an agent without DAGSTER_WEBSERVER_URL."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import dagster as dg

from judge_pipeline.automation.support.partition_ranges import PartitionRange
from judge_pipeline.cli.support.job_runs import run_job
from judge_pipeline.composition.loading import build_definitions
from judge_pipeline.composition.pipeline import make_resources
from judge_pipeline.domain.tag import Tag
from judge_pipeline.editor_agent.dagster_runs import PATH_JOB, REJUDGED, SENSOR, DagsterUnavailable, QueuedRun
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.settings.settings import Settings, SettingsError

logger = logging.getLogger(__name__)


class InProcessRuns:
    """A context manager: leaving it waits for the current run and drops the queued ones."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance) -> None:
        self._settings = settings
        self._instance = instance
        self._definitions = build_definitions(settings)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="runs")
        self._rejudge_runs: dict[Tag, str] = {}
        self._lock = Lock()
        self._cursor: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def rejudge(self, tag: Tag) -> QueuedRun:
        """Queues a run that asks the judge again, unless this tag has one that is queued or running."""
        with self._lock:
            if tag in self._rejudge_runs:
                return QueuedRun(self._rejudge_runs[tag], is_new=False)
            run_id = self._rejudge_runs[tag] = str(uuid4())
        self._thread.submit(self._rejudge, tag, run_id)
        return QueuedRun(run_id)

    def find_new_images(self) -> str:
        """Evaluates the sensor once, adds its partitions and queues its runs here.

        Raises:
            DagsterUnavailable: the tick failed.
        """
        sensor = self._definitions.resolve_sensor_def(SENSOR)
        try:
            pipeline = make_resources(self._settings, log=logger.info)
            with dg.build_sensor_context(
                instance=self._instance,
                resources={"pipeline": pipeline},
                definitions=self._definitions,
                cursor=self._cursor,
            ) as context:
                tick = sensor.evaluate_tick(context)
        except (dg.Failure, EncordError, SettingsError) as error:
            raise DagsterUnavailable(str(error)) from None
        keys: list[str] = []
        for request in tick.dynamic_partitions_requests or ():
            self._instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
            keys += request.partition_keys
        runs = tick.run_requests or ()
        for run in runs:
            self._thread.submit(self._run, tags=run.tags)
        self._cursor = tick.cursor
        return f"{len(keys)} new, {len(runs)} runs queued" if keys else tick.skip_message or "none"

    def _rejudge(self, tag: Tag, run_id: str) -> None:
        try:
            self._run(
                tags={**PartitionRange(tag, tag).run_tags, REJUDGED: tag},
                assets=["judgements"],
                ops={"path": {"config": {"refresh": True}}},
                run_id=run_id,
            )
        finally:
            with self._lock:
                del self._rejudge_runs[tag]

    def _run(
        self,
        *,
        tags: Mapping[str, str],
        assets: Sequence[str] | None = None,
        ops: Mapping[str, Any] | None = None,
        run_id: str | None = None,
    ) -> None:
        job = self._definitions.resolve_job_def(PATH_JOB)
        try:
            run = run_job(job, self._instance, tags=tags, ops=ops, assets=assets, run_id=run_id)
        except Exception:
            logger.exception("a run failed with an unexpected error")
            return
        logger.info("run %s: %s", run.run_id, run.stop_reason or "finished")
