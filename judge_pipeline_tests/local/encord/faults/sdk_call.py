"""A class of SDK call: its request, whether the SDK retries it, and what a retry does."""

from collections.abc import Callable
from dataclasses import dataclass

from encord.exceptions import GenericServerError, UnknownException

from judge_pipeline_tests.local.encord.faults.sandbox import Sandbox

FOLDER = "storage/folders/{folder}"
STAGE = "projects/{project}/workflow/stages/{stage}"


@dataclass(frozen=True)
class Attempt:
    """One prepared call, and how many times its effect is visible."""

    make: Callable[[], object]
    effects: Callable[[], int] = lambda: 1


@dataclass(frozen=True)
class SdkCall:
    """A call of the SDK. `again` is what a retry after the effect raises; None if it is harmless."""

    name: str
    operation: str
    prepare: Callable[[Sandbox], Attempt]
    is_retried: bool
    is_read: bool = False
    again: type[Exception] | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def server_error(self) -> type[Exception]:
        """The exception for a status that the SDK does not retry, or has retried often enough; it depends on the protocol."""
        return GenericServerError if self.operation.startswith("v1 ") else UnknownException
