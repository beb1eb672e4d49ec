"""What a labeller is told when it does not work: a status and a message that Encord's editor shows.

AgentError
├── NotFound             404  no such page, or the path's key is wrong
├── Unauthorized            401  a signature is wrong, or missing where one is required
├── Forbidden          403  the page or the project is not on the list
├── BadRequest              400  the body is not what the editor sends
├── TooLarge             413
├── WrongMediaType       415
├── RequestTimedOut              408
├── Conflict          409  this frame, or this image, is not to be worked on
├── TooManyClicks        429
├── InternalError               500  a mistake of the agent's own
└── Unavailable               503  Encord, the model or Dagster has no answer at the moment
"""

from http import HTTPStatus
from typing import ClassVar

MAX_MESSAGE_CHARACTERS = 256
"""Encord drops a longer message."""


class AgentError(Exception):
    """A call that ends without its effect. `retry_after_seconds` says when another one may help."""

    status: ClassVar[HTTPStatus]

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(as_sentence(message))
        self.retry_after_seconds = retry_after_seconds


class NotFound(AgentError):
    """There is nothing at this path."""

    status = HTTPStatus.NOT_FOUND


class Unauthorized(AgentError):
    """The call is not provably Encord's."""

    status = HTTPStatus.UNAUTHORIZED


class Forbidden(AgentError):
    """Whoever calls, or what it is about, is not on the list."""

    status = HTTPStatus.FORBIDDEN


class BadRequest(AgentError):
    """The body is not what Encord sends."""

    status = HTTPStatus.BAD_REQUEST


class TooLarge(AgentError):
    """The body is larger than anything that Encord sends."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class WrongMediaType(AgentError):
    """The body is not said to be JSON."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class RequestTimedOut(AgentError):
    """The body does not come."""

    status = HTTPStatus.REQUEST_TIMEOUT


class Conflict(AgentError):
    """This one frame or image cannot be worked on; others can."""

    status = HTTPStatus.CONFLICT


class TooManyClicks(AgentError):
    """More than the settings allow."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class InternalError(AgentError):
    """Nobody has foreseen this."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class Unavailable(AgentError):
    """Something behind the agent does not answer; the same call may succeed later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


def as_sentence(message: str) -> str:
    """The message on one line, with a capital letter and a full stop, cut between words where Encord would drop it."""
    line = " ".join(message.split())
    line = line[:1].upper() + line[1:]
    if line and line[-1] not in ".!?…":
        line += "."
    if len(line) <= MAX_MESSAGE_CHARACTERS:
        return line
    return line[: MAX_MESSAGE_CHARACTERS - 2].rpartition(" ")[0].rstrip(".,;:") + " …"
