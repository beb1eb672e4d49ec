"""Uploads of captions: their bytes are in Encord's storage before the link call that makes items of them."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.item_metadata import tag_metadata
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import text_item_title
from judge_pipeline.encord_project.errors import EncordError, RowRefused
from judge_pipeline.encord_project.rows import gone
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline.encord_project.uploads import Reservation
from judge_pipeline.encord_project.url_lifetime import seconds_valid
from judge_pipeline.engine.batch_context import BatchContext, Slot
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline.engine.leases import RunLeases
from judge_pipeline.store.errors import StoreError

MAX_ITEMS = 100
"""Images per call, and so 200 texts."""

FIRST_ITEMS = 4
"""In the first call: the judge waits until these are linked."""

WINDOW_SECONDS = 0.0
"""Uploads gain nothing from waiting for each other: a call makes one request per text anyway."""

URLS_AT_ONCE = 200
"""Signed URLs per request, like the SDK's own uploads."""

LEAST_SECONDS_VALID = 90.0
"""Of a signed URL: an upload has a minute, and may be repeated for some seconds before that."""


@dataclass(frozen=True, slots=True)
class CaptionedImage:
    """An image with the captions to link to it."""

    row: ProjectRow
    tag: Tag
    captions: Mapping[Captioner, Caption]

    def new_text(self, captioner: Captioner) -> NewText:
        """One of its captions as Encord gets it."""
        return NewText(
            title=text_item_title(tag=self.tag, captioner=captioner),
            metadata=tag_metadata(self.tag, captioner.data_type),
            content=self.captions[captioner].text,
        )

    def is_caption(self, captioner: Captioner, content: str) -> bool:
        """Whether a text in Encord is that caption."""
        return content.strip() == self.captions[captioner].text.strip()


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes in Encord's storage of which an item can be made in this folder."""

    folder_uuid: UUID
    reservation: Reservation


class TextUploads:
    """Uploads captions while earlier ones are being linked.

    Nothing of it is visible in Encord, so nothing is recorded, and a killed run leaves nothing behind. Each upload is used once:
    after a failure the link call uploads again, to another uuid. URLs are requested for the tags under way, and not used when
    they have become too old.
    """

    def __init__(self, batch: BatchContext, leases: RunLeases) -> None:
        self._batch = batch
        self._leases = leases
        self._uploads: dict[Slot, Upload | RowRefused] = {}
        self._spare: dict[UUID, list[tuple[float, Reservation]]] = defaultdict(list)
        self._batcher = Batcher(
            self._upload_batch,
            max_items=MAX_ITEMS,
            first_items=FIRST_ITEMS,
            window_seconds=WINDOW_SECONDS,
            tag_of=lambda image: image.tag,
            under_way=batch.under_way,
        )

    async def upload(self, image: CaptionedImage) -> None:
        """Returns once its captions are uploaded, or the call has failed: then the link call does it, and says why it cannot."""
        if self._slots([image]):
            await self._batcher(image)

    async def _upload_batch(self, images: Sequence[CaptionedImage]) -> Sequence[None]:
        with suppress(EncordError, StoreError):
            await self._batch.in_thread(
                self._leases.for_held, images, self._upload_ahead, tag_of=lambda image: image.tag
            )
        return [None] * len(images)

    def _upload_ahead(self, images: Sequence[CaptionedImage]) -> Sequence[None]:
        self._uploads |= self._put(self._slots(images), self._reserve_ahead)
        return [None] * len(images)

    def _reserve_ahead(self, folder_uuid: UUID, count: int) -> list[Reservation]:
        now = time.time()  # which goes on while the machine is suspended
        spare = [each for each in self._spare[folder_uuid] if each[0] > now]
        if len(spare) < count:
            expected = len(Captioner) * self._images_under_way(folder_uuid)
            reserved = self._batch.project.reserve_text_uploads(folder_uuid, max(count, min(URLS_AT_ONCE, expected)))
            spare += [(now + seconds_valid(each.signed_url) - LEAST_SECONDS_VALID, each) for each in reserved]
        self._spare[folder_uuid] = spare[count:]
        return [reservation for _, reservation in spare[:count]]

    def _images_under_way(self, folder_uuid: UUID) -> int:
        """How many images of the tags under way are in this folder."""
        images = self._batch.snapshot.images
        rows = [images[tag] for tag in tuple(self._batch.under_way) if tag in images]
        return list(self._batch.project.parent_folders(rows).values()).count(folder_uuid)

    def _slots(self, images: Iterable[CaptionedImage]) -> dict[Slot, CaptionedImage]:
        """The captions that are not known to be in Encord already."""
        batch = self._batch
        return {
            (image.tag, captioner): image
            for image in images
            for captioner in Captioner
            if batch.text_row(image.tag, captioner) is None and batch.unlinked_text(image.tag, captioner) is None
        }

    def take(self, slots: Mapping[Slot, CaptionedImage]) -> dict[Slot, Upload | RowRefused]:
        """The uploads for these slots, or why there is none; those made ahead the first time, new ones after that."""
        ahead = {slot: upload for slot in slots if (upload := self._uploads.pop(slot, None))}
        missing = {slot: image for slot, image in slots.items() if slot not in ahead}
        return {**ahead, **self._put(missing, self._batch.project.reserve_text_uploads)}

    def _put(
        self, slots: Mapping[Slot, CaptionedImage], reserve: Callable[[UUID, int], list[Reservation]]
    ) -> dict[Slot, Upload | RowRefused]:
        uploads: dict[Slot, Upload | RowRefused] = {}
        project = self._batch.project
        folder_of = project.parent_folders([image.row for image in slots.values()])
        by_folder: dict[UUID, list[Slot]] = defaultdict(list)
        for slot, image in slots.items():
            if image.row.item_uuid in folder_of:
                by_folder[folder_of[image.row.item_uuid]].append(slot)
            else:
                uploads[slot] = gone(image.row)
        for folder_uuid, in_folder in by_folder.items():
            try:
                reserved = dict(zip(in_folder, reserve(folder_uuid, len(in_folder)), strict=True))
            except RowRefused as refusal:
                uploads |= dict.fromkeys(in_folder, refusal)
                continue
            not_taken = project.put_texts([(reserved[slot], slots[slot].new_text(slot[1])) for slot in in_folder])
            for slot, reservation in reserved.items():
                uploads[slot] = not_taken.get(reservation.item_uuid) or Upload(folder_uuid, reservation)
        return uploads
