"""What each route does: once per double click, within the click rate limit, with errors worded for labellers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import TypeVar

from pydantic import ValidationError

from judge_pipeline.editor_agent.access import AccessPolicy
from judge_pipeline.editor_agent.dagster_runs import QueuedRun
from judge_pipeline.editor_agent.describer import Describer
from judge_pipeline.editor_agent.error_messages import agent_error
from judge_pipeline.editor_agent.errors import BadRequest, Conflict, Forbidden, InternalError, Unauthorized, as_sentence
from judge_pipeline.editor_agent.payloads import VERSION, WORK_AVAILABLE, Event, StageWork
from judge_pipeline.editor_agent.rate_limit import ClickRateLimit
from judge_pipeline.editor_agent.rejudger import Rejudger
from judge_pipeline.editor_agent.sensor_ticks import SensorTicks
from judge_pipeline.editor_agent.single_flight import SingleFlight
from judge_pipeline.encord_project.frames import Frame

T = TypeVar("T")

ANSWER_SECONDS = 55.0
"""How long a click waits for its answer; browsers and proxies give up after a minute or later."""

WORK_SECONDS = 170.0
"""How long the work may take: Encord allows its own calls 180 s."""

STILL_WORKING = "The model is still working; reopen this item in a minute to see the description."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The project that the pipeline works on, and the agent's ways to start its runs."""

    project_hash: str
    rejudger: Rejudger
    ticks: SensorTicks


@dataclass(frozen=True, slots=True)
class Described:
    """What a click led to: a `message` for the labeller, if any, and whether the description is saved or still to come."""

    message: str | None = None
    is_saved: bool = True


class EditorAgent:
    """Belongs to one event loop. Without a `pipeline` it only describes frames."""

    def __init__(
        self,
        describer: Describer,
        policy: AccessPolicy,
        rate_limit: ClickRateLimit,
        *,
        pipeline: Pipeline | None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._describer = describer
        self._policy = policy
        self._rate_limit = rate_limit
        self._pipeline = pipeline
        self._answer_seconds = answer_seconds
        self._descriptions: SingleFlight[str | None] = SingleFlight(seconds=WORK_SECONDS)
        self._rejudgements: SingleFlight[QueuedRun] = SingleFlight(seconds=WORK_SECONDS)

    async def describe(self, frame: Frame) -> Described:
        """Describes a frame.

        Raises:
            AgentError: it was not described.
        """
        self._policy.check_project(frame.project_hash)
        try:
            async with asyncio.timeout(self._answer_seconds):
                doubt = await self._descriptions.run(
                    frame, lambda: self._limited("describing a frame", lambda: self._describer.describe(frame))
                )
        except TimeoutError:
            return Described(STILL_WORKING, is_saved=False)
        return Described(as_sentence(doubt) if doubt else None)

    async def rejudge(self, frame: Frame) -> QueuedRun:
        """Queues a run that asks the judge again about an image.

        Raises:
            AgentError: no run was queued.
        """
        rejudger = self._pipeline_of(frame.project_hash).rejudger
        key = frame.project_hash, frame.data_hash
        return await self._rejudgements.run(
            key, lambda: self._limited("asking the judge again", lambda: asyncio.to_thread(rejudger.rejudge, frame))
        )

    def task_ready(self, event: Event, *, is_signed: bool) -> None:
        """Requests a tick of the sensor for new images. Other event types, which Encord may send here too, are ignored.

        Raises:
            Unauthorized: it is not signed. BadRequest: it cannot be read. Forbidden: it is about another project.
        """
        if not is_signed:
            raise Unauthorized("notifications need Encord's signature; set ENCORD_WEBHOOK_SECRET")
        if event.event_type != WORK_AVAILABLE:
            logger.info("ignored an event of type %.80r", event.event_type)
            return
        if event.version != VERSION:
            raise BadRequest(f"the notification has version {event.version}; this agent reads version {VERSION}")
        try:
            work = StageWork.model_validate(event.payload)
        except ValidationError:
            raise BadRequest(
                "the notification lacks a valid project_hash, stage_uuid, pending_count or reason"
            ) from None
        self._pipeline_of(work.project_hash).ticks.request()

    async def close(self) -> None:
        """Lets the work in progress finish."""
        await asyncio.gather(self._descriptions.close(), self._rejudgements.close())
        if self._pipeline:
            await self._pipeline.ticks.close()

    def _pipeline_of(self, project_hash: str) -> Pipeline:
        self._policy.check_project(project_hash)
        if self._pipeline is None:
            raise Conflict("this agent only describes frames; it is not connected to the pipeline")
        if self._pipeline.project_hash != project_hash:
            raise Forbidden("the pipeline behind this agent works on another project")
        return self._pipeline

    async def _limited(self, action: str, work: Callable[[], Awaitable[T]]) -> T:
        """The result of work that counts as a click; errors are logged in full and raised as a labeller's message."""
        self._rate_limit.take()
        try:
            return await work()
        except Exception as error:
            message = agent_error(error)
            if message is None:
                reference = token_hex(4)
                logger.exception("%s failed unexpectedly (reference %s)", action, reference)
                raise InternalError(f"unexpected error in the agent; see reference {reference} in its log") from None
            logger.warning("%s failed: %s", action, error)
            raise message from None
