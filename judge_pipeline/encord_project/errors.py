"""What can go wrong with Encord, in our words.

EncordError
├── EncordUnusable      nothing can be done for any tag: the run stops before it costs anything
│   ├── EncordUnreachable
│   ├── EncordDown      it answers every call, to the last, that it cannot do this now
│   ├── EncordRefused   the key is unknown, or may not do this
│   └── ProjectMismatch the project lacks what the pipeline needs
├── EncordUnavailable   it answers that it cannot do this now; the same call may succeed later
└── RowRefused          this one row or item cannot be used, the others can
    ├── HumanLabelExists  what should be written is answered by a person already
    └── StorageBusy     its bytes cannot be read or written now
"""


class EncordError(Exception):
    """Anything that Encord, or the way to it, does not let us do; the message is a whole sentence."""


class EncordUnusable(EncordError):
    """Nothing can be done for any tag."""


class EncordUnreachable(EncordUnusable):
    """No answer, or none that is Encord's."""


class EncordDown(EncordUnusable):
    """A fault of Encord's own that outlasts all patience and concerns whatever it is asked."""


class EncordRefused(EncordUnusable):
    """The key is not accepted, or not for this project."""


class ProjectMismatch(EncordUnusable):
    """The project is there but lacks a stage, a pathway, a dataset or a classification that the pipeline needs."""


class EncordUnavailable(EncordError):
    """A rate limit or a fault of Encord's own; `retry_after_seconds` is what it asks to wait, 0 when it does not say."""

    def __init__(self, message: str, *, retry_after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class RowRefused(EncordError):
    """One row or item cannot be used."""


class HumanLabelExists(RowRefused):
    """What should be written is answered already, by a person: that stays."""


class StorageBusy(RowRefused):
    """The storage behind a signed URL cannot be reached or has no time; the same request may succeed later."""
