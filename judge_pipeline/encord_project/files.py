"""Storage items and their bytes, through signed URLs requested just before they are used."""

import time
from collections.abc import Sequence

import requests
from encord import EncordUserClient
from encord.exceptions import AuthorisationError, InvalidArgumentsError, PayloadTooLargeError, ResourceNotFoundError
from encord.storage import StorageItem

from judge_pipeline.encord_project.errors import AddressRefused, RowRefused, StorageBusy
from judge_pipeline.encord_project.retries import call_storage
from judge_pipeline.encord_project.storage import body_of, check_storage, checked_session
from judge_pipeline.encord_project.storage_addresses import StorageAddresses

MAX_BYTES = 50_000_000
"""OpenAI accepts at most 50 MB of image bytes per request."""

SILENCE_SECONDS = 60
"""How long a storage may send nothing."""

DOWNLOAD_SECONDS = 300
"""How long a whole file may take: 50 MB at 1.3 Mbit/s."""


def storage_items(client: EncordUserClient, item_uuids: Sequence[str], *, sign: bool) -> dict[str, StorageItem]:
    """The items that exist and are shared with the key, by uuid: one request; if Encord refuses it, one for each half."""
    wanted = list(dict.fromkeys(item_uuids))
    if not wanted:
        return {}
    try:
        return {str(item.uuid): item for item in client.get_storage_items(wanted, sign_url=sign)}
    except (AuthorisationError, ResourceNotFoundError, InvalidArgumentsError, PayloadTooLargeError):
        middle = len(wanted) // 2
        return (
            {}
            if not middle
            else {
                **storage_items(client, wanted[:middle], sign=sign),
                **storage_items(client, wanted[middle:], sign=sign),
            }
        )


def download(url: str, *, addresses: StorageAddresses, title: str, seconds: float = DOWNLOAD_SECONDS) -> bytes:
    """The file behind a signed URL, at most `MAX_BYTES`; redirects are not followed.

    Raises:
        RowRefused: an error status, a redirect, or a file that is too large; the message never contains the URL.
        AddressRefused: it is not at one of the `addresses`.
        StorageBusy: four attempts got no response, or an incomplete one within `seconds`.
    """
    return call_storage(lambda: _download(url, addresses, title=title, seconds=seconds))


def _download(url: str, addresses: StorageAddresses, *, title: str, seconds: float) -> bytes:
    deadline = time.monotonic() + seconds
    too_slow = StorageBusy(f"the file of {title!r} was not downloaded within {seconds:g} s")
    try:
        with checked_session(addresses).get(
            url, timeout=min(SILENCE_SECONDS, seconds), stream=True, allow_redirects=False
        ) as response:
            check_storage(response, f"the file of {title!r} cannot be downloaded")
            received = bytearray()
            for chunk in body_of(response):
                received += chunk
                if time.monotonic() > deadline:
                    raise too_slow
                if len(received) > MAX_BYTES:
                    raise RowRefused(
                        f"the file of {title!r} is larger than {MAX_BYTES // 1_000_000} MB, the limit of the models"
                    )
            return bytes(received)
    except AddressRefused as error:
        raise AddressRefused(f"the file of {title!r} cannot be downloaded: {error}") from None
    except requests.exceptions.RequestException as error:
        if time.monotonic() > deadline:
            raise too_slow from None
        raise StorageBusy(f"the file of {title!r} cannot be downloaded: {type(error).__name__}") from None
