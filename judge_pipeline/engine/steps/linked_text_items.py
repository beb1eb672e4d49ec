"""Linked text items step: both captions become text items next to their image, and all three move on to the judge."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.item_metadata import tag_metadata
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems, TextItem, text_item_title
from judge_pipeline.domain.workflow import CAPTIONING_STAGES
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.linked_rows import NewCaption
from judge_pipeline.encord_project.rows import gone
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline.encord_project.uploads import Reservation
from judge_pipeline.engine.acceptance import Acceptance
from judge_pipeline.engine.batch_context import BatchContext, Slot
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline.engine.final_choices import save_answers_before_change
from judge_pipeline.engine.leases import RunLeases

MAX_ITEMS = 100
"""Images per request to Encord."""

FIRST_ITEMS = 4
"""In the first request: the judge waits for its outcome, and eight texts are uploaded at once."""

WINDOW_SECONDS = 0.1
CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""This machine's and Encord's, at most: Encord rejects signatures from further away."""

UPLOAD = {captioner: f"upload {captioner.data_type}" for captioner in Captioner}
"""The intent to upload, by its name in the store: it holds the uuid that Encord has reserved for the item."""

REPLACE = {captioner: f"replace {captioner.data_type}" for captioner in Captioner}
"""The intent to remove earlier items, by its name in the store: it holds their uuids."""


@dataclass(frozen=True, slots=True)
class CaptionedImage:
    """An image with the captions to link to it."""

    row: ProjectRow
    tag: Tag
    captions: Mapping[Captioner, Caption]


