"""The bytes of storage items, by signed URLs that are asked for just before they are used."""

from collections.abc import Sequence
from uuid import UUID

import requests
from encord import EncordUserClient
from encord.exceptions import AuthorisationError, ResourceNotFoundError
from encord.storage import StorageItem

from judge_pipeline.encord_project.errors import RowRefused, StorageBusy
from judge_pipeline.encord_project.storage import check_storage, repeated_while_busy, storage_session

MAX_BYTES = 50_000_000
"""OpenAI's limit on the image bytes of one request is 50 MB; nothing larger can ever be described."""

DOWNLOAD_TIMEOUT_SECONDS = 60


def storage_items(client: EncordUserClient, item_uuids: Sequence[str], *, sign: bool) -> dict[str, StorageItem]:
    """The items that exist and are shared with the key, by uuid: one request, or one each when any of them is missing."""
    wanted = list(dict.fromkeys(item_uuids))
    if not wanted:
        return {}
    try:
        return {str(item.uuid): item for item in client.get_storage_items(wanted, sign_url=sign)}
    except (AuthorisationError, ResourceNotFoundError):
        return {uuid: item for uuid in wanted if (item := _storage_item(client, uuid, sign=sign)) is not None}


def _storage_item(client: EncordUserClient, item_uuid: str, *, sign: bool) -> StorageItem | None:
    try:
        return client.get_storage_item(UUID(item_uuid), sign_url=sign)
    except (AuthorisationError, ResourceNotFoundError):
        return None


def download(url: str, *, title: str) -> bytes:
    """What lies behind a signed URL, at most `MAX_BYTES`.

    Raises:
        RowRefused: no answer, an error status, or too large; the URL is never part of the message.
    """
    return repeated_while_busy(lambda: _download(url, title=title))


def _download(url: str, *, title: str) -> bytes:
    try:
        with storage_session().get(url, timeout=DOWNLOAD_TIMEOUT_SECONDS, stream=True) as response:
            check_storage(response, f"the file of {title!r} cannot be downloaded")
            received = bytearray()
            for chunk in response.iter_content(1 << 16):
                received += chunk
                if len(received) > MAX_BYTES:
                    raise RowRefused(
                        f"the file of {title!r} is larger than {MAX_BYTES // 1_000_000} MB, the most that a model takes"
                    )
            return bytes(received)
    except requests.exceptions.RequestException as error:
        raise StorageBusy(f"the file of {title!r} cannot be downloaded: {type(error).__name__}") from None
