"""New images looked for when Encord says that a stage has work: one look at a time, and one more for all who came meanwhile."""

import asyncio
import logging

from judge_pipeline.editor_agent.dagster_runs import DagsterRuns, DagsterUnavailable

logger = logging.getLogger(__name__)


class SensorTicks:
    """In one event loop. Encord waits for no look: it is answered at once."""

    def __init__(self, runs: DagsterRuns) -> None:
        self._runs = runs
        self._looking: asyncio.Task[None] | None = None
        self._is_wanted = False

    def want(self) -> None:
        """A look from now on."""
        self._is_wanted = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    async def close(self) -> None:
        """Waits for the look that is under way."""
        self._is_wanted = False
        if self._looking is not None:
            await self._looking

    async def _look(self) -> None:
        while self._is_wanted:
            self._is_wanted = False
            try:
                logger.info("new images: %s", await asyncio.to_thread(self._runs.find_new_images))
            except DagsterUnavailable as error:  # the sensor is the backstop, and Encord says it again
                logger.warning("new images could not be looked for: %s", error)
            except Exception:
                logger.exception("new images could not be looked for")
