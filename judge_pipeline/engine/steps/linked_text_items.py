"""Linked text items step: both captions become text items next to their image, and all three move on to the judge."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_mark import ADOPTED
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems, TextItem
from judge_pipeline.domain.workflow import CAPTIONING_STAGES
from judge_pipeline.encord_project.added_captions import AddedCaptions
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.linked_rows import NewCaption
from judge_pipeline.engine.acceptance import Acceptance
from judge_pipeline.engine.batch_context import BatchContext, Slot
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline.engine.final_choices import save_answers_before_change
from judge_pipeline.engine.leases import RunLeases
from judge_pipeline.engine.steps.task_moves import CALLS_AT_ONCE, MAX_ITEMS, Move, TaskMover
from judge_pipeline.engine.steps.text_uploads import FIRST_ITEMS, CaptionedImage, TextUploads, Upload

Item = TypeVar("Item")
Result = TypeVar("Result")

WINDOW_SECONDS = 0.1
CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""This machine's and Encord's, at most: Encord rejects signatures from further away."""

UPLOAD = {captioner: f"upload {captioner.data_type}" for captioner in Captioner}
"""The intent to upload, by its name in the store: it holds the uuid that Encord has reserved for the item."""

REPLACE = {captioner: f"replace {captioner.data_type}" for captioner in Captioner}
"""The intent to remove earlier items, by its name in the store: it holds their uuids."""


