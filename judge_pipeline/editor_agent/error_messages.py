"""What a labeller is told about the errors of the parts behind the agent; the log has their own words."""

from collections.abc import Sequence

from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.editor_agent.dagster_runs import DagsterUnavailable
from judge_pipeline.editor_agent.errors import AgentError, Conflict, Forbidden, Unavailable
from judge_pipeline.encord_project.errors import EncordError, EncordRefused, ProjectMismatch, RowRefused, StorageBusy
from judge_pipeline.models.errors import CutOff, EndpointUnusable, Filtered, ModelError, Refused, Unanswered
from judge_pipeline.models.image_preparation import UnreadableImage
from judge_pipeline.store.errors import StoreError

ASK_AGAIN = "try again in a minute"
TELL = "tell whoever looks after this agent"

Kinds = type[Exception] | tuple[type[Exception], ...]

SENTENCES: Sequence[tuple[Kinds, type[AgentError], str]] = (
    (StorageBusy, Unavailable, f"the image cannot be read at the moment; {ASK_AGAIN}"),
    ((RowRefused, ProjectMismatch), Conflict, "{error}"),
    (UnreadableImage, Conflict, "this image cannot be described: {error}"),
    (EncordRefused, Forbidden, f"Encord does not let the agent work on this item; {TELL}"),
    (EncordError, Unavailable, f"Encord does not answer the agent; {ASK_AGAIN}"),
    (UnusableAnswer, Unavailable, "the model's answer cannot be used: {error}; try again"),
    (Refused, Conflict, "the model declines to describe this image"),
    (Filtered, Conflict, "the model's content filter does not let this image pass"),
    (CutOff, Conflict, f"the model does not come to an end with this image; {TELL}"),
    (Unanswered, Unavailable, "the model said nothing; try again"),
    (EndpointUnusable, Unavailable, f"the model cannot be used; {TELL}"),
    (ModelError, Unavailable, f"the model does not answer; {ASK_AGAIN}"),
    (DagsterUnavailable, Unavailable, f"Dagster does not take the run; {ASK_AGAIN}"),
    (StoreError, Unavailable, f"the agent cannot keep its notes; {TELL}"),
)
"""In this order: the first that fits."""


def explained(error: Exception) -> AgentError | None:
    """The error in a labeller's words; None for one that nobody has foreseen."""
    if isinstance(error, AgentError):
        return error
    for kinds, told, sentence in SENTENCES:
        if isinstance(error, kinds):
            return told(sentence.format(error=error))
    return None
