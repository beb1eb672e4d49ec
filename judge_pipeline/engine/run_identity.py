"""Which run asks models, and whose caps it shares."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """A run, and the `launch` (a backfill, a tick, a run and its retries) whose runs share caps.

    With `has_own_caps`, set in the run's config, only they do; otherwise every run of the project that is at work. `has_ended`
    says whether another run is known to be over.
    """

    run_id: str
    launch: str
    has_own_caps: bool = False
    has_ended: Callable[[str], bool] = lambda _run_id: False

    @classmethod
    def of_command(cls, name: str) -> "RunIdentity":
        """A command that asks models outside of Dagster's runs, within caps of its own."""
        run_id = f"{name} {uuid4()}"
        return cls(run_id, run_id, has_own_caps=True)
