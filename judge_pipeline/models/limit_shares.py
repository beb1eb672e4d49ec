"""How several runs share one limit: who may hold how much of it. Pure: whole numbers in, whole numbers out.

The sum of what all runs hold never exceeds the limit, because each run takes only what the others do not hold, and gives up
nothing before it has stopped using it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

TURN_SECONDS = 5.0
"""Who was served within the same turn counts as served at the same time: one that is next in line keeps its part that long."""


@dataclass(frozen=True, slots=True)
class Part:
    """One run's part of one limit.

    `used` cannot be given back now: calls in flight, those that started within the last minute, what was spent. `settled` of
    it will never come back. `held` is at least `used`. `wanted` is what the run could use in all, `unit` the least that helps it.
    `served_at` is when it used some last, in seconds.
    """

    used: int = 0
    held: int = 0
    wanted: int = 0
    unit: int = 1
    served_at: float = 0.0
    settled: int = 0

    def as_json(self) -> list[float]:
        """The part as the store keeps it."""
        return [self.used, self.held, self.wanted, self.unit, self.served_at, self.settled]

    @classmethod
    def of(cls, value: Any) -> Self:
        """The part that `as_json` made; an empty one if the run has none."""
        return cls(*value) if value else cls()


def fair_targets(limit: int, parts: Mapping[str, Part]) -> dict[str, int]:
    """What each run should hold: its unit, the longest waiting first, then evenly up to what it wants, then the rest evenly."""
    order = sorted(parts, key=lambda holder: (parts[holder].served_at // TURN_SECONDS, holder))
    targets, left = dict.fromkeys(order, 0), max(0, limit)
    for holder in order:
        if parts[holder].wanted and parts[holder].unit <= left:
            targets[holder] = parts[holder].unit
            left -= parts[holder].unit
    served = [holder for holder in order if targets[holder]]
    while left > 0 and (hungry := [holder for holder in served if targets[holder] < parts[holder].wanted]):
        each = max(1, left // len(hungry))
        for holder in hungry:
            more = min(each, parts[holder].wanted - targets[holder], left)
            targets[holder] += more
            left -= more
    waiting = any(parts[holder].wanted and not targets[holder] for holder in order)
    if order and left > 0 and not waiting:
        for number, holder in enumerate(order):
            targets[holder] += left // len(order) + (number < left % len(order))
    return targets


def next_target(limit: int, me: str, parts: Mapping[str, Part], *, gone: int = 0) -> int:
    """What `me` should hold of a limit of which `gone` is used by runs that have ended."""
    return fair_targets(limit - gone, parts)[me]


def next_held(limit: int, me: str, parts: Mapping[str, Part], target: int, *, gone: int = 0) -> int:
    """What `me` may hold from now on; lower than before only once it has stopped using the difference."""
    own = parts[me]
    free = limit - gone - sum(part.held for holder, part in parts.items() if holder != me) - own.held
    return own.held + max(0, min(target - own.held, free))


class Lease(Protocol):
    """What the store has of one run's part of a limit."""

    @property
    def share(self) -> Mapping[str, Any]:
        """What the run saved."""

    @property
    def is_live(self) -> bool:
        """Whether the run still renews it."""
