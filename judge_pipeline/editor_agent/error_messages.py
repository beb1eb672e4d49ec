"""Errors of Encord, the model, Dagster and the store as messages for the labeller; the log has the originals."""

from collections.abc import Sequence

from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.editor_agent.dagster_runs import DagsterUnavailable
from judge_pipeline.editor_agent.errors import AgentError, Conflict, Forbidden, Unavailable
from judge_pipeline.encord_project.errors import (
    AddressRefused,
    EncordError,
    EncordRefused,
    ProjectInactive,
    ProjectMismatch,
    RowRefused,
    StorageBusy,
)
from judge_pipeline.models.errors import CutOff, EndpointUnusable, Filtered, ModelError, Refused, Unanswered
from judge_pipeline.models.images.unreadable import UnreadableImage
from judge_pipeline.models.video.containers import UnreadableVideo
from judge_pipeline.store.errors import StoreError

RETRY = "try again in a minute"
CONTACT = "contact the agent's administrator"

Kinds = type[Exception] | tuple[type[Exception], ...]

MESSAGES: Sequence[tuple[Kinds, type[AgentError], str]] = (
    (AddressRefused, Conflict, f"the image is stored where the agent reads no files; {CONTACT}"),
    (StorageBusy, Unavailable, f"the image cannot be read right now; {RETRY}"),
    ((RowRefused, ProjectMismatch, ProjectInactive), Conflict, "{error}"),
    (UnreadableVideo, Conflict, "this frame cannot be described: {error}"),
    (UnreadableImage, Conflict, "this image cannot be described: {error}"),
    (EncordRefused, Forbidden, f"Encord does not let the agent work on this item; {CONTACT}"),
    (EncordError, Unavailable, f"Encord does not respond to the agent; {RETRY}"),
    (UnusableAnswer, Unavailable, "the model's answer is unusable: {error}; try again"),
    (Refused, Conflict, "the model refused to describe this image"),
    (Filtered, Conflict, "the model's content filter blocked this image"),
    (CutOff, Conflict, f"the model did not finish; {CONTACT}"),
    (Unanswered, Unavailable, "the model's answer was empty; try again"),
    (EndpointUnusable, Unavailable, f"the model cannot be used; {CONTACT}"),
    (ModelError, Unavailable, f"the model does not respond; {RETRY}"),
    (DagsterUnavailable, Unavailable, f"Dagster did not accept the run; {RETRY}"),
    (StoreError, Unavailable, f"the agent cannot save its data; {CONTACT}"),
)
"""The first entry that matches applies."""


def agent_error(error: Exception) -> AgentError | None:
    """The error with a message for the labeller; None for an unexpected one."""
    if isinstance(error, AgentError):
        return error
    for kinds, kind, message in MESSAGES:
        if isinstance(error, kinds):
            return kind(message.format(error=error))
    return None
