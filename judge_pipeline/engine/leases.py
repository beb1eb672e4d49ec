"""Tags kept for one run while it works on them; a second run that wants them waits, and then finds them done."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import LeaseLost, StoreError
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import ProjectStore

Item = TypeVar("Item")
Result = TypeVar("Result")

LEASE_SECONDS = 20.0
"""How long a killed run keeps its tags from the next one, unless Dagster knows that it has ended.

Four renewals may be late before a living run loses its tags.
"""

RENEWAL_SECONDS = 5.0
SECONDS_BETWEEN_TRIES = 1.0


class Leases:
    """The leases of one run, renewed by a thread of their own, so that a busy event loop does not lose them.

    A run that stood still for longer than `LEASE_SECONDS` may find its tags with another run: the store then refuses
    what it writes about them.
    """

    def __init__(self, records: ProjectStore, holder: str, *, has_ended: Callable[[str], bool]) -> None:
        self._records = records
        self._holder = holder
        self._has_ended = has_ended
        self._held: dict[Tag, Lease] = {}
        self._lost: dict[Tag, LeaseLost] = {}
        self._ended = threading.Event()

    def __contains__(self, tag: Tag) -> bool:
        return tag in self._held

    def __getitem__(self, tag: Tag) -> Lease:
        """The lease on a tag that has been taken. Raises LeaseLost when it is known to be lost."""
        if tag in self._lost:
            raise self._lost[tag]
        return self._held[tag]

    async def take(self, tags: Collection[Tag]) -> set[Tag]:
        """Takes what nobody else holds; returns those tags."""
        taken = await asyncio.to_thread(self._take, tags)
        self._held |= taken
        return set(taken)

    def _take(self, tags: Collection[Tag]) -> dict[Tag, Lease]:
        leases = self._records.leases
        ended = [holder for holder in leases.holders(tags) if holder != self._holder and self._has_ended(holder)]
        return leases.acquire(tags, holder=self._holder, seconds=LEASE_SECONDS, ended=ended)

    async def take_as_they_come(self, tags: Collection[Tag]) -> AsyncIterator[set[Tag]]:
        """The tags that others hold, once they are this run's: their run has ended, or been dead for `LEASE_SECONDS`."""
        waiting = {tag for tag in tags if tag not in self._held}
        while waiting:
            if taken := await self.take(waiting):
                waiting -= taken
                yield taken
            else:
                await asyncio.sleep(SECONDS_BETWEEN_TRIES)

    def for_held(
        self,
        items: Sequence[Item],
        work: Callable[[Sequence[Item]], Sequence[Result | Exception]],
        *,
        tag_of: Callable[[Item], Tag],
    ) -> list[Result | Exception]:
        """What `work` says of each item whose tag is still this run's; LeaseLost for the others.

        When one is lost in the midst of the work, the work is begun again without it, from what is there by then.
        """
        lost: dict[Tag, LeaseLost] = {}
        while rest := [item for item in items if tag_of(item) not in lost]:
            try:
                self._records.leases.check([self[tag_of(item)] for item in rest])
                done = dict(zip(map(tag_of, rest), work(rest), strict=True))
                return [lost.get(tag_of(item)) or done[tag_of(item)] for item in items]
            except LeaseLost as error:
                lost |= {tag: LeaseLost({tag: holder}) for tag, holder in error.holders.items()}
        return [lost[tag_of(item)] for item in items]

    def renew(self) -> None:
        """Prolongs what is held; a tag that turns out to be lost is not worked on any further."""
        try:
            held = [lease for tag, lease in list(self._held.items()) if tag not in self._lost]
            self._records.leases.renew(held, seconds=LEASE_SECONDS)
        except LeaseLost as error:
            self._lost |= {tag: LeaseLost({tag: holder}) for tag, holder in error.holders.items()}
        except StoreError:
            return  # the next renewal may succeed; a store that stays away ends the run at its next record

    def _renew_until_ended(self) -> None:
        while not self._ended.wait(RENEWAL_SECONDS):
            self.renew()

    @classmethod
    @asynccontextmanager
    async def of(
        cls, records: ProjectStore, *, holder: str, has_ended: Callable[[str], bool]
    ) -> "AsyncIterator[Leases]":
        """Leases that are given back at the end. `has_ended` says whether a holder's run is known to be over."""
        leases = cls(records, holder, has_ended=has_ended)
        renewing = threading.Thread(target=leases._renew_until_ended, daemon=True, name="lease-renewal")
        renewing.start()
        try:
            yield leases
        finally:
            leases._ended.set()
            await asyncio.to_thread(renewing.join)
            await asyncio.to_thread(records.leases.release, list(leases._held.values()))
