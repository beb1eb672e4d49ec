"""One tag's run along the path: each value is looked up or made at most once, recorded, and logged to Dagster."""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TypeVar, cast

from judge_pipeline.domain.asset_values import AssetValue
from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.domain.workflow import CAPTIONING_STAGES, StageKind
from judge_pipeline.engine.batch_state import STOPS_THE_RUN, BatchState
from judge_pipeline.engine.steps.captions import make_caption
from judge_pipeline.engine.steps.judgements import make_judgement
from judge_pipeline.engine.steps.task_moves import Move
from judge_pipeline.engine.tag_stopped import NotMaterialized, TagStopped, raise_first
from judge_pipeline.models.errors import AnswerPending, SameAnswers, Unanswered
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.store.errors import LeaseLost

T = TypeVar("T")
V = TypeVar("V", bound=AssetValue)


class TagRun:
    """Takes one tag through the selected assets; a failure stops this tag alone.

    `slot` is the tag's place among those in flight; it is closed as soon as the image is not needed any more.
    """

    def __init__(self, state: BatchState, tag: Tag, slot: AsyncExitStack) -> None:
        self._state = state
        self._context = state.context
        self._tag = tag
        self._slot = slot
        self._values: dict[str, asyncio.Task[AssetValue]] = {}
        self._prepared: asyncio.Task[PreparedImage] | None = None
        self._has_left_captioning = False

    async def run(self) -> None:
        """Makes the selected assets as far as possible. The store and Dagster have what was made and what failed."""
        selected = self._state.selected
        ends = await asyncio.gather(*map(self._begun, selected), return_exceptions=True)
        for asset, end in zip(selected, ends, strict=True):
            if isinstance(end, TagStopped):
                self._log_not_made(asset, end)
            elif isinstance(end, STOPS_THE_RUN):
                self._state.stop(end)
            elif isinstance(end, BaseException):
                raise end
        if self._tag not in self._state.pending:
            await self._state.images.forget(self._tag)
        elif self._prepared is not None:
            await self._state.images.keep(self._tag, await self._prepared)

    def _begun(self, asset: str) -> asyncio.Task[AssetValue]:
        if asset not in self._values:
            self._values[asset] = asyncio.ensure_future(self._load_or_make(asset))
        return self._values[asset]

    async def _value_as(self, asset: str, type_: type[V]) -> V:
        return cast("V", await self._begun(asset))

    async def _load_or_make(self, asset: str) -> AssetValue:
        known = self._state.known[asset].get(self._tag)
        if asset not in self._state.selected:
            if known is None:
                raise NotMaterialized(f"{asset} has no value for this tag yet; select it as well")
            return known
        if known is None and self._state.stop_reason:
            raise self._skipped(asset)
        try:
            value = known if known is not None else await self._make_and_save(asset)
            await self._move_on(asset, value, is_new=known is None)
        except LeaseLost as lost:
            self._leave(lost)
            raise TagStopped(asset, str(lost)) from None
        except TagStopped:
            raise
        except AnswerPending as pending:
            self._state.pending.add(self._tag)
            raise TagStopped(asset, f"{self._title!r} {pending}", is_pending=True) from None
        except STOPS_THE_RUN as error:
            self._state.stop(error)
            raise self._skipped(asset) from None
        except Exception as error:
            await self._record_failure(asset, error)
            raise TagStopped(asset) from None
        self._state.known[asset][self._tag] = value
        if isinstance(value, Caption):
            image = self._state.known["images"].get(self._tag)
            of = image.sha256 if isinstance(image, Image) else str(self._tag)
            self._context.sayings.add(value.captioner, value.text, image=of)
        self._log_materialized(asset, value, reused=known is not None)
        return value

    async def _make_and_save(self, asset: str) -> AssetValue:
        lease = self._state.leases[self._tag]
        value = await self._make(asset)
        await self._context.batched_store.save_result(asset, lease, value)
        return value

    async def _make(self, asset: str) -> AssetValue:
        if self._tag not in self._state.on_purpose and self._context.snapshot.waits_for_person(self._tag):
            raise self._waits(asset, self._context.snapshot.images[self._tag])
        match asset:
            case "images":
                return await self._timed(asset, self._read_image())
            case Captioner.LLM_8B.asset_name | Captioner.LLM_16B.asset_name:
                picture = await self._value_as("images", Image)
                captioner = next(captioner for captioner in Captioner if captioner.asset_name == asset)
                prepared = await self._prepared_image()
                await self._claim()
                return await self._timed(asset, make_caption(self._context, self._tag, captioner, prepared, picture))
            case "linked_text_items":
                linked = await self._timed(asset, self._state.linker.link(self._tag, await self._captions()))
                self._has_left_captioning = True
                await self._place_image(linked)
                return linked
            case "judgements":
                return await self._make_judgement()
            case _:
                raise AssertionError(asset)

    async def _timed(self, asset: str, work: Awaitable[T]) -> T:
        return await self._state.times.measure(asset, self._tag, work)

    async def _read_image(self) -> Image:
        return await self._state.images.image(self._tag, self._prepared_image)

    async def _make_judgement(self) -> Judgement:
        """The judge is asked while the texts are being linked, as long as linking works; otherwise linking comes first."""
        captions = await self._captions()
        await self._claim()
        if self._tag in self._context.judge_labels:
            texts = await self._value_as("linked_text_items", LinkedTextItems)
            if (adopted := await self._state.writer.adopted(self._tag, texts, captions)) is not None:
                return adopted
        is_straight = self._context.project.workflow.leads_straight_to_judge
        may_overlap = "linked_text_items" in self._state.selected and is_straight
        if not may_overlap or not await self._state.linker.acceptance.awaited(self._begun("linked_text_items")):
            await self._leave_captioning(await self._value_as("linked_text_items", LinkedTextItems))
            await self._check_place()
        judging = self._ask_judges(captions)
        linking = self._begun("linked_text_items")
        # Wait for both even if one fails: an answer under way is paid for, and kept for the next run.
        linked, judgement = await asyncio.gather(linking, self._timed("judgements", judging), return_exceptions=True)
        if isinstance(linked, BaseException):
            raise linked
        if isinstance(judgement, BaseException):
            raise judgement
        await self._timed("judgements", self._state.writer.write(judgement, cast("LinkedTextItems", linked)))
        return judgement

    async def _ask_judges(self, captions: Mapping[Captioner, Caption]) -> Judgement:
        """The judges' answers, merged. Then another tag may begin, while this one is written."""
        judgement = await make_judgement(
            self._context,
            self._tag,
            await self._prepared_image(),
            caption_8b=captions[Captioner.LLM_8B],
            caption_16b=captions[Captioner.LLM_16B],
        )
        self._prepared = None
        await self._slot.aclose()
        return judgement

    async def _claim(self) -> None:
        """Until then another store may add the captions or the judgement that this run would pay for."""
        if self._context.before_paying:
            await self._context.before_paying()

    async def _place_image(self, texts: LinkedTextItems) -> None:
        """Stores where the image is in Encord now, if it has become a data group with its texts."""
        image = self._state.known["images"].get(self._tag)
        if isinstance(image, Image) and texts.group_hash not in (None, image.data_hash):
            placed = replace(image, data_hash=str(texts.group_hash))
            await self._context.batched_store.save_result("images", self._state.leases[self._tag], placed)
            self._state.known["images"][self._tag] = placed

    async def _check_place(self) -> None:
        """Stops the tag if its image has moved on to a person's stage before the judge's."""
        row = self._context.snapshot.images.get(self._tag)
        if row is None or not row.kind.is_captioning_stage or self._context.project.workflow.leads_straight_to_judge:
            return
        if (now := await self._state.places.read(row)) and now.kind.waits_for_person:
            raise self._waits("judgements", now)

    async def _move_on(self, asset: str, value: AssetValue, *, is_new: bool) -> None:
        """Moves the rows out of the stages that this asset completes.

        New texts are moved as they are linked. A new judgement is in the store before the rows leave the judge's stage: what
        has left the agent stages needs no run to find it.
        """
        if isinstance(value, LinkedTextItems) and not is_new:
            await self._leave_captioning(value)
        elif isinstance(value, Judgement) and (is_new or self._context.snapshot.is_work(self._tag)):
            texts = await self._value_as("linked_text_items", LinkedTextItems)
            await self._leave_captioning(texts)
            await self._state.mover.move(self._rows_with(texts), (StageKind.JUDGE,))
        else:
            return
        if not is_new:
            await asyncio.to_thread(self._context.store.clear_failures, asset, [self._state.leases[self._tag]])

    async def _leave_captioning(self, texts: LinkedTextItems) -> None:
        """Moves the rows on that stood in LLM1 or LLM2 although their texts had been linked."""
        snapshot = self._context.snapshot
        is_behind = any(row.kind.is_captioning_stage for row in snapshot.rows_of(self._tag))
        if is_behind and snapshot.is_work(self._tag) and not self._has_left_captioning:
            await self._state.mover.move(self._rows_with(texts), CAPTIONING_STAGES)
        self._has_left_captioning = True

    def _rows_with(self, texts: LinkedTextItems) -> Move:
        return Move.of(self._tag, self._context.snapshot.images[self._tag], texts)

    async def _captions(self) -> dict[Captioner, Caption]:
        captions = (self._begun(captioner.asset_name) for captioner in Captioner)
        ends = await asyncio.gather(*captions, return_exceptions=True)
        raise_first(ends)
        if isinstance(self._state.stop_reason, SameAnswers):
            raise self._state.stop_reason
        return dict(zip(Captioner, [end for end in ends if isinstance(end, Caption)], strict=True))

    async def _prepared_image(self) -> PreparedImage:
        if self._prepared is None:
            self._prepared = asyncio.ensure_future(self._state.images.read(self._tag))
        return await self._prepared

    def _log_materialized(self, asset: str, value: AssetValue, *, reused: bool) -> None:
        image = self._state.known["images"].get(self._tag)
        self._state.log.materialized(
            asset,
            self._tag,
            value,
            image=image if isinstance(image, Image) else None,
            reused=reused,
            corrections=self._context.corrections.get(self._tag) if isinstance(value, Judgement) else None,
        )

    def _log_not_made(self, asset: str, stopped: TagStopped) -> None:
        """Says on the partition's page why an asset is missing, unless a failure of its own says so."""
        if self._tag in self._state.left or (stopped.is_pending and stopped.asset != asset):
            return
        if stopped.reason:
            kind = "Waiting" if stopped.is_pending or self._tag in self._state.waiting else "Skipped"
            self._log_failed(asset, kind=kind, reason=stopped.reason)
        elif stopped.asset != asset:
            self._log_failed(
                asset, kind="NotMade", reason=f"not made, because {stopped.asset} of {self._title!r} failed"
            )

    def _log_failed(self, asset: str, *, kind: str, reason: str, answer: str = "") -> None:
        self._state.log.failed(asset, self._tag, title=self._title, kind=kind, reason=reason, answer=answer)

    async def _record_failure(self, asset: str, error: Exception) -> None:
        kind, reason = type(error).__name__, str(error) or repr(error)
        if self._title not in reason:
            reason = f"{self._title!r}: {reason}"
        try:
            await asyncio.to_thread(
                self._context.store.save_failure,
                asset,
                self._state.leases[self._tag],
                title=self._title,
                kind=kind,
                message=reason,
                run_id=self._state.run_id,
            )
        except LeaseLost as lost:
            self._leave(lost)
        else:
            answer = error.text if isinstance(error, UnusableAnswer | Unanswered) else ""
            self._log_failed(asset, kind=kind, reason=reason, answer=answer)

    def _leave(self, lost: LeaseLost) -> None:
        """Another run has the tag. That is not a failure of the tag, and is logged once."""
        if self._tag not in self._state.left:
            self._state.left.add(self._tag)
            self._state.log.warn(f"{self._title!r}: {lost}")

    def _waits(self, asset: str, row: ProjectRow) -> TagStopped:
        self._state.waiting[self._tag] = row.stage
        return TagStopped(asset, f"{row.title!r} waits for a person in {row.stage!r}")

    def _skipped(self, asset: str) -> TagStopped:
        return TagStopped(asset, f"skipped, because the run has stopped: {self._state.stop_reason}")

    @property
    def _title(self) -> str:
        row = self._context.snapshot.images.get(self._tag)
        return row.title if row else str(self._tag)
