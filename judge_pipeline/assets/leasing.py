"""Tags kept for one run while it works on them; a second run that wants them waits, and then finds them done."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import StoreError
from judge_pipeline.store.store import ProjectStore

LEASE_SECONDS = 20.0
"""How long a killed run keeps its tags from the next one; four renewals may be late before a living one loses them."""

RENEWAL_SECONDS = 5.0
SECONDS_BETWEEN_TRIES = 1.0


class Leases:
    """The leases of one run, renewed by a thread of their own, so that a busy event loop does not lose them."""

    def __init__(self, records: ProjectStore, holder: str) -> None:
        self._records = records
        self._holder = holder
        self._held: set[Tag] = set()
        self._ended = threading.Event()

    async def take(self, tags: Sequence[Tag]) -> set[Tag]:
        """Takes what nobody else holds; returns those tags."""
        taken = await asyncio.to_thread(self._take, tags)
        self._held |= taken
        return taken

    async def wait_for(self, tag: Tag) -> None:
        """Returns once the tag is this run's: when the run that holds it has ended, or has been dead for `LEASE_SECONDS`."""
        while tag not in self._held and tag not in await self.take([tag]):
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)

    def _take(self, tags: Sequence[Tag]) -> set[Tag]:
        return set(self._records.leases.take(tags, holder=self._holder, seconds=LEASE_SECONDS))

    def _renew(self) -> None:
        while not self._ended.wait(RENEWAL_SECONDS):
            try:
                self._take(list(self._held))
            except StoreError:
                continue  # the next renewal may succeed; a store that stays away ends the run at its next record

    @classmethod
    @asynccontextmanager
    async def of(cls, records: ProjectStore, *, holder: str) -> "AsyncIterator[Leases]":
        """Leases that are given back at the end."""
        leases = cls(records, holder)
        renewing = threading.Thread(target=leases._renew, daemon=True, name="lease-renewal")
        renewing.start()
        try:
            yield leases
        finally:
            leases._ended.set()
            await asyncio.to_thread(renewing.join)
            await asyncio.to_thread(records.leases.give_back, list(leases._held), holder=holder)