class TextLinker:
    """Uploads, links and moves the captions of many images together.

    Each of the three is a call of its own: while some images are linked, the next ones are uploaded, and the last ones moved.

    Every upload is recorded with its reserved uuid before an item is made of it; after an interruption the item is looked up by
    that uuid, and linked if it exists.

    No judge is paid for captions before the `acceptance` of others.
    """

    def __init__(self, batch: BatchContext, leases: RunLeases, mover: TaskMover) -> None:
        self._batch = batch
        self._leases = leases
        self._mover = mover
        self._uploads = TextUploads(batch, leases)
        self._added = AddedCaptions(batch.project, batch.own_rows.tags, known_until=batch.own_rows.indexed_until)
        batcher = partial(
            Batcher,
            max_items=MAX_ITEMS,
            first_items=FIRST_ITEMS,
            at_once=CALLS_AT_ONCE,
            window_seconds=WINDOW_SECONDS,
            tag_of=lambda each: each.tag,
            under_way=batch.under_way,
        )
        self._links: Batcher[CaptionedImage, LinkedTextItems] = batcher(self._link_batch)
        self._moves: Batcher[Move, None] = batcher(self._move_batch)
        self.acceptance = Acceptance()

    async def link(self, tag: Tag, captions: Mapping[Captioner, Caption]) -> LinkedTextItems:
        """The value of a `linked_text_items` partition.

        Raises:
            RowRefused: this image's texts could not be linked or moved. LeaseLost: another run has the tag.
        """
        image = CaptionedImage(self._batch.image_row(tag), tag, captions)
        await self._uploads.upload(image)
        texts = await self._links(image)
        await self._moves(Move.of(tag, image.row, texts))
        return texts

    async def _link_batch(self, images: Sequence[CaptionedImage]) -> list[LinkedTextItems | Exception]:
        results = await self._batch.encord(
            self._leases.for_held, images, self._reported(self._link_now), tag_of=lambda image: image.tag
        )
        if not any(isinstance(result, LinkedTextItems) for result in results):
            self.acceptance.failed()
        return results

    async def _move_batch(self, moves: Sequence[Move]) -> list[Exception | None]:
        move_now = self._reported(partial(self._mover.move_now, CAPTIONING_STAGES))
        results = await self._batch.encord(self._leases.for_held, moves, move_now, tag_of=lambda move: move.tag)
        self.acceptance.report(is_accepted=any(result is None for result in results))
        return results

    def _reported(self, call: Callable[[Sequence[Item]], list[Result]]) -> Callable[[Sequence[Item]], list[Result]]:
        """The call; when it fails, that is known before it is made again."""

        def reporting(items: Sequence[Item]) -> list[Result]:
            try:
                return call(items)
            except Exception:
                self.acceptance.failed()
                raise

        return reporting

    def _link_now(self, images: Sequence[CaptionedImage]) -> list[LinkedTextItems | Exception]:
        snapshot = self._batch.snapshot
        if self._batch.reopen:
            self._batch.project.reopen_for_judge([image.row.data_hash for image in images])
        linked = {
            (image.tag, captioner): TextItem(captioner, row.item_uuid, row.data_hash)
            for image in images
            for captioner in Captioner
            if (row := self._batch.text_row(image.tag, captioner)) is not None
        }
        save_answers_before_change(
            self._batch, self._leases, [image.tag for image in images if _has_both(image.tag, linked)]
        )
        refused = self._others(images, linked)
        added = self._add(images, linked, refused)
        uninitialised = {slot: item for slot, item in linked.items() if snapshot.texts[slot].label_hash is None}
        self._initialise_labels(uninitialised, refused)
        linked |= added
        self._finish([image for image in images if not any((image.tag, captioner) in added for captioner in Captioner)])
        self._settle(linked)
        return [_result(image, linked, refused) for image in images]

    def _others(self, images: Sequence[CaptionedImage], linked: Mapping[Slot, TextItem]) -> dict[Slot, RowRefused]:
        """Refuses linked texts that are not the captions made here: another store has linked them since these were made."""
        made = {
            (image.tag, captioner): image
            for image in images
            for captioner in Captioner
            if (image.tag, captioner) in linked and image.captions[captioner].model != ADOPTED
        }
        contents = self._batch.project.read_texts([linked[slot].item_uuid for slot in made])
        return {
            slot: self._forget(slot, image)
            for slot, image in made.items()
            if (text := contents.get(linked[slot].item_uuid)) is not None and not image.is_caption(slot[1], text)
        }

    def _forget(self, slot: Slot, image: CaptionedImage) -> RowRefused:
        """Forgets the caption, and returns the refusal."""
        self._batch.store.delete_results(slot[1].asset_name, [slot[0]])
        return RowRefused(
            f"another program has added the {slot[1].data_type} of {image.row.title!r}; run this tag again to work with that text"
        )

    def _add(
        self,
        images: Sequence[CaptionedImage],
        linked: Mapping[Slot, TextItem],
        refused: dict[Slot, RowRefused],
    ) -> dict[Slot, TextItem]:
        slots = {(i.tag, captioner): i for i in images for captioner in Captioner if (i.tag, captioner) not in linked}
        if not slots:
            return {}
        items = self._uploaded_before(list(slots))
        items |= self._added_by_others({slot: image for slot, image in slots.items() if slot not in items}, refused)
        uploaded = self._register(
            {slot: image for slot, image in slots.items() if slot not in {**items, **refused}}, refused
        )
        items |= uploaded
        save_answers_before_change(self._batch, self._leases, list(dict.fromkeys(tag for tag, _ in items)))
        results = self._batch.project.captions.link(
            [
                NewCaption(
                    *slot,
                    uuid,
                    self._batch.snapshot.images.get(slot[0], slots[slot].row),
                    is_new=slot in uploaded,
                    replaced_row=self._batch.replaced_row(*slot),
                    replaced_items=self._batch.replaced.get(slot, ()),
                )
                for slot, uuid in items.items()
            ]
        )
        refused |= results.refused
        index = self._batch.store.row_index
        index.save({item.data_hash: tag for (tag, _), item in results.done.items()})
        index.forget(
            [slots[slot].row.data_hash for slot in items if slot in results.done and slots[slot].row.is_waiting]
        )
        return results.done

    def _finish(self, images: Sequence[CaptionedImage]) -> None:
        """Removes what an interrupted refresh has replaced and not yet removed."""
        snapshot, replaced = self._batch.snapshot, self._batch.replaced
        leftovers = {
            image.tag: [uuid for captioner in Captioner for uuid in replaced.get((image.tag, captioner), ())]
            for image in images
        }
        tags = [tag for tag, items in leftovers.items() if items or tag in snapshot.outdated]
        if tags:
            self._batch.project.captions.finish(
                [row for tag in tags if (row := snapshot.images.get(tag))],
                [row for tag in tags if (row := snapshot.outdated.get(tag))],
                [uuid for tag in tags for uuid in leftovers[tag]],
            )

    def _initialise_labels(self, items: Mapping[Slot, TextItem], refused: dict[Slot, RowRefused]) -> None:
        """Initialises the labels of rows whose linking was interrupted before this point."""
        if items:
            found = self._batch.project.initialise_labels([item.data_hash for item in items.values()])
            refused |= {slot: found[item.data_hash] for slot, item in items.items() if item.data_hash in found}

    def _settle(self, linked: Iterable[Slot]) -> None:
        slots = list(linked)
        for captioner in Captioner:
            settled = [self._leases[tag] for tag, whose in slots if whose is captioner]
            self._batch.store.clear_intents(UPLOAD[captioner], settled)
            replaced = [
                self._leases[tag] for tag, whose in slots if whose is captioner and (tag, whose) in self._batch.replaced
            ]
            self._batch.store.clear_intents(REPLACE[captioner], replaced)

    def _uploaded_before(self, slots: Sequence[Slot]) -> dict[Slot, str]:
        """Items of an attempt that was interrupted between upload and link."""
        intended: dict[Slot, str] = {}
        for captioner in Captioner:
            tags = [tag for tag, whose in slots if whose is captioner]
            for tag, detail in self._batch.store.intents(UPLOAD[captioner], tags).items():
                intended[tag, captioner] = str(detail["item_uuid"])
        existing = self._batch.project.existing_items(list(intended.values()))
        return {slot: uuid for slot, uuid in intended.items() if uuid in existing}

    def _added_by_others(
        self, slots: Mapping[Slot, CaptionedImage], refused: dict[Slot, RowRefused]
    ) -> dict[Slot, str]:
        """Items that an earlier store has not linked, or that appeared since the snapshot, if they hold the same caption.

        An unlinked item with another caption is replaced. One that appeared is another program's: its image is refused, and
        the next run reads its captions from Encord.
        """
        batch = self._batch
        candidates = {slot: uuid for slot in slots if (uuid := batch.unlinked_text(*slot))}
        since = batch.snapshot_at - CLOCKS_DIFFER_BY
        wanted = {(tag, captioner.data_type.value) for tag, captioner in slots.keys() - candidates.keys()}
        for folder in set(batch.project.parent_folders(image.row for image in slots.values()).values()):
            new = self._added.linked(folder, wanted, since)
            for slot in slots.keys() - candidates.keys():
                found = new.get((slot[0], slot[1].data_type.value), [])
                appeared = [uuid for uuid in found if uuid not in batch.replaced.get(slot, ())]
                candidates |= {slot: appeared[0]} if appeared else {}
        contents = batch.project.read_texts(list(candidates.values()))
        items: dict[Slot, str] = {}
        for slot, uuid in candidates.items():
            if slots[slot].is_caption(slot[1], contents.get(uuid, "")):
                items[slot] = uuid
            elif uuid in contents and uuid not in batch.unlinked.get(slot, ()):
                refused[slot] = self._forget(slot, slots[slot])
        for slot in slots.keys() - refused.keys():
            if surplus := [uuid for uuid in batch.unlinked.get(slot, ()) if uuid != items.get(slot)]:
                batch.replaced[slot] = [*batch.replaced.get(slot, ()), *surplus]
        return items

    def _register(self, slots: Mapping[Slot, CaptionedImage], refused: dict[Slot, RowRefused]) -> dict[Slot, str]:
        """Makes items of the uploaded captions of these slots, and uploads what is not; returns each item's uuid."""
        taken = self._uploads.take(slots)
        refused |= {slot: refusal for slot, refusal in taken.items() if isinstance(refusal, RowRefused)}
        uploads = {slot: upload for slot, upload in taken.items() if isinstance(upload, Upload)}
        self._intend(uploads)
        by_folder: dict[UUID, list[Slot]] = defaultdict(list)
        for slot, upload in uploads.items():
            by_folder[upload.folder_uuid].append(slot)
        items: dict[Slot, str] = {}
        for folder_uuid, in_folder in by_folder.items():
            slot_of = {uploads[slot].reservation.item_uuid: slot for slot in in_folder}
            registered = self._batch.project.register_texts(
                folder_uuid, [(uploads[slot].reservation, slots[slot].new_text(slot[1])) for slot in in_folder]
            )
            items |= {slot_of[uuid]: uuid for uuid in registered.done}
            refused |= {slot_of[uuid]: refusal for uuid, refusal in registered.refused.items()}
        return items

    def _intend(self, uploads: Mapping[Slot, Upload]) -> None:
        for captioner in Captioner:
            details = {
                self._leases[tag]: {"item_uuid": upload.reservation.item_uuid}
                for (tag, whose), upload in uploads.items()
                if whose is captioner
            }
            self._batch.store.save_intents(UPLOAD[captioner], details)


def _has_both(tag: Tag, linked: Mapping[Slot, TextItem]) -> bool:
    return all((tag, captioner) in linked for captioner in Captioner)


def _result(
    image: CaptionedImage, linked: Mapping[Slot, TextItem], refused: Mapping[Slot, RowRefused]
) -> LinkedTextItems | Exception:
    slots = [(image.tag, captioner) for captioner in (Captioner.LLM_8B, Captioner.LLM_16B)]
    for slot in slots:
        if slot in refused:
            return refused[slot]
    text_8b, text_16b = map(linked.get, slots)
    if text_8b is None or text_16b is None:
        return RowRefused(
            f"Encord did not accept every caption of {image.row.title!r} as a text item; run this tag again"
        )
    return LinkedTextItems(image.tag, text_8b, text_16b)
