"""The agent's desk: what each route does, once for a double click, within a minute's clicks, and told in a labeller's words."""

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
from judge_pipeline.editor_agent.error_messages import explained
from judge_pipeline.editor_agent.errors import BadRequest, Conflict, Forbidden, InternalError, Unauthorized
from judge_pipeline.editor_agent.payloads import VERSION, WORK_AVAILABLE, Event, StageWork
from judge_pipeline.editor_agent.rate_limit import ClickRateLimit
from judge_pipeline.editor_agent.rejudger import Rejudger
from judge_pipeline.editor_agent.sensor_ticks import SensorTicks
from judge_pipeline.editor_agent.single_flight import SingleFlight
from judge_pipeline.encord_project.frames import Frame

T = TypeVar("T")

ANSWER_SECONDS = 55.0
"""How long a click is kept waiting; browsers, and proxies on the way, give up after a minute or later."""

WORK_SECONDS = 170.0
"""How long the work may take: Encord gives the calls that it makes itself 180 s."""

STILL_AT_WORK = "The model is still at work; the description will be there when you open this item again in a minute."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The project whose judgements and new images Dagster sees to."""

    project_hash: str
    rejudger: Rejudger
    ticks: SensorTicks


class EditorAgent:
    """In one event loop. Without a `pipeline` frames are described, and nothing else."""

    def __init__(
        self,
        describer: Describer,
        policy: AccessPolicy,
        clicks: ClickRateLimit,
        *,
        pipeline: Pipeline | None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._describer = describer
        self._policy = policy
        self._clicks = clicks
        self._pipeline = pipeline
        self._answer_seconds = answer_seconds
        self._descriptions: SingleFlight[None] = SingleFlight(seconds=WORK_SECONDS)
        self._rejudged: SingleFlight[QueuedRun] = SingleFlight(seconds=WORK_SECONDS)

    async def describe(self, frame: Frame) -> str | None:
        """Describes a frame. Returns a sentence where that goes on after the answer.

        Raises:
            AgentError: it was not described.
        """
        self._policy.admit_project(frame.project_hash)
        try:
            async with asyncio.timeout(self._answer_seconds):
                await self._descriptions.run(
                    frame, lambda: self._told("describing a frame", lambda: self._describer.describe(frame))
                )
        except TimeoutError:
            return STILL_AT_WORK
        return None

    async def rejudge(self, frame: Frame) -> QueuedRun:
        """Has the judge asked again about an image.

        Raises:
            AgentError: no run is queued.
        """
        rejudger = self._pipeline_of(frame.project_hash).rejudger
        key = frame.project_hash, frame.data_hash
        return await self._rejudged.run(
            key, lambda: self._told("asking the judge again", lambda: asyncio.to_thread(rejudger.rejudge, frame))
        )

    def task_ready(self, event: Event, *, is_signed: bool) -> None:
        """Wants a look for new images. Events of other kinds are taken and left, for Encord may send them to one address.

        Raises:
            Unauthorized: anybody may have sent it. BadRequest: it cannot be read. Forbidden: it is about another project.
        """
        if not is_signed:
            raise Unauthorized("notifications are taken only with Encord's signature; set ENCORD_WEBHOOK_SECRET")
        if event.event_type != WORK_AVAILABLE:
            logger.info("an event that is nothing to us: %.80r", event.event_type)
            return
        if event.version != VERSION:
            raise BadRequest(f"the notification has version {event.version}, this agent reads version {VERSION}")
        try:
            work = StageWork.model_validate(event.payload)
        except ValidationError:
            raise BadRequest(
                "the notification does not say project_hash, stage_uuid, pending_count and reason"
            ) from None
        self._pipeline_of(work.project_hash).ticks.want()

    async def close(self) -> None:
        """Gives what is under way the time to end."""
        await asyncio.gather(self._descriptions.close(), self._rejudged.close())
        if self._pipeline:
            await self._pipeline.ticks.close()

    def _pipeline_of(self, project_hash: str) -> Pipeline:
        self._policy.admit_project(project_hash)
        if self._pipeline is None:
            raise Conflict("this agent only describes frames; its operator has not connected it to the pipeline")
        if self._pipeline.project_hash != project_hash:
            raise Forbidden("the pipeline behind this agent works on another project")
        return self._pipeline

    async def _told(self, doing: str, work: Callable[[], Awaitable[T]]) -> T:
        """The result of work that counts as a click; whatever goes wrong is logged in its own words and told in ours."""
        self._clicks.take()
        try:
            return await work()
        except Exception as error:
            told = explained(error)
            if told is None:
                reference = token_hex(4)
                logger.exception("%s went wrong (%s)", doing, reference)
                raise InternalError(f"something went wrong in the agent; its log has it under {reference}") from None
            logger.warning("%s: %s", doing, error)
            raise told from None
