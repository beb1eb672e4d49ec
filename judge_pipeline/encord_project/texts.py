"""Captions as plain-text items: reserved, uploaded and registered in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from encord.orm.dataset import LongPollingStatus
from encord.orm.storage import DataUploadItems, DataUploadText, StorageItemType
from encord.storage import StorageFolder

from judge_pipeline.encord_project.errors import EncordError
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


def register_texts(folder: StorageFolder, texts: Sequence[tuple[Reservation, NewText]]) -> set[str]:
    """Creates items from uploaded texts; returns the uuids that now exist."""
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
    if state.status is LongPollingStatus.ERROR and not state.items_with_names:
        raise EncordError(f"Encord could not register {len(texts)} captions: {'; '.join(state.errors)[:300]}")
    return {str(item.item_uuid) for item in state.items_with_names}
