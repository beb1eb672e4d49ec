"""An Encord project as the pipeline uses it: every call takes many rows at once and is safe to repeat."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from uuid import UUID

from encord import EncordUserClient
from encord.exceptions import AuthorisationError
from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.orm.storage import FoldersSortBy, StorageItemType
from encord.project import Project
from encord.storage import StorageFolder, StorageItem

from judge_pipeline.domain.captioner import DataType
from judge_pipeline.domain.classification_answer import ClassificationAnswer
from judge_pipeline.domain.correction import FoundLabel
from judge_pipeline.domain.item_metadata import tag_metadata, unset_keys
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import Ontology
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.tag import Tag, is_made, tag_for
from judge_pipeline.domain.workflow import SEED_TITLES, Stage, StageKind, WorkflowTitles
from judge_pipeline.encord_project import files, labels, stages, tasks, texts
from judge_pipeline.encord_project.connection import Connection, translated_errors
from judge_pipeline.encord_project.errors import ProjectMismatch, RowRefused
from judge_pipeline.encord_project.final_choices import FinalChoices
from judge_pipeline.encord_project.folder_marker import FolderMarker
from judge_pipeline.encord_project.judge_labels import read_judge_labels
from judge_pipeline.encord_project.labels import IsPersons, UnsavedRows
from judge_pipeline.encord_project.retries import call_with_retries, poll, with_retries
from judge_pipeline.encord_project.row_by_row import RowByRow, RowResults
from judge_pipeline.encord_project.rows import garbage_collection_paused, gone, list_label_rows, to_rows
from judge_pipeline.encord_project.tasks import SETTLING_SECONDS
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline.encord_project.uploads import Reservation
from judge_pipeline.encord_project.watched_writes import add_metadata
from judge_pipeline.encord_project.write_guard import before_write

UPLOAD_THREADS = 8
"""For texts of a few hundred bytes to signed URLs; the SDK uses four threads."""


class EncordProject:
    """One project, opened and checked. Thread-safe: the SDK opens a session per call."""

    def __init__(
        self, client: EncordUserClient, project: Project, connection: Connection, titles: WorkflowTitles
    ) -> None:
        self._client = client
        self._project = project
        self._connection = connection
        self._row_by_row = RowByRow(connection.domain)
        self._parent_folders: dict[str, UUID] = {}
        self._upload_pool = ThreadPoolExecutor(UPLOAD_THREADS, thread_name_prefix="upload")
        self.project_hash = str(project.project_hash)
        self.title = project.title
        self.workflow = stages.read_workflow(project, titles)
        ontology = client.get_ontology(project.ontology_hash)
        self.ontology = Ontology.read(ontology.title, ontology.structure.to_dict())

    @classmethod
    def open(cls, connection: Connection, project_hash: str, titles: WorkflowTitles = SEED_TITLES) -> "EncordProject":
        """Opens a project and checks that its workflow has the three agent stages and their pathways, with these titles.

        Raises:
            EncordUnusable: says what was expected, what was found and what to do.
        """
        try:
            UUID(project_hash)
        except ValueError:
            raise ProjectMismatch(
                f"ENCORD_PROJECT_HASH is {project_hash!r}, expected a project id such as 0f1d2c3b-…; copy it from the project's URL"
            ) from None
        client = connection.client()

        def opened() -> "EncordProject":
            with translated_errors(f"opening project {project_hash}", domain=connection.domain):
                return cls(client, client.get_project(project_hash), connection, titles)

        return call_with_retries(opened)

    @property
    def inactive_reason(self) -> str | None:
        """Why no run may work on the project, by its status when it was opened; None if runs may."""
        return stages.inactive_reason(self._project)

    def check_active(self) -> None:
        """Checks, without a request, that runs may work on the project.

        Raises:
            ProjectInactive: it is paused, cancelled or archived.
        """
        stages.check_active(self._project)

    def check_review(self) -> None:
        """Checks, without a request, that people can decide in this project.

        Raises:
            ProjectMismatch: its workflow has no review stage.
        """
        tasks.review_stages(self._project, self.workflow)

    def item_url(self, data_hash: str) -> str:
        """The URL of this data unit in Encord's label editor."""
        return f"{self._connection.app_url}/label_editor/{self.project_hash}/{data_hash}"

    @with_retries
    def snapshot(self, *, stage: Stage | None = None, edited_after: datetime | None = None) -> ProjectSnapshot:
        """All current rows, or those in a stage, or those saved since a time; one request as a rule."""
        title = None if stage is None else stage.title
        with self._errors_during("listing the project's rows"), garbage_collection_paused():
            listed = list_label_rows(self._project, stage_title=title, edited_after=edited_after)
            rows = to_rows(listed, self.workflow)
            snapshot = ProjectSnapshot.of(rows, project_hash=self.project_hash)
            foreign = self._tagged_by_other_projects(snapshot.images)
            return replace(snapshot, conflicts={**foreign, **snapshot.conflicts}) if foreign else snapshot

    def _tagged_by_other_projects(self, images: Mapping[Tag, ProjectRow]) -> dict[Tag, str]:
        """Why images whose Tag another of the key's projects has made are refused; a request only if a Tag may be one."""
        made = {
            tag: row
            for tag, row in images.items()
            if is_made(tag) and tag != tag_for(project_hash=self.project_hash, item_uuid=row.item_uuid)
        }
        if not made:
            return {}
        others = [found["project"] for found in self._client.get_projects()]
        return {
            tag: f"{row.title!r} has the Tag that project {other.title!r} ({other.project_hash}) has given it, and its captions "
            "and metadata would serve both; add a copy of the image here, or remove its Tag in Encord once that project is done"
            for tag, row in made.items()
            for other in others
            if tag == tag_for(project_hash=str(other.project_hash), item_uuid=row.item_uuid)
        }

    @with_retries
    def row(self, data_hash: str) -> ProjectRow | None:
        """One current row; None if the project has no such image or text."""
        return self.rows([data_hash]).get(data_hash)

    def rows(self, data_hashes: Sequence[str]) -> dict[str, ProjectRow]:
        """These current rows by data hash; rows that are gone are left out."""
        with self._errors_during("looking up rows"):
            return {row.data_hash: row for row in to_rows(list_label_rows(self._project, data_hashes), self.workflow)}

    def signed_urls(self, rows: Iterable[ProjectRow]) -> RowResults[str, str]:
        """Signed URLs of items, by item uuid; deleted items are left out."""

        def sign(uuids: Sequence[str]) -> dict[str, str]:
            items = files.storage_items(self._client, list(uuids), sign=True)
            return {uuid: url for uuid, item in items.items() if (url := item.get_signed_url())}

        uuids = list(dict.fromkeys(row.item_uuid for row in rows))
        return self._row_by_row.each("requesting signed URLs", uuids, sign, may_stop_the_run=False)

    def set_tags(self, images: Mapping[Tag, ProjectRow]) -> dict[Tag, RowRefused]:
        """Sets `Tag` and `Data Type` in the client metadata of images that lack them; other keys stay.

        Returns why images have not got theirs.
        """

        def write(tags: Sequence[Tag]) -> dict[Tag, RowRefused | None]:
            uuids = {tag: images[tag].item_uuid for tag in tags}
            items = self._items(list(uuids.values()))
            missing = {
                uuid: unset_keys(items[uuid].client_metadata or {}, tag_metadata(tag, DataType.IMAGE))
                for tag, uuid in uuids.items()
                if uuid in items
            }
            changed = {uuid: items[uuid] for uuid in missing if missing[uuid]}
            refused: dict[str, RowRefused] = {
                uuid: gone(images[tag]) for tag, uuid in uuids.items() if uuid not in items
            }
            unsettled = add_metadata(self._project, changed, missing, self._items)
            refused |= {uuid: RowRefused(reason) for uuid, reason in unsettled.items()}
            return {tag: refused.get(uuid) for tag, uuid in uuids.items()}

        return self._row_by_row.each("writing client metadata", list(images), write).refused

    def parent_folders(self, rows: Iterable[ProjectRow]) -> dict[str, UUID]:
        """The parent storage folder of each row's item, by item uuid; those found once are not looked up again."""
        wanted = {row.item_uuid for row in rows}
        with self._errors_during("looking up folders"):
            found = self._items(sorted(wanted - self._parent_folders.keys()))
        self._parent_folders |= {uuid: item.parent_folder_uuid for uuid, item in found.items()}
        return {uuid: self._parent_folders[uuid] for uuid in wanted & self._parent_folders.keys()}

    def folder_marker(self, folder_uuid: UUID) -> FolderMarker:
        """The marker of this project in a folder; nothing is sent yet."""
        key = f"judge_pipeline {self.project_hash}"
        return FolderMarker(self._client, folder_uuid, key=key, domain=self._connection.domain)

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
            return {
                folder: texts.reserve_text_uploads(self._client.get_storage_folder(folder), count) for folder in folders
            }

        reserved = self._row_by_row.each("reserving uploads", [folder_uuid], reserve)
        if reserved.refused:
            raise reserved.refused[folder_uuid]
        return reserved.done[folder_uuid]

    def upload_texts(
        self, folder_uuid: UUID, uploads: Sequence[tuple[Reservation, NewText]]
    ) -> RowResults[str, Reservation]:
        """Uploads and registers texts; the results are by the item's uuid."""
        by_uuid = {upload[0].item_uuid: upload for upload in uploads}

        def put(uuid: str) -> RowRefused | None:
            reservation, text = by_uuid[uuid]
            try:
                texts.put_text(reservation, text.content)
            except RowRefused as error:
                return error
            return None

        def register(uuids: Sequence[str]) -> dict[str, Reservation | RowRefused]:
            folder = self._client.get_storage_folder(folder_uuid)
            refused = texts.register_texts(folder, [by_uuid[uuid] for uuid in uuids])
            return {uuid: refused.get(uuid) or by_uuid[uuid][0] for uuid in uuids}

        before_write()
        refused = {
            uuid: error for uuid, error in zip(by_uuid, self._upload_pool.map(put, by_uuid), strict=True) if error
        }
        results = self._row_by_row.each(
            "registering captions", [uuid for uuid in by_uuid if uuid not in refused], register
        )
        return RowResults(results.done, results.refused | refused)

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
                dataset = self._client.get_dataset(dataset_hash, include_data_rows=False)
                before_write()
                dataset.delete_data(list(data_hashes))
                return dict.fromkeys(data_hashes)

            unlinked = self._row_by_row.each("unlinking replaced captions", list(item_of), unlink)
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

            refused |= self._row_by_row.each("deleting replaced captions", uuids, delete).refused
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
            uuid: files.download(url, title=name).decode("utf-8", errors="replace")
            for uuid, (url, name) in urls.items()
        }

    def unlinked_texts(self, folder_uuid: UUID) -> dict[tuple[Tag, str], list[str]]:
        """The texts with our titles in a folder that no dataset has, oldest first, by Tag and Data Type; one request per 1,000."""

        def listed(folder: StorageFolder) -> Iterable[StorageItem]:
            found = folder.list_items(is_in_dataset=False, item_types=[StorageItemType.PLAIN_TEXT], page_size=1000)
            return [item for item in found if texts.has_our_title(item)]

        return self._texts_in(folder_uuid, "looking for unlinked captions", listed)

    def texts_created_since(self, folder_uuid: UUID, moment: datetime) -> dict[tuple[Tag, str], list[str]]:
        """The linked texts created in a folder since then by Encord's clock, by Tag and Data Type; one request per 1,000."""

        def listed(folder: StorageFolder) -> Iterable[StorageItem]:
            newest_first = folder.list_items(
                is_in_dataset=True,
                item_types=[StorageItemType.PLAIN_TEXT],
                order=FoldersSortBy.CREATED_AT,
                desc=True,
                page_size=1000,
            )
            return takewhile(lambda item: item.created_at.astimezone(UTC) >= moment, newest_first)

        return self._texts_in(folder_uuid, "looking for new captions", listed)

    def _texts_in(
        self, folder_uuid: UUID, action: str, listed: Callable[[StorageFolder], Iterable[StorageItem]]
    ) -> dict[tuple[Tag, str], list[str]]:
        """The listed texts by Tag and Data Type; none if the key may not see the folder, since it cannot upload there either."""

        def read(folders: Sequence[UUID]) -> dict[UUID, dict[tuple[Tag, str], list[str]]]:
            return {folder: texts.by_slot(listed(self._client.get_storage_folder(folder))) for folder in folders}

        return self._row_by_row.each(action, [folder_uuid], read, may_stop_the_run=False).done.get(folder_uuid, {})

    @with_retries
    def judge_labels(self, rows: Iterable[ProjectRow], roles: JudgeOntology) -> dict[str, tuple[FoundLabel, ...]]:
        """The judge's labels on rows that have any, by data hash; one request per 500 rows. Unreadable rows are left out."""

        def read(label_hashes: Sequence[str]) -> dict[str, tuple[FoundLabel, ...]]:
            return read_judge_labels(self._project, label_hashes, roles)

        label_hashes = [row.label_hash for row in rows if row.label_hash]
        return self._row_by_row.each("reading the judge's labels", label_hashes, read, may_stop_the_run=False).done

    @with_retries
    def download_files(self, rows: Sequence[ProjectRow]) -> dict[str, bytes]:
        """The files of items, by item uuid: one request for all URLs, one download per item.

        Raises:
            RowRefused: an item is gone or unreadable.
        """
        urls = self.signed_urls(rows).done
        if missing := [row.title for row in rows if row.item_uuid not in urls]:
            raise RowRefused(f"the items of {', '.join(map(repr, missing))} are gone; unlink their rows in Encord")
        return {row.item_uuid: files.download(urls[row.item_uuid], title=row.title) for row in rows}

    def link_items(self, dataset_hash: str, item_uuids: Sequence[str]) -> RowResults[str, str]:
        """Links items to a dataset unless they are linked already; the results are data hashes by item uuid.

        An item that has no row in the project after `SETTLING_SECONDS` is refused.
        """

        def link(uuids: Sequence[str]) -> dict[str, str | None]:
            dataset = self._client.get_dataset(dataset_hash, include_data_rows=False)
            before_write()
            linked = dataset.link_items([UUID(uuid) for uuid in uuids], DataLinkDuplicatesBehavior.SKIP)
            returned = {str(row.get("backing_item_uuid")): row.uid for row in linked}
            return {uuid: returned.get(uuid) for uuid in uuids}

        results = self._row_by_row.each("linking captions", item_uuids, link)
        if not results.done:
            return RowResults(refused=results.refused)
        known = [data_hash for data_hash in results.done.values() if data_hash is not None]
        data_hashes = known if len(known) == len(results.done) else None

        def linked_rows() -> dict[str, str]:
            with self._errors_during("looking up linked captions"):
                rows = to_rows(list_label_rows(self._project, data_hashes), self.workflow)
            return {row.item_uuid: row.data_hash for row in rows if row.item_uuid in results.done}

        found = poll(
            linked_rows,
            until=lambda found: results.done.keys() <= found.keys(),
            timeout_seconds=SETTLING_SECONDS,
            interval_seconds=1.0,
        )
        missing = {
            uuid: RowRefused(
                f"the linked text item {uuid} does not appear in the project; is its dataset attached to the project?"
            )
            for uuid in results.done.keys() - found.keys()
        }
        return RowResults(found, results.refused | missing)

    def initialise_labels(self, data_hashes: Sequence[str]) -> Mapping[str, RowRefused]:
        """Gives rows without labels an empty set, as opening them in the editor does; returns why rows have got none."""
        with self._errors_during("initialising label rows"):
            listed = list_label_rows(self._project, data_hashes)
        without = {row.data_hash: row for row in listed if row.label_hash is None}
        return labels.initialise_labels(self._project, without, self._row_by_row)

    def move_tasks(self, data_hashes: Sequence[str], stages: Sequence[StageKind]) -> dict[str, str]:
        """Moves rows through these agent stages in order; returns the stage title of each row still in one of them.

        Rows already past them stay where they are. Missing tasks are awaited for up to `SETTLING_SECONDS`.
        """
        with self._errors_during("moving tasks"):
            return tasks.proceed(self._project, self.workflow, data_hashes, stages, self._row_by_row)

    @with_retries
    def approve(self, data_hashes: Sequence[str]) -> dict[str, str]:
        """Approves rows in review; returns the stage title of each row still there after `APPROVAL_SECONDS`."""
        with self._errors_during("approving tasks"):
            return tasks.approve(self._project, self.workflow, data_hashes, self._row_by_row)

    def reopen_for_judge(self, data_hashes: Sequence[str]) -> None:
        """Moves finished rows back to the judge's stage; the others stay where they are."""
        with self._errors_during("reopening finished tasks"):
            tasks.reopen_for_judge(self._project, self.workflow, data_hashes, self._row_by_row)

    @with_retries
    def reopen_for_review(self, data_hashes: Sequence[str]) -> None:
        """Moves completed rows back to review; the others stay where they are."""
        with self._errors_during("reopening tasks for review"):
            tasks.reopen_for_review(self._project, self.workflow, data_hashes, self._row_by_row)

    def save_answers(
        self,
        answers: Mapping[str, Sequence[ClassificationAnswer]],
        *,
        cleared: Sequence[str] = (),
        is_persons: IsPersons = lambda _, label: label.is_persons,
    ) -> UnsavedRows:
        """Replaces each row's answers, by data hash; all other labels stay, also those that others save meanwhile.

        `cleared` holds feature hashes of classifications whose earlier answer is removed even without a new one. What is a
        person's answer, by `is_persons`, stays. Rows that a person has finished are skipped.
        """
        with self._errors_during("saving judgements"):
            return labels.save_answers(
                self._project,
                self.workflow,
                answers,
                cleared,
                self._row_by_row,
                ontology=self.ontology,
                is_persons=is_persons,
            )

    @property
    def final_choices(self) -> FinalChoices:
        """The Final Choices on the project's rows."""
        return FinalChoices(self._project, self.workflow, self._row_by_row, self._errors_during)

    def _delete_items(self, folder_uuid: UUID, uuids: Sequence[UUID]) -> None:
        try:
            folder = self._client.get_storage_folder(folder_uuid)
            before_write()
            folder.delete_storage_items(list(uuids))
        except AuthorisationError:  # also raised for items deleted since the lookup
            if self._items(map(str, uuids)):
                raise

    def _items(self, item_uuids: Iterable[str]) -> dict[str, StorageItem]:
        return files.storage_items(self._client, list(item_uuids), sign=False)

    def _errors_during(self, action: str) -> AbstractContextManager[None]:
        return translated_errors(action, domain=self._connection.domain)
