"""The walk: many tags along their paths at once; one that fails stops alone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from judge_pipeline.assets.bench import Bench
from judge_pipeline.assets.event_log import EventLog
from judge_pipeline.assets.leasing import Leases
from judge_pipeline.assets.shown import shown
from judge_pipeline.assets.tag_path import STEPS, NotMaterialized, TagPath, Tools, Value
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordUnusable
from judge_pipeline.models.errors import EndpointUnusable
from judge_pipeline.store.errors import StoreError
from judge_pipeline.store.store import ProjectStore

TAGS_AT_ONCE = 128
"""Each holds one prepared image, some hundred kilobytes; enough to keep 64 calls in flight with all steps under way."""

Known = Mapping[str, dict[Tag, Value]]


def known_values(records: ProjectStore, tags: Sequence[Tag]) -> Known:
    """What the store has of each step, for these tags."""
    return {asset: records.results(asset, type_, tags) for asset, type_ in STEPS.items()}


class _Stopped(Exception):
    """This tag goes no further; why has been recorded where it happened."""


class Walk:
    """One batch. `selected` are the assets that the run is to materialise, `known` what earlier runs have found."""

    def __init__(
        self, bench: Bench, *, known: Known, selected: frozenset[str], leases: Leases, log: EventLog, run_id: str
    ) -> None:
        self._bench = bench
        self._tools = Tools(bench)
        self._known = known
        self._images = {tag: value for tag, value in known["images"].items() if isinstance(value, Image)}
        self._selected = [asset for asset in STEPS if asset in selected]
        self._leases = leases
        self._log = log
        self._run_id = run_id

    async def carry(self, tags: Sequence[Tag]) -> None:
        """Takes every tag as far as it goes; the store has those that failed.

        Raises:
            EncordUnusable, EndpointUnusable, StoreError: what no other tag would survive either; the rest is not begun.
        """
        room = asyncio.Semaphore(TAGS_AT_ONCE)
        ours = await self._leases.take(tags)
        try:
            async with asyncio.TaskGroup() as group:
                for tag in tags:
                    group.create_task(self._carry_one(tag, room) if tag in ours else self._carry_later(tag, room))
        except* (EncordUnusable, EndpointUnusable, StoreError) as errors:
            raise errors.exceptions[0] from None

    async def _carry_later(self, tag: Tag, room: asyncio.Semaphore) -> None:
        """Another run works on this tag: when it has ended, what it has found is known here too."""
        await self._leases.wait_for(tag)
        for asset, found in (await asyncio.to_thread(known_values, self._bench.store, [tag])).items():
            self._known[asset].update(found)
        await self._carry_one(tag, room)

    async def _carry_one(self, tag: Tag, room: asyncio.Semaphore) -> None:
        async with room:
            path = TagPath(self._tools, tag, lambda asset, make: self._obtain(asset, tag, make))
            ends = await asyncio.gather(*(path.value(asset) for asset in self._selected), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException) and not isinstance(end, _Stopped):
                raise end

    async def _obtain(self, asset: str, tag: Tag, make: Callable[[], Awaitable[Value]]) -> Value:
        known = self._known[asset].get(tag)
        if asset not in self._selected:
            if known is None:
                raise NotMaterialized(f"{asset} has no value for this tag yet; select it as well")
            return known
        if known is not None:
            self._tell(asset, tag, known, reused=True)
            return known
        try:
            value = await make()
        except (EncordUnusable, EndpointUnusable, StoreError, _Stopped):
            raise
        except Exception as error:
            await self._fail(asset, tag, error)
            raise _Stopped from None
        await asyncio.to_thread(self._bench.store.record, asset, tag, value)
        self._tell(asset, tag, value, reused=False)
        return value

    def _tell(self, asset: str, tag: Tag, value: Value, *, reused: bool) -> None:
        if isinstance(value, Image):
            self._images[tag] = value
        self._log.materialized(asset, tag, shown(value, self._images.get(tag), self._bench.workbench, reused=reused))

    async def _fail(self, asset: str, tag: Tag, error: Exception) -> None:
        row = self._bench.board.images.get(tag)
        title = row.title if row else str(tag)
        kind, reason = type(error).__name__, str(error) or repr(error)
        if title not in reason:
            reason = f"{title!r}: {reason}"
        await asyncio.to_thread(
            self._bench.store.record_failure, asset, tag, title=title, kind=kind, message=reason, run_id=self._run_id
        )
        self._log.failed(asset, tag, title=title, kind=kind, reason=reason)
