"""Captions as plain-text items: reserved, uploaded and linked, many in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import requests
from encord.orm.dataset import LongPollingStatus
from encord.orm.storage import DataUploadItems, DataUploadText, StorageItemType
from encord.storage import StorageFolder

from judge_pipeline.encord_project.errors import EncordError, StorageBusy
from judge_pipeline.encord_project.storage import check_storage, repeated_while_busy, storage_session

UPLOAD_TIMEOUT_SECONDS = 60
JOB_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class NewText:
    """A text that is to become an item: its title, client metadata and content."""

    title: str
    metadata: Mapping[str, str]
    content: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """A place that Encord keeps for one upload; `item_uuid` will be the item's. The URL is a secret."""

    item_uuid: str
    object_key: str
    signed_url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def reserve_texts(folder: StorageFolder, count: int) -> list[Reservation]:
    """Places for `count` texts; one request. Nothing is visible in Encord until they are filled and registered.

    The SDK's own `upload_text` does the same for a single text; its one private method is what makes a batch possible.
    """
    slots = folder._get_upload_signed_urls(StorageItemType.PLAIN_TEXT, count)  # noqa: SLF001
    if len(slots) != count:
        raise EncordError(
            f"Encord reserved {len(slots)} uploads in folder {folder.name!r} where {count} were asked for"
        )
    return [
        Reservation(str(slot.item_uuid), slot.object_key, slot.signed_url, dict(slot.upload_headers or {}))
        for slot in slots
    ]


def put_text(reservation: Reservation, content: str) -> None:
    """Uploads one text's bytes to its reserved place; may be repeated.

    Raises:
        RowRefused: the storage does not take it; the URL is never part of the message.
    """
    headers = {"Content-Type": "text/plain", "Cache-Control": "max-age=86400", **reservation.headers}

    def put() -> None:
        try:
            response = storage_session().put(
                reservation.signed_url, data=content.encode(), headers=headers, timeout=UPLOAD_TIMEOUT_SECONDS
            )
        except requests.exceptions.RequestException as error:
            raise StorageBusy(f"a caption cannot be uploaded: {type(error).__name__}") from None
        check_storage(response, "a caption cannot be uploaded")

    repeated_while_busy(put)


def register_texts(folder: StorageFolder, texts: Sequence[tuple[Reservation, NewText]]) -> set[str]:
    """Makes items of uploaded texts; two requests and as many as the job needs. Returns the uuids that now exist."""
    uploads = DataUploadItems(
        text=[
            DataUploadText(
                object_url=reservation.object_key,
                placeholder_item_uuid=UUID(reservation.item_uuid),
                title=text.title,
                client_metadata=dict(text.metadata),
            )
            for reservation, text in texts
        ]
    )
    job = folder.add_private_data_to_folder_start(None, uploads, ignore_errors=True)  # type: ignore[arg-type]
    state = folder.add_private_data_to_folder_get_result(job, timeout_seconds=JOB_TIMEOUT_SECONDS)
    if state.status is LongPollingStatus.ERROR and not state.items_with_names:
        raise EncordError(f"Encord could not register {len(texts)} captions: {'; '.join(state.errors)[:300]}")
    return {str(item.item_uuid) for item in state.items_with_names}
