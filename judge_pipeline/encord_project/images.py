"""Image files added to a dataset: each uploaded to a storage folder once, and linked."""

import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.orm.storage import DataUploadImage, DataUploadItems, StorageItemType
from encord.storage import StorageFolder

from judge_pipeline.encord_project.connection import Connection, translated_errors
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.retries import with_retries
from judge_pipeline.encord_project.row_by_row import RowByRow, RowResults
from judge_pipeline.encord_project.uploads import Reservation, put, register, reserve

UPLOAD_THREADS = 4
"""The SDK's number of upload threads."""

IMAGE_TYPES = {".jfif": "image/jpeg", ".jpe": "image/jpeg", ".avif": "image/avif", ".webp": "image/webp"}
"""Of suffixes that the machine's table may lack."""

IMAGES_PER_BATCH = 100
"""Reserved, registered and linked together; an interrupted call leaves at most one such batch to look up."""


def add_images(
    connection: Connection, *, folder_uuid: str, dataset_hash: str | None, files: Mapping[str, Path]
) -> dict[str, str]:
    """Uploads image files, by the names of their items, to a storage folder and links them to a dataset, if one is given.

    Returns the item uuid of each name. A file whose name already exists in the folder is not uploaded again, so an
    interrupted call can be repeated.

    Raises:
        RowRefused: files cannot be uploaded, or Encord creates no item from them; all others are uploaded and linked.
        EncordError: Encord refused or failed.
    """
    uploader = _ImageUploader(connection, folder_uuid, dataset_hash)
    added: dict[str, str] = {}
    for batch in _batches(files):
        added |= uploader.add(batch)
    if uploader.refused:
        raise _summary(list(uploader.refused.values()))
    return added


class _ImageUploader:
    """Adds images to one folder and one dataset."""

    def __init__(self, connection: Connection, folder_uuid: str, dataset_hash: str | None) -> None:
        self._client = connection.client()
        self._domain = connection.domain
        self._folder_uuid = folder_uuid
        self._dataset_hash = dataset_hash
        self._known: dict[str, str] | None = None
        """Item uuids by name; None if unknown, also after the response to an upload was lost."""
        self._row_by_row = RowByRow(connection.domain)
        self.refused: dict[str, RowRefused] = {}
        """Why files have not been added, by name."""

    def add(self, files: Mapping[str, Path]) -> dict[str, str]:
        """Uploads the files that the folder lacks, links all if there is a dataset; returns the item uuids added, by name."""
        uuids = self._upload_missing(files)
        unlinked = self._link(uuids)
        self.refused |= unlinked
        return {name: uuid for name, uuid in uuids.items() if name not in unlinked}

    @with_retries
    def _upload_missing(self, files: Mapping[str, Path]) -> dict[str, str]:
        with translated_errors("uploading images", domain=self._domain):
            folder = self._client.get_storage_folder(self._folder_uuid)
            known = self._known
            if known is None:
                known = {item.name: str(item.uuid) for item in folder.list_items(page_size=1000)}
            self._known = None
            if missing := {name: path for name, path in files.items() if name not in known}:
                results = _upload(folder, missing)
                known |= results.done
                self.refused |= results.refused
            self._known = known
            return {name: known[name] for name in files if name in known}

    @with_retries
    def _link(self, uuids: Mapping[str, str]) -> dict[str, RowRefused]:
        if self._dataset_hash is None:
            return {}
        dataset_hash = self._dataset_hash

        def link(names: Sequence[str]) -> dict[str, None]:
            dataset = self._client.get_dataset(dataset_hash, include_data_rows=False)
            dataset.link_items([UUID(uuids[name]) for name in names], DataLinkDuplicatesBehavior.SKIP)
            return dict.fromkeys(names)

        return self._row_by_row.each("linking images", list(uuids), link).refused


def _summary(refused: Sequence[RowRefused]) -> RowRefused:
    if len(refused) == 1:
        return refused[0]
    first = "; ".join(str(refusal) for refusal in refused[:5])
    return RowRefused(
        f"{len(refused)} files were not added, all others were: {first}{'; …' if len(refused) > 5 else ''}"
    )


def _upload(folder: StorageFolder, files: Mapping[str, Path]) -> RowResults[str, str]:
    """The item uuids of the files by name, and why others have none."""
    reserved = dict(zip(files, reserve(folder, StorageItemType.IMAGE, len(files)), strict=True))
    with ThreadPoolExecutor(UPLOAD_THREADS) as pool:
        problems = list(pool.map(_put, reserved.values(), reserved, files.values()))
    refused = {name: problem for name, problem in zip(files, problems, strict=True) if problem}
    reservations = {name: reservation for name, reservation in reserved.items() if name not in refused}
    if not reservations:
        return RowResults(refused=refused)
    state = register(
        folder,
        DataUploadItems(
            images=[
                DataUploadImage(
                    object_url=reservation.object_key,
                    placeholder_item_uuid=UUID(reservation.item_uuid),
                    title=name,
                )
                for name, reservation in reservations.items()
            ]
        ),
    )
    created = {str(item.item_uuid) for item in state.items_with_names}
    reason = "; ".join(state.errors)[:300] or state.status.value
    results: RowResults[str, str] = RowResults(refused=refused)
    for name, reservation in reservations.items():
        if reservation.item_uuid in created:
            results.done[name] = reservation.item_uuid
        else:
            results.refused[name] = RowRefused(f"Encord created no item from {name!r}: {reason}")
    return results


def _put(reservation: Reservation, name: str, path: Path) -> RowRefused | None:
    guessed = IMAGE_TYPES.get(path.suffix.lower()) or mimetypes.guess_type(name, strict=False)[0]
    try:
        put(reservation, path.read_bytes(), content_type=guessed or "application/octet-stream", what=repr(name))
    except RowRefused as refusal:
        return refusal
    return None


def _batches(files: Mapping[str, Path]) -> Iterator[Mapping[str, Path]]:
    names = list(files)
    for start in range(0, len(names), IMAGES_PER_BATCH):
        yield {name: files[name] for name in names[start : start + IMAGES_PER_BATCH]}
