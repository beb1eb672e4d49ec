"""The agent's desk: what each route does, once for a double click, within a minute's clicks, and told in a labeller's words."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import TypeVar

from pydantic import ValidationError

from judge_pipeline.editor_agent.admission import Protection
from judge_pipeline.editor_agent.calls import VERSION, WORK_AVAILABLE, Event, StageWork
from judge_pipeline.editor_agent.clicks import Clicks
from judge_pipeline.editor_agent.describer import Describer
from judge_pipeline.editor_agent.errors import BadCall, Broken, NotAdmitted, NotPossible, NotSigned
from judge_pipeline.editor_agent.explaining import explained
from judge_pipeline.editor_agent.rejudger import Rejudger
from judge_pipeline.editor_agent.runs import Queued
from judge_pipeline.editor_agent.shared_work import Sharing
from judge_pipeline.editor_agent.ticks import Ticks
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
    ticks: Ticks


class Desk:
    """In one event loop. Without a `pipeline` frames are described, and nothing else."""

    def __init__(
        self,
        describer: Describer,
        protection: Protection,
        clicks: Clicks,
        *,
        pipeline: Pipeline | None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._describer = describer
        self._protection = protection
        self._clicks = clicks
        self._pipeline = pipeline
        self._answer_seconds = answer_seconds
        self._descriptions: Sharing[None] = Sharing(seconds=WORK_SECONDS)
        self._rejudged: Sharing[Queued] = Sharing(seconds=WORK_SECONDS)

    async def describe(self, frame: Frame) -> str | None:
        """Describes a frame. Returns a sentence where that goes on after the answer.

        Raises:
            AgentError: it was not described.
        """
        self._protection.admit_project(frame.project_hash)
        try:
            async with asyncio.timeout(self._answer_seconds):
                await self._descriptions.share(
                    frame, lambda: self._told("describing a frame", lambda: self._describer.describe(frame))
                )
        except TimeoutError:
            return STILL_AT_WORK
        return None

    async def rejudge(self, frame: Frame) -> Queued:
        """Has the judge asked again about an image.

        Raises:
            AgentError: no run is queued.
        """
        rejudger = self._pipeline_of(frame.project_hash).rejudger
        key = frame.project_hash, frame.data_hash
        return await self._rejudged.share(
            key, lambda: self._told("asking the judge again", lambda: asyncio.to_thread(rejudger.rejudge, frame))
        )

    def task_ready(self, event: Event, *, is_signed: bool) -> None:
        """Wants a look for new images. Events of other kinds are taken and left, for Encord may send them to one address.

        Raises:
            NotSigned: anybody may have sent it. BadCall: it cannot be read. NotAdmitted: it is about another project.
        """
        if not is_signed:
            raise NotSigned("notifications are taken only with Encord's signature; set ENCORD_WEBHOOK_SECRET")
        if event.event_type != WORK_AVAILABLE:
            logger.info("an event that is nothing to us: %.80r", event.event_type)
            return
        if event.version != VERSION:
            raise BadCall(f"the notification has version {event.version}, this agent reads version {VERSION}")
        try:
            work = StageWork.model_validate(event.payload)
        except ValidationError:
            raise BadCall("the notification does not say project_hash, stage_uuid, pending_count and reason") from None
        self._pipeline_of(work.project_hash).ticks.want()

    async def close(self) -> None:
        """Gives what is under way the time to end."""
        await asyncio.gather(self._descriptions.close(), self._rejudged.close())
        if self._pipeline:
            await self._pipeline.ticks.close()

    def _pipeline_of(self, project_hash: str) -> Pipeline:
        self._protection.admit_project(project_hash)
        if self._pipeline is None:
            raise NotPossible("this agent only describes frames; its operator has not connected it to the pipeline")
        if self._pipeline.project_hash != project_hash:
            raise NotAdmitted("the pipeline behind this agent works on another project")
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
                raise Broken(f"something went wrong in the agent; its log has it under {reference}") from None
            logger.warning("%s: %s", doing, error)
            raise told from None
