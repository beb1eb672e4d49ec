"""The text items of a project and the storage around them: uploaded, found, read, linked, deleted."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from uuid import UUID

from encord import Dataset, EncordUserClient
from encord.exceptions import AuthorisationError
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.orm.storage import StorageItemType
from encord.project import Project
from encord.storage import StorageFolder, StorageItem

from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import Workflow
from judge_pipeline.encord_project import files, texts
from judge_pipeline.encord_project.connection import Connection, translated_errors
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.labels import initialise_labels
from judge_pipeline.encord_project.retries import poll, with_retries
from judge_pipeline.encord_project.row_by_row import RowByRow, RowResults
from judge_pipeline.encord_project.rows import list_editable_rows, list_label_rows, to_rows
from judge_pipeline.encord_project.tasks import SETTLING_SECONDS
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline.encord_project.uploads import Reservation
from judge_pipeline.encord_project.write_guard import before_write

UPLOAD_THREADS = 16
"""For texts of a few hundred bytes to signed URLs, two per image: at 25 ms each, eight threads keep up with 160 images a second."""


class ProjectTexts:
    """The part of an `EncordProject` that is about text items."""

    workflow: Workflow

    def __init__(self, client: EncordUserClient, project: Project, connection: Connection) -> None:
        self._client = client
        self._project = project
        self._connection = connection
        self.domain = connection.domain
        self.row_by_row = RowByRow(connection.domain)
        self._parent_folders: dict[str, UUID] = {}
        self._folders: dict[UUID, StorageFolder] = {}
        self._datasets: dict[str, Dataset] = {}
        self._upload_pool = ThreadPoolExecutor(UPLOAD_THREADS, thread_name_prefix="upload")

    def parent_folders(self, rows: Iterable[ProjectRow]) -> dict[str, UUID]:
        """The parent storage folder of each row's item, by item uuid; those found once are not looked up again."""
        wanted = {row.item_uuid for row in rows}
        with self._errors_during("looking up folders"):
            found = self._items(sorted(wanted - self._parent_folders.keys()))
        self._parent_folders |= {uuid: item.parent_folder_uuid for uuid, item in found.items()}
        return {uuid: self._parent_folders[uuid] for uuid in wanted & self._parent_folders.keys()}

    def read_folder(self, folder_uuid: UUID) -> StorageFolder:
        """The folder as it is now; one request, whose result later calls about its items use too."""
        self._folders[folder_uuid] = folder = self._client.get_storage_folder(folder_uuid)
        return folder

    def folder(self, folder_uuid: UUID) -> StorageFolder:
        """The folder as read before, for calls that need no more of it than its uuid."""
        return self._folders.get(folder_uuid) or self.read_folder(folder_uuid)

    def dataset(self, dataset_hash: str) -> Dataset:
        """The dataset without its rows, as read before: calls need no more of it than its hash."""
        if dataset_hash not in self._datasets:
            self._datasets[dataset_hash] = self._client.get_dataset(dataset_hash, include_data_rows=False)
        return self._datasets[dataset_hash]

    def existing_items(self, item_uuids: Sequence[str]) -> set[str]:
        """The items that exist."""
        with self._errors_during("looking up items"):
            return set(self._items(item_uuids))

    @with_retries
    def created_at(self, item_uuids: Sequence[str]) -> dict[str, datetime]:
        """When items were created, by Encord's clock; deleted items are left out."""
        with self._errors_during("looking up items"):
            return {uuid: item.created_at.astimezone(UTC) for uuid, item in self._items(item_uuids).items()}

    def reserve_text_uploads(self, folder_uuid: UUID, count: int) -> list[Reservation]:
        """Reserves `count` uploads into a folder; nothing is visible yet.

        Raises:
            RowRefused: Encord refuses this folder.
        """

        def reserve(folders: Sequence[UUID]) -> dict[UUID, list[Reservation]]:
            return {folder: texts.reserve_text_uploads(self.folder(folder), count) for folder in folders}

        reserved = self.row_by_row.each("reserving uploads", [folder_uuid], reserve)
        if reserved.refused:
            raise reserved.refused[folder_uuid]
        return reserved.done[folder_uuid]

    def put_texts(self, uploads: Sequence[tuple[Reservation, NewText]]) -> dict[str, RowRefused]:
        """Uploads the bytes of texts, several at once; returns why the storage has not taken some, by their items' uuids."""

        def put(upload: tuple[Reservation, NewText]) -> RowRefused | None:
            reservation, text = upload
            try:
                texts.put_text(reservation, text.content)
            except RowRefused as error:
                return error
            return None

        before_write()
        ends = self._upload_pool.map(put, uploads)
        return {reservation.item_uuid: error for (reservation, _), error in zip(uploads, ends, strict=True) if error}

    def register_texts(
        self, folder_uuid: UUID, uploads: Sequence[tuple[Reservation, NewText]]
    ) -> RowResults[str, Reservation]:
        """Creates items from uploaded texts; the results are by the item's uuid."""
        by_uuid = {upload[0].item_uuid: upload for upload in uploads}

        def register(uuids: Sequence[str]) -> dict[str, Reservation | RowRefused]:
            folder = self.folder(folder_uuid)
            refused = texts.register_texts(folder, [by_uuid[uuid] for uuid in uuids])
            return {uuid: refused.get(uuid) or by_uuid[uuid][0] for uuid in uuids}

        return self.row_by_row.each("registering captions", list(by_uuid), register)

    def delete_texts(self, rows: Iterable[ProjectRow], item_uuids: Sequence[str]) -> dict[str, RowRefused]:
        """Unlinks texts' rows, which ends their tasks, and deletes the storage items; missing ones are skipped.

        Returns why texts are still there, by item uuid.
        """
        by_dataset: dict[str, dict[str, str]] = defaultdict(dict)
        for row in rows:
            by_dataset[row.dataset_hash][row.data_hash] = row.item_uuid
        refused: dict[str, RowRefused] = {}
        for dataset_hash, item_of in by_dataset.items():

            def unlink(data_hashes: Sequence[str], dataset_hash: str = dataset_hash) -> dict[str, None]:
                dataset = self.dataset(dataset_hash)
                before_write()
                dataset.delete_data(list(data_hashes))
                return dict.fromkeys(data_hashes)

            unlinked = self.row_by_row.each("unlinking replaced captions", list(item_of), unlink)
            refused |= {item_of[data_hash]: refusal for data_hash, refusal in unlinked.refused.items()}
        with self._errors_during("looking up replaced captions"):
            items = self._items([uuid for uuid in item_uuids if uuid not in refused])
        by_folder: dict[UUID, list[str]] = defaultdict(list)
        for uuid, item in items.items():
            by_folder[item.parent_folder_uuid].append(uuid)
        for folder_uuid, uuids in by_folder.items():

            def delete(uuids: Sequence[str], folder_uuid: UUID = folder_uuid) -> dict[str, None]:
                self._delete_items(folder_uuid, [UUID(uuid) for uuid in uuids])
                return dict.fromkeys(uuids)

            refused |= self.row_by_row.each("deleting replaced captions", uuids, delete).refused
        return refused

    def read_text(self, row: ProjectRow) -> str:
        """The content of a text item."""
        text = self.read_texts([row.item_uuid]).get(row.item_uuid)
        if text is None:
            raise RowRefused(f"the text item {row.title!r} ({row.item_uuid}) is gone; unlink its row in Encord")
        return text

    def read_texts(self, item_uuids: Sequence[str]) -> dict[str, str]:
        """The contents of text items, by item uuid; deleted items are left out."""
        with self._errors_during("reading texts"):
            items = files.storage_items(self._client, item_uuids, sign=True)
            urls = {uuid: (url, item.name) for uuid, item in items.items() if (url := item.get_signed_url())}
        return {
            uuid: self.download(url, title=name).decode("utf-8", errors="replace") for uuid, (url, name) in urls.items()
        }

    def download(self, url: str, *, title: str) -> bytes:
        """The file behind a signed URL of this Encord; see `files.download`."""
        return files.download(url, addresses=self._connection.storage_addresses, title=title)

    def unlinked_texts(self, folder_uuid: UUID) -> dict[tuple[Tag, str], list[str]]:
        """The texts with our titles in a folder that no dataset has, oldest first, by Tag and Data Type; one request per 1,000.

        None if the key may not see the folder, since it cannot upload there either.
        """

        def listed(folder: StorageFolder) -> dict[tuple[Tag, str], list[str]]:
            found = folder.list_items(is_in_dataset=False, item_types=[StorageItemType.PLAIN_TEXT], page_size=1000)
            return texts.by_slot(item for item in found if texts.has_our_title(item))

        def read(folders: Sequence[UUID]) -> dict[UUID, dict[tuple[Tag, str], list[str]]]:
            return {folder: listed(self.folder(folder)) for folder in folders}

        unlinked = self.row_by_row.each("looking for unlinked captions", [folder_uuid], read, may_stop_the_run=False)
        return unlinked.done.get(folder_uuid, {})

    def link_items(
        self, dataset_hash: str, item_uuids: Sequence[str], *, initialise: bool = False
    ) -> RowResults[str, str]:
        """Links items to a dataset unless they are linked already; the results are data hashes by item uuid.

        An item that has no row in the project after `SETTLING_SECONDS` is refused. `initialise` gives the rows empty sets of
        labels, as opening them in the editor does; a row that is linked and gets none is among both results.
        """

        def link(uuids: Sequence[str]) -> dict[str, str | None]:
            dataset = self.dataset(dataset_hash)
            before_write()
            linked = dataset.link_items([UUID(uuid) for uuid in uuids], DataLinkDuplicatesBehavior.SKIP)
            returned = {str(row.get("backing_item_uuid")): row.uid for row in linked}
            return {uuid: returned.get(uuid) for uuid in uuids}

        results = self.row_by_row.each("linking captions", item_uuids, link)
        if not results.done:
            return RowResults(refused=results.refused)
        known = [data_hash for data_hash in results.done.values() if data_hash is not None]

        def linked_rows() -> dict[str, LabelRowV2]:
            with self._errors_during("looking up linked captions"):
                data_hashes = known if len(known) == len(results.done) else self._hashes_of(results.done)
                listed = {row.data_hash: row for row in list_editable_rows(self._project, data_hashes)}
                rows = to_rows(listed.values(), self.workflow)
            return {row.linked_item: listed[row.data_hash] for row in rows if row.linked_item in results.done}

        found = poll(
            linked_rows,
            until=lambda found: results.done.keys() <= found.keys(),
            timeout_seconds=SETTLING_SECONDS,
            interval_seconds=1.0,
        )
        refused = {
            uuid: RowRefused(
                f"the linked text item {uuid} does not appear in the project; is its dataset attached to the project?"
            )
            for uuid in results.done.keys() - found.keys()
        }
        if initialise:
            new = {row.data_hash: row for row in found.values() if row.label_hash is None}
            uninitialised = initialise_labels(self._project, new, self.row_by_row)
            refused |= {
                uuid: uninitialised[row.data_hash] for uuid, row in found.items() if row.data_hash in uninitialised
            }
        return RowResults({uuid: row.data_hash for uuid, row in found.items()}, results.refused | refused)

    def _hashes_of(self, item_uuids: Container[str]) -> list[str]:
        rows = to_rows(list_label_rows(self._project), self.workflow)
        return [row.data_hash for row in rows if row.linked_item in item_uuids]

    def _delete_items(self, folder_uuid: UUID, uuids: Sequence[UUID]) -> None:
        try:
            folder = self.folder(folder_uuid)
            before_write()
            folder.delete_storage_items(list(uuids))
        except AuthorisationError:  # also raised for items deleted since the lookup
            if self._items(map(str, uuids)):
                raise

    def _items(self, item_uuids: Iterable[str]) -> dict[str, StorageItem]:
        return files.storage_items(self._client, list(item_uuids), sign=False)

    def _errors_during(self, action: str) -> AbstractContextManager[None]:
        return translated_errors(action, domain=self.domain)
