"""Failed requests: a status and a message that Encord's editor shows to the labeller.

AgentError
├── NotFound         404  no such route, or the path key is wrong
├── Unauthorized     401  a signature is wrong, or missing but required
├── Forbidden        403  the origin or the project is not allowed
├── BadRequest       400  the body is not one of the editor's or Encord's
├── TooLarge         413
├── WrongMediaType   415
├── HeadTooLarge     431
├── RequestTimedOut  408
├── Conflict         409  this frame or image cannot be worked on
├── TooManyClicks    429
├── InternalError    500  a bug in the agent
└── Unavailable      503  Encord, the model or Dagster does not respond right now
"""

from http import HTTPStatus
from typing import ClassVar

MAX_MESSAGE_CHARACTERS = 256
"""Encord drops longer messages."""


class AgentError(Exception):
    """A request that had no effect; `retry_after_seconds` says when to try again."""

    status: ClassVar[HTTPStatus]

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(as_sentence(message))
        self.retry_after_seconds = retry_after_seconds


class NotFound(AgentError):
    """There is no route at this path."""

    status = HTTPStatus.NOT_FOUND


class Unauthorized(AgentError):
    """The request has no valid signature of Encord's."""

    status = HTTPStatus.UNAUTHORIZED


class Forbidden(AgentError):
    """The caller or the project is not allowed."""

    status = HTTPStatus.FORBIDDEN


class BadRequest(AgentError):
    """The body is not one of the editor's or Encord's."""

    status = HTTPStatus.BAD_REQUEST


class TooLarge(AgentError):
    """The body is larger than any of Encord's."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class WrongMediaType(AgentError):
    """The content type is not JSON."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class HeadTooLarge(AgentError):
    """More or longer headers than a browser's or Encord's."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


class RequestTimedOut(AgentError):
    """The body did not arrive in time."""

    status = HTTPStatus.REQUEST_TIMEOUT


class Conflict(AgentError):
    """This frame or image cannot be worked on; others can."""

    status = HTTPStatus.CONFLICT


class TooManyClicks(AgentError):
    """More clicks than AGENT_CLICKS_PER_MINUTE."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class InternalError(AgentError):
    """An unexpected error: a bug in the agent."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class Unavailable(AgentError):
    """A service behind the agent does not respond; the same request may succeed later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


def as_sentence(message: str) -> str:
    """The message on one line, with a capital letter and a full stop, cut between words to what Encord shows."""
    line = " ".join(message.split())
    line = line[:1].upper() + line[1:]
    if line and line[-1] not in ".!?…":
        line += "."
    if len(line) <= MAX_MESSAGE_CHARACTERS:
        return line
    return line[: MAX_MESSAGE_CHARACTERS - 2].rpartition(" ")[0].rstrip(".,;:") + " …"
