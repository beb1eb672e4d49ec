"""The leases of one run on its tags; a second run that wants the same tags waits, and then finds them done."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import WriteForbidden
from judge_pipeline.encord_project.write_guard import guarded_writes
from judge_pipeline.store.errors import LeaseLost, StoreError
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import ProjectStore

Item = TypeVar("Item")
Result = TypeVar("Result")

LEASE_SECONDS = 20.0
"""How long a killed run blocks its tags, unless Dagster knows that it has ended.

A live run loses its tags after four missed renewals.
"""

RENEWAL_SECONDS = 5.0
SECONDS_BETWEEN_ATTEMPTS = 1.0
SECONDS_BETWEEN_REMARKS = 60.0


class RunLeases:
    """The leases of one run, renewed by a separate thread, so that a busy event loop does not lose them.

    A run that was suspended for longer than `LEASE_SECONDS` may have lost its tags to another run; the store then refuses
    its writes about them.
    """

    def __init__(self, records: ProjectStore, holder: str, *, has_ended: Callable[[str], bool]) -> None:
        self._records = records
        self._holder = holder
        self._has_ended = has_ended
        self._held: dict[Tag, Lease] = {}
        self._lost: dict[Tag, LeaseLost] = {}
        self._ended = threading.Event()
        self._other_check: Callable[[], None] | None = None

    def __contains__(self, tag: Tag) -> bool:
        return tag in self._held

    def __getitem__(self, tag: Tag) -> Lease:
        """The lease on a tag. Raises LeaseLost when it is known to be lost."""
        if tag in self._lost:
            raise self._lost[tag]
        return self._held[tag]

    async def acquire(self, tags: Collection[Tag]) -> set[Tag]:
        """Leases the tags that no other run holds, and returns them."""
        acquired = await asyncio.to_thread(self._acquire, tags)
        self._held |= acquired
        return set(acquired)

    def _acquire(self, tags: Collection[Tag]) -> dict[Tag, Lease]:
        leases = self._records.leases
        ended = [holder for holder in leases.holders(tags) if holder != self._holder and self._has_ended(holder)]
        return leases.acquire(tags, holder=self._holder, seconds=LEASE_SECONDS, ended=ended)

    async def keep_only(self, tags: Collection[Tag]) -> None:
        """Gives the leases on other tags back."""
        if others := [self._held.pop(tag) for tag in self._held.keys() - set(tags)]:
            await asyncio.to_thread(self._records.leases.release, others)

    async def acquire_as_released(
        self, tags: Collection[Tag], *, log: Callable[[str], None]
    ) -> AsyncIterator[set[Tag]]:
        """The tags that other runs hold, as soon as this run gets them: the other has ended, or was dead for `LEASE_SECONDS`.

        Logs at once, and then every `SECONDS_BETWEEN_REMARKS`, for whom it waits.
        """
        waiting = {tag for tag in tags if tag not in self._held}
        remark_at = time.monotonic()
        while waiting:
            if acquired := await self.acquire(waiting):
                waiting -= acquired
                yield acquired
                continue
            if time.monotonic() >= remark_at:
                remark_at = time.monotonic() + SECONDS_BETWEEN_REMARKS
                holders = await asyncio.to_thread(self._records.leases.holders, waiting)
                what = "1 tag" if len(waiting) == 1 else f"{len(waiting)} tags"
                log(f"waiting for {what} until {', '.join(sorted(holders)) or 'another run'} has ended")
            await asyncio.sleep(SECONDS_BETWEEN_ATTEMPTS)

    def for_held(
        self,
        items: Sequence[Item],
        work: Callable[[Sequence[Item]], Sequence[Result | Exception]],
        *,
        tag_of: Callable[[Item], Tag],
    ) -> list[Result | Exception]:
        """What `work` returns for each item whose tag this run still holds; LeaseLost for the others.

        The leases are checked before each write to Encord. When one is lost, the work starts again without that item, from
        the state reached by then.
        """
        lost: dict[Tag, LeaseLost] = {}
        while rest := [item for item in items if tag_of(item) not in lost]:
            try:
                held = [self[tag_of(item)] for item in rest]
                self._check(held)
                with guarded_writes(partial(self._check, held)):
                    done = dict(zip(map(tag_of, rest), work(rest), strict=True))
                return [lost.get(tag_of(item)) or done[tag_of(item)] for item in items]
            except (LeaseLost, WriteForbidden) as error:
                cause = error.cause if isinstance(error, WriteForbidden) else error
                if not isinstance(cause, LeaseLost):
                    raise cause from None
                lost |= {tag: LeaseLost({tag: holder}) for tag, holder in cause.holders.items()}
        return [lost[tag_of(item)] for item in items]

    def check_too(self, check: Callable[[], None]) -> None:
        """Also calls `check` before each write; what it raises is no matter of single tags."""
        self._other_check = check

    @property
    def others_are_at_work(self) -> bool:
        """Whether other runs hold tags of this project; a store that cannot be asked counts as one."""
        try:
            return bool(self._records.leases.other_holders(self._holder))
        except StoreError:
            return True

    def _check(self, held: Collection[Lease]) -> None:
        self._records.leases.check(held)
        if self._other_check:
            self._other_check()

    def renew(self) -> None:
        """Renews the leases held; a tag whose lease turns out to be lost is dropped."""
        try:
            held = [lease for tag, lease in list(self._held.items()) if tag not in self._lost]
            self._records.leases.renew(held, seconds=LEASE_SECONDS)
        except LeaseLost as error:
            self._lost |= {tag: LeaseLost({tag: holder}) for tag, holder in error.holders.items()}
        except StoreError:
            return  # the next renewal may succeed; a store that stays unreachable ends the run at its next record

    def _renew_until_ended(self) -> None:
        while not self._ended.wait(RENEWAL_SECONDS):
            self.renew()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, records: ProjectStore, *, holder: str, has_ended: Callable[[str], bool]
    ) -> "AsyncIterator[RunLeases]":
        """RunLeases that are given back at the end. `has_ended` says whether a holder's run is known to be over."""
        leases = cls(records, holder, has_ended=has_ended)
        renewal = threading.Thread(target=leases._renew_until_ended, daemon=True, name="lease-renewal")
        renewal.start()
        try:
            yield leases
        finally:
            leases._ended.set()
            await asyncio.to_thread(renewal.join)
            await asyncio.to_thread(records.leases.release, list(leases._held.values()))
