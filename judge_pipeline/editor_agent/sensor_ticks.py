"""Ticks of the sensor `new_images`, requested by Encord's notifications: one at a time, and one more for all that waited."""

import asyncio
import logging

from judge_pipeline.editor_agent.dagster_runs import DagsterRuns, DagsterUnavailable

logger = logging.getLogger(__name__)


class SensorTicks:
    """Belongs to one event loop. Requests return at once; Encord does not wait for the tick."""

    def __init__(self, runs: DagsterRuns) -> None:
        self._runs = runs
        self._task: asyncio.Task[None] | None = None
        self._is_requested = False

    def request(self) -> None:
        """Requests a tick that starts now or after the current one."""
        self._is_requested = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Waits for the current tick."""
        self._is_requested = False
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._is_requested:
            self._is_requested = False
            try:
                logger.info("new images: %s", await asyncio.to_thread(self._runs.find_new_images))
            except DagsterUnavailable as error:  # the sensor is the backstop, and Encord notifies again
                logger.warning("could not look for new images: %s", error)
            except Exception:
                logger.exception("could not look for new images")
