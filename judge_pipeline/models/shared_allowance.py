"""One spending limit shared with other runs, in calls or billionths of a dollar: what this run may spend."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from judge_pipeline.models.limit_shares import Lease, Part, fair_targets, next_held
from judge_pipeline.models.spending_needs import Needs

WHOLE = 10**15
"""More than any limit: what a run would like while work waits."""


@dataclass(slots=True)
class SharedAllowance:
    """This run's part of a limit. `unit` is what one of the limit is in the numbers of `Needs`: 1 call, or 1e-9 dollars.

    `allowed` is what the run may spend in all, `is_last` whether no more will come, `spent` what all runs have spent.
    """

    unit: float
    allowed: int = 0
    is_last: bool = False
    spent: int = 0

    def renew(
        self, limit: int, me: str, needs: Needs, leases: Mapping[str, Lease], base: Mapping[str, int] | None = None
    ) -> dict[str, Any]:
        """This run's new share, given those of all runs. `base` is what of their spending counts no longer, by run."""
        base = base or {}
        others = {holder: lease for holder, lease in leases.items() if holder != me}
        started, settled, used = (round(value / self.unit) for value in (needs.started, needs.settled, needs.committed))
        own = Part(
            used,
            max(used, self.allowed),
            WHOLE if needs.next else 0,
            max(1, round(needs.next / self.unit)),
            0.0,
            settled,
        )
        live = {holder: Part.of(lease.share["part"]) for holder, lease in others.items() if lease.is_live} | {me: own}
        gone = sum(
            lease.share["started"] - base.get(holder, 0) for holder, lease in others.items() if not lease.is_live
        )
        gone -= sum(base.get(holder, 0) for holder in live)
        self.spent = gone + sum(part.settled for part in live.values())
        free = limit - gone - sum(part.used for part in live.values())
        targets = fair_targets(free, {holder: replace(part, used=0) for holder, part in live.items()})
        is_idle = all(part.used == part.settled for holder, part in live.items() if holder != me)
        self.is_last = len(live) == 1 or limit - self.spent <= 0
        if is_idle and free > 0 and not any(targets.values()):
            targets = fair_targets(free, {holder: replace(part, unit=1) for holder, part in live.items()})
            self.is_last = True
        target = used + (max(0, free) if len(live) == 1 else targets[me])
        held = next_held(limit, me, live, target, gone=gone)
        # What is to be given up is no longer used from now on; the store learns of it with the next report.
        self.allowed = max(used, min(held, target))
        return {"part": replace(own, held=held).as_json(), "started": started}
