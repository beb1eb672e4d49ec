"""Refusals: the errors that the server answers with.

Refusal
├── InvalidArguments      400
│   ├── CorruptedLabels   400
│   └── TooManyLabelRows  400
├── NotAuthenticated      401
├── NotAuthorised         403
├── NotFound              404
├── AlreadyExists         409
└── NotBuilt              501
"""

from typing import ClassVar


class Refusal(Exception):
    """A request answered with an error: carries the status of protocol v2 and the code of protocol v1."""

    status: ClassVar[int]
    code: ClassVar[str]

    @property
    def payload(self) -> str | dict[str, int]:
        """What protocol v1 sends with the code."""
        return str(self)


class InvalidArguments(Refusal):
    """The request is well-formed, but asks for something impossible."""

    status = 400
    code = "INVALID_ARGUMENTS_ERROR"


class CorruptedLabels(InvalidArguments):
    """Labels that do not fit the ontology, in a request that asked for validation."""

    code = "CORRUPTED_LABEL_ERROR"


class TooManyLabelRows(InvalidArguments):
    """More label rows in one request than allowed; protocol v1 sends the limit as a number."""

    code = "MULTI_LABEL_LIMIT_ERROR"

    def __init__(self, *, found: int, allowed: int) -> None:
        super().__init__(f"at most {allowed} label rows in one request, found {found}")
        self._allowed = allowed

    @property
    def payload(self) -> dict[str, int]:
        """The form that the SDK reads the limit from."""
        return {"maximum_labels_allowed": self._allowed}


class NotAuthenticated(Refusal):
    """Unknown key or token, or a signature that does not match the request."""

    status = 401
    code = "AUTHENTICATION_ERROR"


class NotAuthorised(Refusal):
    """A resource that does not exist or is not shared with the caller; Encord does not say which."""

    status = 403
    code = "AUTHORISATION_ERROR"


class NotFound(Refusal):
    """A missing resource inside a visible one."""

    status = 404
    code = "RESOURCE_NOT_FOUND_ERROR"


class AlreadyExists(Refusal):
    """A resource that may exist only once."""

    status = 409
    code = "RESOURCE_EXISTS_ERROR"


class NotBuilt(Refusal):
    """A part of Encord that this server does not imitate; the message names it.

    Encord has no such code. The SDK shows the message of an unknown code, but hides that of UNKNOWN_ERROR.
    """

    status = 501
    code = "NOT_BUILT_ERROR"
