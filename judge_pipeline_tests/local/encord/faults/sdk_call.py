"""A class of call of the SDK: what it asks for, whether the SDK repeats it, and what a repetition does."""

from collections.abc import Callable
from dataclasses import dataclass

from encord.exceptions import GenericServerError, UnknownException

from judge_pipeline_tests.local.encord.faults.desk import Desk

FOLDER = "storage/folders/{folder}"
STAGE = "projects/{project}/workflow/stages/{stage}"


@dataclass(frozen=True)
class Attempt:
    """One call, ready to be made, and how often its effect is there."""

    make: Callable[[], object]
    effects: Callable[[], int] = lambda: 1


@dataclass(frozen=True)
class SdkCall:
    """A call of the SDK. `again` is what a repetition after the effect raises, None when it is harmless."""

    name: str
    operation: str
    prepare: Callable[[Desk], Attempt]
    is_retried: bool
    is_read: bool = False
    again: type[Exception] | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def server_error(self) -> type[Exception]:
        """What the SDK makes of a status that it does not repeat, or has repeated often enough; each protocol has its own."""
        return GenericServerError if self.operation.startswith("v1 ") else UnknownException