class TextLinker:
    """Uploads, links and moves the captions of many images together.

    Every upload is recorded with its reserved uuid before its first byte is sent; after an interruption the item is
    looked up by that uuid, and linked if it exists.

    No judge is paid for captions before the `acceptance` of others.
    """

    def __init__(self, batch: BatchContext, leases: RunLeases) -> None:
        self._batch = batch
        self._leases = leases
        self._batcher = Batcher(
            self._link_batch,
            max_items=MAX_ITEMS,
            first_items=FIRST_ITEMS,
            window_seconds=WINDOW_SECONDS,
            tag_of=lambda image: image.tag,
            under_way=batch.under_way,
        )
        self.acceptance = Acceptance()

    async def link(self, tag: Tag, captions: Mapping[Captioner, Caption]) -> LinkedTextItems:
        """The value of a `linked_text_items` partition.

        Raises:
            RowRefused: this image's texts could not be linked or moved. LeaseLost: another run has the tag.
        """
        return await self._batcher(CaptionedImage(self._batch.image_row(tag), tag, captions))

    async def _link_batch(self, images: Sequence[CaptionedImage]) -> list[LinkedTextItems | Exception]:
        results = await self._batch.encord(self._leases.for_held, images, self._link, tag_of=lambda image: image.tag)
        self.acceptance.report(is_accepted=any(isinstance(result, LinkedTextItems) for result in results))
        return results

    def _link(self, images: Sequence[CaptionedImage]) -> list[LinkedTextItems | Exception]:
        try:
            return self._link_now(images)
        except Exception:
            self.acceptance.failed()
            raise

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
        refused: dict[Slot, RowRefused] = {}
        added = self._add(images, linked, refused)
        uninitialised = {slot: item for slot, item in linked.items() if snapshot.texts[slot].label_hash is None}
        self._initialise_labels(uninitialised | added, refused)
        linked |= added
        self._finish([image for image in images if not any((image.tag, captioner) in added for captioner in Captioner)])
        self._settle(linked)
        behind = self._advance([image for image in images if not _refusals(image, refused)], linked)
        return [_result(image, linked, refused, behind) for image in images]

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
        uploaded = self._upload(
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
        """Initialises the labels of the rows just linked, and of those whose attempt was interrupted before this point."""
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
        for folder in set(batch.project.parent_folders(image.row for image in slots.values()).values()):
            new = batch.project.captions.captions_added_since(folder, since)
            for slot in slots.keys() - candidates.keys():
                found = new.get((slot[0], slot[1].data_type.value), [])
                appeared = [uuid for uuid in found if uuid not in batch.replaced.get(slot, ())]
                candidates |= {slot: appeared[0]} if appeared else {}
        contents = batch.project.read_texts(list(candidates.values()))
        items: dict[Slot, str] = {}
        for slot, uuid in candidates.items():
            if contents.get(uuid, "").strip() == slots[slot].captions[slot[1]].text.strip():
                items[slot] = uuid
            elif uuid in contents and uuid not in batch.unlinked.get(slot, ()):
                batch.store.delete_results(slot[1].asset_name, [slot[0]])
                refused[slot] = RowRefused(
                    f"another program has added the {slot[1].data_type} of {slots[slot].row.title!r} during this run; run "
                    "this tag again to work with that text"
                )
        for slot in slots.keys() - refused.keys():
            if surplus := [uuid for uuid in batch.unlinked.get(slot, ()) if uuid != items.get(slot)]:
                batch.replaced[slot] = [*batch.replaced.get(slot, ()), *surplus]
        return items

    def _upload(self, slots: Mapping[Slot, CaptionedImage], refused: dict[Slot, RowRefused]) -> dict[Slot, str]:
        """Uploads the captions of these slots into the folders of their images; returns each item's uuid."""
        project = self._batch.project
        folder_of = project.parent_folders([image.row for image in slots.values()])
        by_folder: dict[UUID, list[Slot]] = defaultdict(list)
        for slot, image in slots.items():
            if image.row.item_uuid in folder_of:
                by_folder[folder_of[image.row.item_uuid]].append(slot)
            else:
                refused[slot] = gone(image.row)
        items: dict[Slot, str] = {}
        for folder_uuid, in_folder in by_folder.items():
            try:
                reserved = dict(zip(in_folder, project.reserve_text_uploads(folder_uuid, len(in_folder)), strict=True))
            except RowRefused as refusal:
                refused |= dict.fromkeys(in_folder, refusal)
                continue
            self._intend(reserved)
            uploaded = project.upload_texts(
                folder_uuid, [(reserved[slot], _new_text(slot, slots[slot])) for slot in in_folder]
            )
            slot_of = {place.item_uuid: slot for slot, place in reserved.items()}
            items |= {slot_of[uuid]: uuid for uuid in uploaded.done}
            refused |= {slot_of[uuid]: refusal for uuid, refusal in uploaded.refused.items()}
        return items

    def _intend(self, reserved: Mapping[Slot, Reservation]) -> None:
        for captioner in Captioner:
            details = {
                self._leases[tag]: {"item_uuid": place.item_uuid}
                for (tag, whose), place in reserved.items()
                if whose is captioner
            }
            self._batch.store.save_intents(UPLOAD[captioner], details)

    def _advance(self, images: Sequence[CaptionedImage], linked: Mapping[Slot, TextItem]) -> dict[str, str]:
        """Moves texts and images together; an image without both texts stays where it is."""
        moving = []
        for image in images:
            items = [item for captioner in Captioner if (item := linked.get((image.tag, captioner)))]
            if len(items) == len(Captioner):
                moving += [image.row.with_texts(items).data_hash, *(item.data_hash for item in items)]
        return self._batch.project.move_tasks(moving, CAPTIONING_STAGES) if moving else {}


def _has_both(tag: Tag, linked: Mapping[Slot, TextItem]) -> bool:
    return all((tag, captioner) in linked for captioner in Captioner)


def _new_text(slot: Slot, image: CaptionedImage) -> NewText:
    tag, captioner = slot
    return NewText(
        title=text_item_title(tag=tag, captioner=captioner),
        metadata=tag_metadata(tag, captioner.data_type),
        content=image.captions[captioner].text,
    )


def _refusals(image: CaptionedImage, refused: Mapping[Slot, RowRefused]) -> list[RowRefused]:
    return [refused[image.tag, captioner] for captioner in Captioner if (image.tag, captioner) in refused]


def _result(
    image: CaptionedImage,
    linked: Mapping[Slot, TextItem],
    refused: Mapping[Slot, RowRefused],
    behind: Mapping[str, str],
) -> LinkedTextItems | Exception:
    if refusals := _refusals(image, refused):
        return refusals[0]
    items = {captioner: linked.get((image.tag, captioner)) for captioner in Captioner}
    text_8b, text_16b = items[Captioner.LLM_8B], items[Captioner.LLM_16B]
    if text_8b is None or text_16b is None:
        return RowRefused(
            f"Encord did not accept every caption of {image.row.title!r} as a text item; run this tag again"
        )
    for data_hash in (image.row.with_texts([text_8b]).data_hash, text_8b.data_hash, text_16b.data_hash):
        if data_hash in behind:
            return RowRefused(
                f"the task of {image.row.title!r} or of one of its captions does not leave {behind[data_hash]!r}; look at it in Encord"
            )
    return LinkedTextItems(image.tag, text_8b, text_16b)
