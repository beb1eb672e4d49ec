"""What a run may spend, what it needs, the calls of one piece of work, and one call under way."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Reply

if TYPE_CHECKING:
    from judge_pipeline.models.spending_limits import SpendingLimits


@dataclass(slots=True, eq=False)
class Work:
    """Calls that belong together, such as those of one tag: `left` are those still expected, by endpoint."""

    left: Counter[str]

    def take(self, name: str) -> str | None:
        """Takes one of the expected calls for this endpoint, else one for another, which then has to do without."""
        if not self.left[name]:
            name = next((other for other, count in self.left.items() if count), "")
        if not name:
            return None
        self.left[name] -= 1
        return name


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a run may have spent at most; None without that limit.

    `calls_are_last` and `usd_are_last` say that no more will come: what is left may go to work that it does not suffice for.
    `reached` is the sentence about a limit in dollars that is used up, where that is not the run's own.
    """

    calls: int | None = None
    usd: float | None = None
    calls_are_last: bool = True
    usd_are_last: bool = True
    reached: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a run has spent (`settled`), what that and the work begun come to (`committed`), and what the next work takes.

    `started` is what has been spent or is in flight. `next` is 0 when nothing waits.
    """

    settled: float
    started: float
    committed: float
    next: float


@dataclass(slots=True)
class PendingCall:
    """One request under the limits. A request that the server refused is not counted, because it is not billed."""

    spending_limits: "SpendingLimits"
    endpoint: Endpoint
    is_counted: bool = False

    def succeeded(self, reply: Reply) -> None:
        """It returned a completion."""
        self.is_counted = True
        self.spending_limits.count(reply, self.endpoint)

    def noted(self, usd: float | None) -> None:
        """Its question is noted for a model batch, where it may cost so much."""
        self.is_counted = True
        self.spending_limits.count_noted(self.endpoint, usd)

    def lost(self) -> None:
        """Its answer did not arrive, but may have been billed."""
        self.is_counted = True
        self.spending_limits.count_lost(self.endpoint)
