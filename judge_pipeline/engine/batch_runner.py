"""The walk: many tags along their paths at once; one that fails stops alone."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from judge_pipeline.dagster_events.data_versions import version_tags
from judge_pipeline.dagster_events.event_log import EventLog
from judge_pipeline.dagster_events.metadata import partition_metadata
from judge_pipeline.domain.asset_values import ASSET_TYPES, AssetValue
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordUnusable, RowRefused
from judge_pipeline.engine.batch_context import BatchContext
from judge_pipeline.engine.leases import Leases
from judge_pipeline.engine.refresh import refresh
from judge_pipeline.engine.steps.linked_text_items import REPLACE
from judge_pipeline.engine.tag_run import NotMaterialized, TagRun, Tools
from judge_pipeline.models.errors import EndpointUnusable, Unanswered
from judge_pipeline.store.errors import LeaseLost, StoreError
from judge_pipeline.store.store import ProjectStore

TAGS_BESIDE = 64
"""Tags between their calls to models, beside those whose captions are asked for and those whose judgement is.

Each tag on its way holds one prepared image, some hundred kilobytes.
"""

STOPPING = (EncordUnusable, EndpointUnusable, StoreError)
"""What no other tag would survive either: the run begins nothing more."""

Known = Mapping[str, dict[Tag, AssetValue]]


def known_values(records: ProjectStore, tags: Sequence[Tag]) -> Known:
    """What the store has of each step, for these tags."""
    return {asset: records.results(asset, type_, tags) for asset, type_ in ASSET_TYPES.items()}


def outdated(known: Known, tags: Sequence[Tag], judged_with: str, ontology_version: str | None) -> list[Tag]:
    """The tags among these whose judgement was made with other judges, orders, prompts or another ontology."""
    found = [(tag, known["judgements"].get(tag)) for tag in tags]
    return [
        tag
        for tag, value in found
        if isinstance(value, Judgement)
        and value.is_outdated(judged_with=judged_with, ontology_version=ontology_version)
    ]


class _Stopped(Exception):
    """This tag goes no further than `asset`. A failure has been recorded there; `reason` says why it is not there otherwise."""

    def __init__(self, asset: str, reason: str = "") -> None:
        super().__init__(asset)
        self.asset = asset
        self.reason = reason


class BatchRunner:
    """One batch. `selected` are the assets that the run is to materialise.

    `known` is what is there of the tags that the run holds or has held; `left` are the tags that another run has taken.
    Where nothing more can be done for any tag, `stopped` says why.
    """

    def __init__(
        self,
        batch: BatchContext,
        *,
        selected: frozenset[str],
        refresh_for: str | None,
        leases: Leases,
        log: EventLog,
        run_id: str,
    ) -> None:
        self._batch = batch
        self._tools = Tools(batch, leases)
        self.known: Known = {asset: {} for asset in ASSET_TYPES}
        self._refresh_for = refresh_for
        self._selected = [asset for asset in ASSET_TYPES if asset in selected]
        self._leases = leases
        self.left: set[Tag] = set()
        self.stopped: Exception | None = None
        self._log = log
        self._run_id = run_id

    async def carry(self, tags: Sequence[Tag]) -> None:
        """Takes every tag as far as it goes; the store has those that failed. Tags that another run holds come last.

        When nothing more can be done for any tag, what models have been asked by then is waited for and kept, and nothing
        else is begun.
        """
        room = asyncio.Semaphore(2 * max(each.concurrency for each in self._batch.pipeline.endpoints) + TAGS_BESIDE)
        held = [tag for tag in tags if tag in self._leases]
        try:
            await self._begin(held)
            async with asyncio.TaskGroup() as group:
                for tag in held:
                    group.create_task(self._carry_one(tag, room))
                async for freed in self._leases.take_as_they_come(tags):
                    if self.stopped:
                        break
                    await self._batch.look_again()  # their run has left something in Encord
                    await self._begin(freed)
                    for tag in freed:
                        group.create_task(self._carry_one(tag, room))
        except* STOPPING as errors:
            self._stop(errors.exceptions[0])

    async def _begin(self, tags: Collection[Tag]) -> None:
        """Learns what is known and intended of tags that this run holds from now on; a refresh forgets it first."""
        await asyncio.to_thread(self._learn, list(tags))

    def _learn(self, tags: Sequence[Tag]) -> None:
        batch = self._batch
        if self._refresh_for:
            selected = frozenset(self._selected)
            kept = refresh(batch, self._leases, tags, selected=selected, asked_by=self._refresh_for)
            for reason in kept.values():
                self._log.warn(f"not refreshed: {reason}")
        for asset, found in known_values(batch.store, tags).items():
            self.known[asset].update(found)
        if "judgements" in self._selected:
            self._forget_outdated(tags)
        batch.generations |= batch.store.refreshes.generations(list(ASSET_TYPES), tags)
        for captioner in Captioner:
            for tag, detail in batch.store.intents(REPLACE[captioner], tags).items():
                batch.replaced[tag, captioner] = detail["item_uuids"]

    def _forget_outdated(self, tags: Sequence[Tag]) -> None:
        """Judgements made with something else are made anew, but for images that a person has finished."""
        batch, kept = self._batch, 0
        for tag in outdated(self.known, tags, batch.pipeline.judged_with, batch.judge_ontology.version):
            try:
                batch.image_row(tag)
            except RowRefused:
                kept += 1
            else:
                del self.known["judgements"][tag]
        if kept:
            self._log.warn(
                f"{kept} judgements stay as they are, although they were made with something else: a person has finished "
                "their image, or it is not there any more"
            )

    async def _carry_one(self, tag: Tag, room: asyncio.Semaphore) -> None:
        async with room:
            if self.stopped:
                return
            path = TagRun(self._tools, tag, self._selected, lambda asset, make: self._obtain(asset, tag, make))
            ends = await asyncio.gather(*(path.value(asset) for asset in self._selected), return_exceptions=True)
        for asset, end in zip(self._selected, ends, strict=True):
            if isinstance(end, _Stopped):
                self._tell_not_made(asset, tag, end)
            elif isinstance(end, STOPPING):
                self._stop(end)
            elif isinstance(end, BaseException):
                raise end

    async def _obtain(self, asset: str, tag: Tag, make: Callable[[], Awaitable[AssetValue]]) -> AssetValue:
        known = self.known[asset].get(tag)
        if asset not in self._selected:
            if known is None:
                raise NotMaterialized(f"{asset} has no value for this tag yet; select it as well")
            return known
        if known is not None:
            self._tell(asset, tag, known, reused=True)
            return known
        if self.stopped:
            raise self._skip(asset)
        try:
            lease = self._leases[tag]
            value = await make()
            await self._batch.batched_store.save_result(asset, lease, value)
        except LeaseLost as lost:
            self._leave(tag, lost)
            raise _Stopped(asset, str(lost)) from None
        except _Stopped:
            raise
        except STOPPING as error:
            self._stop(error)
            raise self._skip(asset) from None
        except Exception as error:
            await self._fail(asset, tag, error)
            raise _Stopped(asset) from None
        self._tell(asset, tag, value, reused=False)
        return value

    def _tell(self, asset: str, tag: Tag, value: AssetValue, *, reused: bool) -> None:
        self.known[asset][tag] = value
        image = self.known["images"].get(tag)
        seen = image if isinstance(image, Image) else None
        metadata = partition_metadata(value, seen, item_url=self._batch.pipeline.item_url, reused=reused)
        self._log.materialized(asset, tag, metadata, version_tags(value))

    def _stop(self, error: Exception) -> None:
        """The first reason counts; the models are asked nothing more from here on."""
        if self.stopped is None:
            self.stopped = error
            self._batch.stop_asking(error)

    def _skip(self, asset: str) -> _Stopped:
        return _Stopped(asset, f"skipped, because the run has stopped: {self.stopped}")

    def _tell_not_made(self, asset: str, tag: Tag, stopped: _Stopped) -> None:
        """Says on the partition's page why an asset is not there, where no failure of its own says it."""
        if tag in self.left:
            return
        if stopped.reason:
            self._log.failed(asset, tag, title=self._title(tag), kind="Skipped", reason=stopped.reason)
        elif stopped.asset != asset:
            reason = f"not made, because {stopped.asset} of {self._title(tag)!r} failed"
            self._log.failed(asset, tag, title=self._title(tag), kind="NotMade", reason=reason)

    async def _fail(self, asset: str, tag: Tag, error: Exception) -> None:
        title = self._title(tag)
        kind, reason = type(error).__name__, str(error) or repr(error)
        if title not in reason:
            reason = f"{title!r}: {reason}"
        record = self._batch.store.save_failure
        try:
            lease = self._leases[tag]
            await asyncio.to_thread(record, asset, lease, title=title, kind=kind, message=reason, run_id=self._run_id)
        except LeaseLost as lost:
            self._leave(tag, lost)
        else:
            answer = error.text if isinstance(error, UnusableAnswer | Unanswered) else ""
            self._log.failed(asset, tag, title=title, kind=kind, reason=reason, answer=answer)

    def _leave(self, tag: Tag, lost: LeaseLost) -> None:
        """Another run has the tag: that is no failure of the tag's, and told once."""
        if tag not in self.left:
            self.left.add(tag)
            self._log.warn(f"{self._title(tag)!r}: {lost}")

    def _title(self, tag: Tag) -> str:
        row = self._batch.snapshot.images.get(tag)
        return row.title if row else str(tag)
