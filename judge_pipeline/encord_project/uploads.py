"""The three steps of an upload: reserve it, put the bytes, register an item."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import requests
from encord.orm.storage import DataUploadItems, StorageItemType, UploadLongPollingState
from encord.storage import StorageFolder

from judge_pipeline.encord_project.errors import EncordError, StorageBusy
from judge_pipeline.encord_project.retries import call_storage
from judge_pipeline.encord_project.storage import check_storage, storage_session
from judge_pipeline.encord_project.write_guard import before_write

UPLOAD_TIMEOUT_SECONDS = 60
JOB_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Reservation:
    """One reserved upload; `item_uuid` will be the item's uuid. The URL is a secret."""

    item_uuid: str
    object_key: str
    signed_url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def reserve(folder: StorageFolder, kind: StorageItemType, count: int) -> list[Reservation]:
    """Reserves `count` uploads; one request. Nothing is visible in Encord until they are put and registered.

    The SDK's public uploads handle a single file, and log its signed URL when they fail; only this private method
    reserves a batch.
    """
    before_write()
    slots = folder._get_upload_signed_urls(kind, count)  # noqa: SLF001
    if len(slots) != count:
        raise EncordError(
            f"Encord reserved {len(slots)} uploads in folder {folder.name!r}, expected {count}; try again"
        )
    return [
        Reservation(str(slot.item_uuid), slot.object_key, slot.signed_url, dict(slot.upload_headers or {}))
        for slot in slots
    ]


def put(reservation: Reservation, content: bytes, *, content_type: str, what: str) -> None:
    """Uploads bytes to their reservation; may be repeated. `what` names them in error messages.

    Raises:
        RowRefused: the storage does not accept them; the message never contains the URL.
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

    call_storage(put_once)


def register(folder: StorageFolder, items: DataUploadItems) -> UploadLongPollingState:
    """Creates items from uploaded files, as many as Encord accepts; two requests plus the polling of the job.

    After a lost response, look up the created items before repeating this. Only the polling is retried by the SDK: three
    times, 10 s apart, while the connection fails.
    """
    before_write()
    job = folder.add_private_data_to_folder_start(None, items, ignore_errors=True)  # type: ignore[arg-type]
    return folder.add_private_data_to_folder_get_result(job, timeout_seconds=JOB_TIMEOUT_SECONDS)
