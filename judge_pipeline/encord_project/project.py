"""An Encord project as the pipeline uses it: every call takes many rows at once and is safe to repeat."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from uuid import UUID

from encord import EncordUserClient
from encord.exceptions import AuthorisationError
from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.project import Project
from encord.storage import StorageItem

from judge_pipeline.domain.captioner import DataType
from judge_pipeline.domain.classification_answer import ClassificationAnswer
from judge_pipeline.domain.item_metadata import tag_metadata, unset_keys
from judge_pipeline.domain.ontology import Ontology
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import SEED_TITLES, Stage, StageKind, WorkflowTitles
from judge_pipeline.encord_project import files, labels, stages, tasks, texts
from judge_pipeline.encord_project.connection import Connection, translated_errors
from judge_pipeline.encord_project.errors import ProjectMismatch, RowRefused
from judge_pipeline.encord_project.final_choices import FinalChoices
from judge_pipeline.encord_project.retries import call_with_retries, poll, with_retries
from judge_pipeline.encord_project.row_by_row import RowByRow
from judge_pipeline.encord_project.rows import garbage_collection_paused, list_label_rows, to_rows
from judge_pipeline.encord_project.tasks import SETTLING_SECONDS
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline.encord_project.uploads import Reservation
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
        self._rows = RowByRow(connection.domain)
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
        """All current rows, or those in a stage, or those saved since a time; one request."""
        title = None if stage is None else stage.title
        with self._errors_during("listing the project's rows"), garbage_collection_paused():
            listed = list_label_rows(self._project, stage_title=title, edited_after=edited_after)
            rows = to_rows(listed, self.workflow)
            return ProjectSnapshot.of(rows, project_hash=self.project_hash)

    @with_retries
    def row(self, data_hash: str) -> ProjectRow | None:
        """One current row; None if the project has no such image or text."""
        with self._errors_during("looking up a row"):
            return next(iter(to_rows(list_label_rows(self._project, [data_hash]), self.workflow)), None)

    def signed_urls(self, rows: Iterable[ProjectRow]) -> dict[str, str]:
        """Signed URLs of items, by item uuid; deleted items are left out."""
        with self._errors_during("requesting signed URLs"):
            items = files.storage_items(self._client, [row.item_uuid for row in rows], sign=True)
            return {uuid: url for uuid, item in items.items() if (url := item.get_signed_url())}

    def set_tags(self, images: Mapping[Tag, ProjectRow]) -> dict[Tag, RowRefused]:
        """Sets `Tag` and `Data Type` in the client metadata of images that lack them; other keys stay.

        Returns why images have not got theirs.
        """
        with self._errors_during("reading client metadata"):
            items = self._items([row.item_uuid for row in images.values()])
        refused = {tag: _gone(row) for tag, row in images.items() if row.item_uuid not in items}

        def write(tags: Sequence[Tag]) -> dict[Tag, None]:
            with self._project.create_bundle() as bundle:
                for tag in tags:
                    item = items[images[tag].item_uuid]
                    present = item.client_metadata or {}
                    if missing := unset_keys(present, tag_metadata(tag, DataType.IMAGE)):
                        item.update(client_metadata={**present, **missing}, bundle=bundle)
                before_write()
            return dict.fromkeys(tags)

        found = [tag for tag in images if tag not in refused]
        return refused | self._rows.each("writing client metadata", found, write).refused

    def parent_folders(self, rows: Iterable[ProjectRow]) -> dict[str, UUID]:
        """The parent storage folder of each row's item, by item uuid."""
        with self._errors_during("looking up folders"):
            return {
                uuid: item.parent_folder_uuid for uuid, item in self._items([row.item_uuid for row in rows]).items()
            }

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
        """Reserves `count` uploads into a folder; nothing is visible yet."""
        with self._errors_during("reserving uploads"):
            return texts.reserve_text_uploads(self._client.get_storage_folder(folder_uuid), count)

    def upload_texts(self, folder_uuid: UUID, uploads: Sequence[tuple[Reservation, NewText]]) -> set[str]:
        """Uploads and registers texts; returns the uuids of the items that now exist.

        Raises:
            RowRefused: the storage accepts none of them.
        """
        refused: list[RowRefused] = []

        def put(upload: tuple[Reservation, NewText]) -> bool:
            try:
                texts.put_text(upload[0], upload[1].content)
            except RowRefused as error:
                refused.append(error)
                return False
            return True

        with self._errors_during("uploading captions"):
            before_write()
            is_put = list(self._upload_pool.map(put, uploads))
            if refused and not any(is_put):
                raise refused[0]
            accepted = [upload for upload, ok in zip(uploads, is_put, strict=True) if ok]
            return texts.register_texts(self._client.get_storage_folder(folder_uuid), accepted)

    def delete_texts(self, rows: Iterable[ProjectRow], item_uuids: Sequence[str]) -> None:
        """Unlinks texts' rows, which ends their tasks, and deletes the storage items; missing ones are skipped."""
        by_dataset: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            by_dataset[row.dataset_hash].append(row.data_hash)
        with self._errors_during("deleting replaced captions"):
            for dataset_hash, data_hashes in by_dataset.items():
                dataset = self._client.get_dataset(dataset_hash, include_data_rows=False)
                before_write()
                dataset.delete_data(data_hashes)
            by_folder: dict[UUID, list[UUID]] = defaultdict(list)
            for uuid, item in self._items(item_uuids).items():
                by_folder[item.parent_folder_uuid].append(UUID(uuid))
            for folder_uuid, uuids in by_folder.items():
                self._delete_items(folder_uuid, uuids)

    def read_text(self, row: ProjectRow) -> str:
        """The content of a text item."""
        url = self.signed_urls([row]).get(row.item_uuid)
        if url is None:
            raise RowRefused(f"the text item {row.title!r} ({row.item_uuid}) is gone; unlink its row in Encord")
        return files.download(url, title=row.title).decode("utf-8", errors="replace")

    @with_retries
    def download_files(self, rows: Sequence[ProjectRow]) -> dict[str, bytes]:
        """The files of items, by item uuid: one request for all URLs, one download per item.

        Raises:
            RowRefused: an item is gone or unreadable.
        """
        urls = self.signed_urls(rows)
        if gone := [row.title for row in rows if row.item_uuid not in urls]:
            raise RowRefused(f"the items of {', '.join(map(repr, gone))} are gone; unlink their rows in Encord")
        return {row.item_uuid: files.download(urls[row.item_uuid], title=row.title) for row in rows}

    def link_items(self, dataset_hash: str, item_uuids: Sequence[str]) -> dict[str, str]:
        """Links items to a dataset unless they are linked already. Returns each data hash by item uuid.

        Raises:
            RowRefused: a linked item has no row in the project after `SETTLING_SECONDS`.
        """
        with self._errors_during("linking captions"):
            dataset = self._client.get_dataset(dataset_hash, include_data_rows=False)
            before_write()
            linked = dataset.link_items([UUID(uuid) for uuid in item_uuids], DataLinkDuplicatesBehavior.SKIP)
        wanted = set(item_uuids)
        returned = {str(row.get("backing_item_uuid")): row.uid for row in linked}
        data_hashes = [returned[uuid] for uuid in item_uuids] if wanted <= returned.keys() else None

        def linked_rows() -> dict[str, str]:
            with self._errors_during("looking up linked captions"):
                rows = to_rows(list_label_rows(self._project, data_hashes), self.workflow)
            return {row.item_uuid: row.data_hash for row in rows if row.item_uuid in wanted}

        found = poll(
            linked_rows,
            until=lambda found: wanted <= found.keys(),
            timeout_seconds=SETTLING_SECONDS,
            interval_seconds=1.0,
        )
        if missing := wanted - found.keys():
            raise RowRefused(
                f"{len(missing)} linked captions do not appear in the project; is the dataset attached to it?"
            )
        return found

    def initialise_labels(self, data_hashes: Sequence[str]) -> None:
        """Gives rows without labels an empty set, as opening them in the editor does."""
        with self._errors_during("initialising label rows"):
            label_rows = [row for row in list_label_rows(self._project, data_hashes) if row.label_hash is None]
            with self._project.create_bundle() as bundle:
                for label_row in label_rows:
                    label_row.initialise_labels(bundle=bundle)
                before_write()

    def move_tasks(self, data_hashes: Sequence[str], stages: Sequence[StageKind]) -> dict[str, str]:
        """Moves rows through these agent stages in order; returns the stage title of each row still in one of them.

        Rows already past them stay where they are. Missing tasks are awaited for up to `SETTLING_SECONDS`.
        """
        with self._errors_during("moving tasks"):
            return tasks.proceed(self._project, self.workflow, data_hashes, stages)

    @with_retries
    def approve(self, data_hashes: Sequence[str]) -> dict[str, str]:
        """Approves rows in review; returns the stage title of each row still there after `APPROVAL_SECONDS`."""
        with self._errors_during("approving tasks"):
            return tasks.approve(self._project, self.workflow, data_hashes)

    def reopen_for_judge(self, data_hashes: Sequence[str]) -> None:
        """Moves finished rows back to the judge's stage; the others stay where they are."""
        with self._errors_during("reopening finished tasks"):
            tasks.reopen_for_judge(self._project, self.workflow, data_hashes)

    @with_retries
    def reopen_for_review(self, data_hashes: Sequence[str]) -> None:
        """Moves completed rows back to review; the others stay where they are."""
        with self._errors_during("reopening tasks for review"):
            tasks.reopen_for_review(self._project, self.workflow, data_hashes)

    def save_answers(
        self, answers: Mapping[str, Sequence[ClassificationAnswer]], *, cleared: Sequence[str] = ()
    ) -> dict[str, str]:
        """Replaces each row's answers, by data hash; all other labels stay.

        `cleared` holds feature hashes of classifications whose earlier answer is removed even without a new one. Rows
        that a person has finished are skipped: returns the stage title of each.
        """
        with self._errors_during("saving judgements"):
            return labels.save_answers(self._project, self.workflow, answers, cleared)

    @property
    def final_choices(self) -> FinalChoices:
        """The Final Choices on the project's rows."""
        return FinalChoices(self._project, self.workflow, self._errors_during)

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


def _gone(row: ProjectRow) -> RowRefused:
    return RowRefused(
        f"the storage item of {row.title!r} ({row.item_uuid}) is gone or not shared; restore it or unlink its row in Encord"
    )
