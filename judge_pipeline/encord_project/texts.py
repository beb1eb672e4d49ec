"""Captions as plain-text items: reserved, uploaded and registered in batches."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from encord.orm.storage import DataUploadItems, DataUploadText, StorageItemType
from encord.storage import StorageFolder, StorageItem

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.item_metadata import ItemMetadata
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import text_item_title
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.uploads import Reservation, put, register, reserve


@dataclass(frozen=True, slots=True)
class NewText:
    """A text to upload: its title, client metadata and content."""

    title: str
    metadata: Mapping[str, str]
    content: str


def reserve_text_uploads(folder: StorageFolder, count: int) -> list[Reservation]:
    """Reserves `count` text uploads; one request."""
    return reserve(folder, StorageItemType.PLAIN_TEXT, count)


def put_text(reservation: Reservation, content: str) -> None:
    """Uploads one text's bytes to its reservation; may be repeated.

    Raises:
        RowRefused: the storage does not accept it.
    """
    put(reservation, content.encode(), content_type="text/plain", what="a caption")


def register_texts(folder: StorageFolder, texts: Sequence[tuple[Reservation, NewText]]) -> dict[str, RowRefused]:
    """Creates items from uploaded texts; returns the refusal of each that was not created, by item uuid."""
    state = register(
        folder,
        DataUploadItems(
            text=[
                DataUploadText(
                    object_url=reservation.object_key,
                    placeholder_item_uuid=UUID(reservation.item_uuid),
                    title=text.title,
                    client_metadata=dict(text.metadata),
                )
                for reservation, text in texts
            ]
        ),
    )
    created = {str(item.item_uuid) for item in state.items_with_names}
    reason = "; ".join(state.errors)[:300] or state.status.value
    return {
        reservation.item_uuid: RowRefused(f"Encord created no item from {text.title!r}: {reason}")
        for reservation, text in texts
        if reservation.item_uuid not in created
    }


def by_slot(items: Iterable[StorageItem]) -> dict[tuple[Tag, str], list[str]]:
    """The uuids of text items, oldest first, by the Tag and Data Type in their client metadata; items without are left out."""
    found: dict[tuple[Tag, str], list[str]] = defaultdict(list)
    for item in sorted(items, key=lambda item: (item.created_at, str(item.uuid))):
        metadata = ItemMetadata.read(item.client_metadata)
        if metadata.tag and metadata.data_type:
            found[metadata.tag, metadata.data_type].append(str(item.uuid))
    return found


def has_our_title(item: StorageItem) -> bool:
    """Whether the pipeline has uploaded this text: a text of anyone else's that is not linked was unlinked on purpose."""
    tag = ItemMetadata.read(item.client_metadata).tag
    return tag is not None and item.name in {text_item_title(tag=tag, captioner=captioner) for captioner in Captioner}
