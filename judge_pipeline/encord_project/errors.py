"""What can go wrong with Encord.

EncordError
├── EncordUnusable        no tag can be processed: the run stops before it costs anything
│   ├── EncordUnreachable no response, or one that is not Encord's
│   ├── EncordDown        every attempt of a call failed on Encord's side
│   ├── EncordRefused     the key is unknown or lacks access
│   │   └── AccessDenied  the key lacks access to what the call is about; `row_by_row` finds out whether that is one row
│   ├── ProjectMismatch   the project lacks something that the pipeline needs
│   ├── ProjectInactive   the project is paused, cancelled or archived
│   ├── ProjectHeld       another store works on it
│   └── WriteForbidden    the writer may not write any more
├── EncordUnavailable     a rate limit or a server error; the same call may succeed later
└── RowRefused            this row or item cannot be used, the others can
    ├── NoSuchImage       the project has no image with this Tag
    ├── HumanLabelExists  a person has already answered the classification to be written
    ├── AddressRefused    its file is at an address of a private network
    └── StorageBusy       its bytes cannot be read or written now
"""


class EncordError(Exception):
    """Any failure of Encord or of the connection to it; the message is a full sentence, `reason` Encord's own part of it.

    `may_be_one_row` is set when a call for several rows failed, so that one of them may be the cause.
    """

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason or message
        self.may_be_one_row = False


class EncordUnusable(EncordError):
    """No tag can be processed."""


class EncordUnreachable(EncordUnusable):
    """No response, or one that is not Encord's."""


class EncordDown(EncordUnusable):
    """Server errors on every call, for longer than the retries last."""


class EncordRefused(EncordUnusable):
    """The key is rejected, or has no access to this project."""


class AccessDenied(EncordRefused):
    """The key lacks access to something, or it does not exist: Encord's answer is the same."""


class ProjectMismatch(EncordUnusable):
    """The project lacks a stage, a pathway, a dataset or a classification that the pipeline needs."""


class ProjectHeld(EncordUnusable):
    """Another store works on the project."""


class WriteForbidden(EncordUnusable):
    """The write guard's check failed with `cause`; nothing was written."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class ProjectInactive(EncordUnusable):
    """A person has paused, cancelled or archived the project; Encord moves no task of a paused one."""


class EncordUnavailable(EncordError):
    """A rate limit or a server error; `retry_after_seconds` is Encord's Retry-After, 0 without one.

    It `is_final` if the request has been repeated for long enough already.
    """

    def __init__(self, message: str, *, retry_after_seconds: float = 0.0, is_final: bool = False) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.is_final = is_final


class RowRefused(EncordError):
    """One row or item cannot be used."""


class NoSuchImage(RowRefused):
    """The project has no image with this Tag: it was removed, or the partition key is not a Tag."""


class HumanLabelExists(RowRefused):
    """A person has already answered the classification to be written; that answer stays."""


class AddressRefused(RowRefused):
    """The file is at an address from which no file is read; see `storage_addresses`."""


class StorageBusy(RowRefused):
    """The storage behind a signed URL is unreachable or busy; the same request may succeed later."""
