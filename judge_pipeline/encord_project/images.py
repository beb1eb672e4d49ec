"""Image files added to a dataset: each uploaded to a storage folder once, and linked."""

import mimetypes
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.orm.storage import DataUploadImage, DataUploadItems, StorageItemType
from encord.storage import StorageFolder

from judge_pipeline.encord_project.connection import Connection, translated_errors
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.retries import with_retries
from judge_pipeline.encord_project.uploads import Reservation, put, register, reserve

UPLOAD_THREADS = 4
"""The SDK's number of upload threads."""

IMAGES_PER_BATCH = 100
"""Reserved, registered and linked together; an interrupted call leaves at most one such batch to look up."""


def add_images(connection: Connection, *, folder_uuid: str, dataset_hash: str, paths: Sequence[Path]) -> dict[str, str]:
    """Uploads image files to a storage folder and links them to a dataset; returns the item uuid of each file name.

    A file whose name already exists in the folder is not uploaded again, so an interrupted call can be repeated.

    Raises:
        RowRefused: a file cannot be uploaded, or Encord creates no item from it; earlier batches stay uploaded and linked.
        EncordError: Encord refused or failed.
    """
    uploader = _ImageUploader(connection, folder_uuid, dataset_hash)
    added: dict[str, str] = {}
    for batch in _batches(paths):
        added |= uploader.add(batch)
    return added


class _ImageUploader:
    """Adds images to one folder and one dataset."""

    def __init__(self, connection: Connection, folder_uuid: str, dataset_hash: str) -> None:
        self._client = connection.client()
        self._domain = connection.domain
        self._folder_uuid = folder_uuid
        self._dataset_hash = dataset_hash
        self._known: dict[str, str] | None = None
        """Item uuids by name; None if unknown, also after the response to an upload was lost."""

    def add(self, paths: Sequence[Path]) -> dict[str, str]:
        """Uploads the files that the folder lacks, links all; returns their item uuids by name."""
        uuids = self._upload_missing(paths)
        self._link([UUID(uuid) for uuid in uuids.values()])
        return uuids

    @with_retries
    def _upload_missing(self, paths: Sequence[Path]) -> dict[str, str]:
        with translated_errors("uploading images", domain=self._domain):
            folder = self._client.get_storage_folder(self._folder_uuid)
            known = self._known
            if known is None:
                known = {item.name: str(item.uuid) for item in folder.list_items(page_size=1000)}
            self._known = None
            if missing := [path for path in paths if path.name not in known]:
                known |= _upload(folder, missing)
            self._known = known
            return {path.name: known[path.name] for path in paths}

    @with_retries
    def _link(self, item_uuids: Sequence[UUID]) -> None:
        with translated_errors("linking images", domain=self._domain):
            dataset = self._client.get_dataset(self._dataset_hash, include_data_rows=False)
            dataset.link_items(list(item_uuids), DataLinkDuplicatesBehavior.SKIP)


def _upload(folder: StorageFolder, paths: Sequence[Path]) -> dict[str, str]:
    reservations = dict(zip(paths, reserve(folder, StorageItemType.IMAGE, len(paths)), strict=True))
    with ThreadPoolExecutor(UPLOAD_THREADS) as pool:
        list(pool.map(_put, reservations.values(), reservations))
    state = register(
        folder,
        DataUploadItems(
            images=[
                DataUploadImage(
                    object_url=reservation.object_key,
                    placeholder_item_uuid=UUID(reservation.item_uuid),
                    title=path.name,
                )
                for path, reservation in reservations.items()
            ]
        ),
    )
    created = {str(item.item_uuid) for item in state.items_with_names}
    if missing := [path.name for path, reservation in reservations.items() if reservation.item_uuid not in created]:
        reason = "; ".join(state.errors)[:300] or state.status.value
        raise RowRefused(f"Encord created no item from {', '.join(map(repr, missing))}: {reason}")
    return {path.name: reservation.item_uuid for path, reservation in reservations.items()}


def _put(reservation: Reservation, path: Path) -> None:
    content_type = mimetypes.guess_type(path.name, strict=False)[0] or "application/octet-stream"
    put(reservation, path.read_bytes(), content_type=content_type, what=repr(path.name))


def _batches(paths: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(paths), IMAGES_PER_BATCH):
        yield paths[start : start + IMAGES_PER_BATCH]
