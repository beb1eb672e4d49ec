"""The three steps of an upload: a place reserved, the bytes put there, an item made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import requests
from encord.orm.storage import DataUploadItems, StorageItemType, UploadLongPollingState
from encord.storage import StorageFolder

from judge_pipeline.encord_project.errors import EncordError, StorageBusy
from judge_pipeline.encord_project.storage import check_storage, repeated_while_busy, storage_session

UPLOAD_TIMEOUT_SECONDS = 60
JOB_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Reservation:
    """A place that Encord keeps for one upload; `item_uuid` will be the item's. The URL is a secret."""

    item_uuid: str
    object_key: str
    signed_url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def reserve(folder: StorageFolder, kind: StorageItemType, count: int) -> list[Reservation]:
    """Places for `count` files; one request. Nothing is visible in Encord until they are filled and registered.

    The SDK's own uploads do the same for a single file, and write its signed URL to the log when they fail; its one private
    method is what makes a batch possible.
    """
    slots = folder._get_upload_signed_urls(kind, count)  # noqa: SLF001
    if len(slots) != count:
        raise EncordError(
            f"Encord reserved {len(slots)} uploads in folder {folder.name!r} where {count} were asked for"
        )
    return [
        Reservation(str(slot.item_uuid), slot.object_key, slot.signed_url, dict(slot.upload_headers or {}))
        for slot in slots
    ]


def put(reservation: Reservation, content: bytes, *, content_type: str, what: str) -> None:
    """Uploads the bytes of `what` to their reserved place; may be repeated.

    Raises:
        RowRefused: the storage does not take them; the URL is never part of the message.
    """
    headers = {"Content-Type": content_type, "Cache-Control": "max-age=86400", **reservation.headers}

    def put_once() -> None:
        try:
            response = storage_session().put(
                reservation.signed_url, data=content, headers=headers, timeout=UPLOAD_TIMEOUT_SECONDS
            )
        except requests.exceptions.RequestException as error:
            raise StorageBusy(f"{what} cannot be uploaded: {type(error).__name__}") from None
        check_storage(response, f"{what} cannot be uploaded")

    repeated_while_busy(put_once)


def register(folder: StorageFolder, items: DataUploadItems) -> UploadLongPollingState:
    """Makes items of uploaded files, as many of them as Encord takes; two requests and as many as the job needs.

    Where an answer was lost, look for what it made before you repeat it. The job alone the SDK itself asks for three times, 10 s
    apart, while the connection fails.
    """
    job = folder.add_private_data_to_folder_start(None, items, ignore_errors=True)  # type: ignore[arg-type]
    return folder.add_private_data_to_folder_get_result(job, timeout_seconds=JOB_TIMEOUT_SECONDS)
