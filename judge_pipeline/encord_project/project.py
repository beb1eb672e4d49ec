"""An Encord project as the pipeline uses it: every call is about many rows at once, and safe to repeat."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from uuid import UUID

from encord import EncordUserClient
from encord.exceptions import AuthorisationError
from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.project import Project
from encord.storage import StorageItem
from encord.workflow.stages.agent import AgentStage as EncordAgentStage

from judge_pipeline.domain.captioner import DataType
from judge_pipeline.domain.classification_answer import ClassificationAnswer
from judge_pipeline.domain.final_choice import FinalAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import Ontology
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot, tag_metadata
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import AGENT_STAGES, JUDGE, AgentStage, has_left
from judge_pipeline.encord_project import files, labels, tasks, texts
from judge_pipeline.encord_project.connection import Connection, our_words
from judge_pipeline.encord_project.errors import ProjectMismatch, RowRefused
from judge_pipeline.encord_project.final_choices import read_choices
from judge_pipeline.encord_project.retries import tried_again, try_again
from judge_pipeline.encord_project.reviews import Reviews
from judge_pipeline.encord_project.rows import collector_at_rest, list_label_rows, to_rows
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline.encord_project.uploads import Reservation

SETTLING_SECONDS = 30
"""How long a linked row or a moved task may take to be seen; Encord promises nothing, locally it is at once."""

UPLOADS_AT_ONCE = 8
"""Texts of some hundred bytes, to a storage that takes them by signed URLs; the SDK uploads four files at once."""


class EncordProject:
    """One project, opened and checked. Methods may be called from several threads; the SDK opens a session a call."""

    def __init__(self, client: EncordUserClient, project: Project, connection: Connection) -> None:
        self._client = client
        self._project = project
        self._connection = connection
        self._uploading = ThreadPoolExecutor(UPLOADS_AT_ONCE, thread_name_prefix="upload")
        self.project_hash = str(project.project_hash)
        self.title = project.title
        ontology = client.get_ontology(project.ontology_hash)
        self.ontology = Ontology.read(ontology.title, ontology.structure.to_dict())

    @classmethod
    def open(cls, connection: Connection, project_hash: str) -> "EncordProject":
        """Opens a project and checks that its workflow has the three agent stages with their pathways.

        Raises:
            EncordUnusable: with one sentence that says what was expected, what was found and what to do.
        """
        try:
            UUID(project_hash)
        except ValueError:
            raise ProjectMismatch(
                f"ENCORD_PROJECT_HASH is {project_hash!r}, expected a project's id such as 0f1d2c3b-…; copy it from the project's URL"
            ) from None
        client = connection.client()

        def opened() -> "EncordProject":
            with our_words(f"opening project {project_hash}", domain=connection.domain):
                project = client.get_project(project_hash)
                _check_workflow(project)
                return cls(client, project, connection)

        return try_again(opened)

    def item_url(self, data_hash: str) -> str:
        """Where a person opens this data unit in Encord's label editor."""
        return f"{self._connection.app_url}/label_editor/{self.project_hash}/{data_hash}"

    @tried_again
    def snapshot(self, *, stage: str | None = None, edited_after: datetime | None = None) -> ProjectSnapshot:
        """All rows as they stand now, or those in the stage of this title, or those saved since; one request."""
        with self._doing("listing the project's rows"), collector_at_rest():
            rows = to_rows(list_label_rows(self._project, stage_title=stage, edited_after=edited_after))
            return ProjectSnapshot.of(rows, project_hash=self.project_hash)

    @tried_again
    def row(self, data_hash: str) -> ProjectRow | None:
        """One row as it stands now; None when the project has no such image or text."""
        with self._doing("looking up a row"):
            return next(iter(to_rows(list_label_rows(self._project, [data_hash]))), None)

    def image_urls(self, rows: Iterable[ProjectRow]) -> dict[str, str]:
        """Signed URLs of items, by item uuid; items that are gone are left out."""
        with self._doing("asking for signed URLs"):
            items = files.storage_items(self._client, [row.item_uuid for row in rows], sign=True)
            return {uuid: url for uuid, item in items.items() if (url := item.get_signed_url())}

    def give_tags(self, images: Mapping[Tag, ProjectRow]) -> None:
        """Writes Tag and `Data Type` into the client metadata of images that lack them; all other keys are kept."""
        wanted = {row.item_uuid: tag_metadata(tag, DataType.IMAGE) for tag, row in images.items()}
        with self._doing("reading client metadata"):
            items = self._items(wanted)
        with self._doing("writing client metadata"), self._project.create_bundle() as bundle:
            for uuid, item in items.items():
                present = item.client_metadata or {}
                if lacking := {key: value for key, value in wanted[uuid].items() if not present.get(key)}:
                    item.update(client_metadata={**present, **lacking}, bundle=bundle)

    def folders_of(self, rows: Iterable[ProjectRow]) -> dict[str, UUID]:
        """The storage folder that each row's item lies in, by item uuid."""
        with self._doing("looking up folders"):
            return {
                uuid: item.parent_folder_uuid for uuid, item in self._items([row.item_uuid for row in rows]).items()
            }

    def items_that_exist(self, item_uuids: Sequence[str]) -> set[str]:
        """Which of these items are there."""
        with self._doing("looking for items"):
            return set(self._items(item_uuids))

    @tried_again
    def made_at(self, item_uuids: Sequence[str]) -> dict[str, datetime]:
        """When items were made, by Encord's clock; those that are gone are left out."""
        with self._doing("looking up items"):
            return {uuid: item.created_at.astimezone(UTC) for uuid, item in self._items(item_uuids).items()}

    def reserve_texts(self, folder_uuid: UUID, count: int) -> list[Reservation]:
        """Places for `count` uploads into a folder; nothing is visible yet."""
        with self._doing("reserving uploads"):
            return texts.reserve_texts(self._client.get_storage_folder(folder_uuid), count)

    def upload_texts(self, folder_uuid: UUID, uploads: Sequence[tuple[Reservation, NewText]]) -> set[str]:
        """Uploads and registers texts; returns the uuids of the items that now exist.

        Raises:
            RowRefused: the storage takes none of them.
        """
        refused: list[RowRefused] = []

        def put(upload: tuple[Reservation, NewText]) -> bool:
            try:
                texts.put_text(upload[0], upload[1].content)
            except RowRefused as error:
                refused.append(error)
                return False
            return True

        with self._doing("uploading captions"):
            is_put = list(self._uploading.map(put, uploads))
            if refused and not any(is_put):
                raise refused[0]
            taken = [upload for upload, taken in zip(uploads, is_put, strict=True) if taken]
            return texts.register_texts(self._client.get_storage_folder(folder_uuid), taken)

    def remove_texts(self, rows: Iterable[ProjectRow], item_uuids: Sequence[str]) -> None:
        """Unlinks texts' rows, which ends their tasks, and deletes the storage items; those that are gone already are passed over."""
        by_dataset: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            by_dataset[row.dataset_hash].append(row.data_hash)
        with self._doing("removing replaced captions"):
            for dataset_hash, data_hashes in by_dataset.items():
                self._client.get_dataset(dataset_hash, include_data_rows=False).delete_data(data_hashes)
            by_folder: dict[UUID, list[UUID]] = defaultdict(list)
            for uuid, item in self._items(item_uuids).items():
                by_folder[item.parent_folder_uuid].append(UUID(uuid))
            for folder_uuid, uuids in by_folder.items():
                self._delete_items(folder_uuid, uuids)

    def read_text(self, row: ProjectRow) -> str:
        """The content of a text item."""
        url = self.image_urls([row]).get(row.item_uuid)
        if url is None:
            raise RowRefused(f"the text item {row.title!r} ({row.item_uuid}) is gone; unlink its row in Encord")
        return files.download(url, title=row.title).decode("utf-8", errors="replace")

    @tried_again
    def contents(self, rows: Sequence[ProjectRow]) -> dict[str, bytes]:
        """The files of items, by item uuid: one request for their URLs, one download each.

        Raises:
            RowRefused: one of them is gone or cannot be read.
        """
        urls = self.image_urls(rows)
        if gone := [row.title for row in rows if row.item_uuid not in urls]:
            raise RowRefused(f"the items of {', '.join(map(repr, gone))} are gone; unlink their rows in Encord")
        return {row.item_uuid: files.download(urls[row.item_uuid], title=row.title) for row in rows}

    def link(self, dataset_hash: str, item_uuids: Sequence[str]) -> dict[str, str]:
        """Links items to a dataset, those that are linked already excepted. Returns the data hash of each, by item uuid.

        Raises:
            RowRefused: a linked item has no row in the project after `SETTLING_SECONDS`.
        """
        with self._doing("linking captions"):
            dataset = self._client.get_dataset(dataset_hash, include_data_rows=False)
            linked = dataset.link_items([UUID(uuid) for uuid in item_uuids], DataLinkDuplicatesBehavior.SKIP)
        wanted = set(item_uuids)
        told = {str(row.get("backing_item_uuid")): row.uid for row in linked}
        data_hashes = [told[uuid] for uuid in item_uuids] if wanted <= told.keys() else None
        deadline = time.monotonic() + SETTLING_SECONDS
        while True:
            with self._doing("looking for linked captions"):
                rows = to_rows(list_label_rows(self._project, data_hashes))
            found = {row.item_uuid: row.data_hash for row in rows if row.item_uuid in wanted}
            if wanted <= found.keys():
                return found
            if time.monotonic() > deadline:
                raise RowRefused(
                    f"{len(wanted - found.keys())} linked captions do not appear in the project; is the dataset attached to it?"
                )
            time.sleep(1)

    def initialise(self, data_hashes: Sequence[str]) -> None:
        """Gives rows without labels an empty set of labels, as opening them in the editor does."""
        with self._doing("initialising label rows"):
            label_rows = [row for row in list_label_rows(self._project, data_hashes) if row.label_hash is None]
            with self._project.create_bundle() as bundle:
                for label_row in label_rows:
                    label_row.initialise_labels(bundle=bundle)

    def advance(self, data_hashes: Sequence[str], stages: Sequence[AgentStage]) -> dict[str, str]:
        """Moves rows out of these stages, in their order; returns the stage title of each row that is still in one of them.

        A row that is beyond them already is left alone. A task that is not there yet is waited for, `SETTLING_SECONDS` at most.
        """
        deadline = time.monotonic() + SETTLING_SECONDS
        while True:
            with self._doing("moving tasks"):
                for stage in stages:
                    tasks.move(self._project, data_hashes, stage)
                rows = to_rows(list_label_rows(self._project, data_hashes))
            behind = {row.data_hash: row.stage for row in rows if not has_left(row.stage, stages[-1])}
            if not behind or time.monotonic() > deadline:
                return behind
            time.sleep(0.5)

    def reopen(self, data_hashes: Sequence[str]) -> None:
        """Takes rows that a person has finished back to the judge's stage; the others are left where they are."""
        with self._doing("reopening finished tasks"):
            tasks.reopen(self._project, data_hashes, JUDGE)

    def save_answers(
        self, answers: Mapping[str, Sequence[ClassificationAnswer]], *, cleared: Sequence[str] = ()
    ) -> dict[str, str]:
        """Writes each row's answers, by data hash, in place of earlier ones; all else on the row stays.

        `cleared` are the feature hashes of classifications whose earlier answer goes even when there is no new one.
        Rows that a person has finished are left alone: returns the stage title of each.
        """
        with self._doing("saving judgements"):
            return labels.save_answers(self._project, answers, cleared)

    @tried_again
    def final_answers(self, rows: Collection[ProjectRow], roles: JudgeOntology) -> dict[str, FinalAnswer]:
        """What stands in Final Choice, by data hash; rows without an answer are left out."""
        with self._doing("reading final choices"):
            found = read_choices(self._project, rows, roles)
        return {data_hash: labels.answer for data_hash, labels in found.items() if labels.answer}

    @property
    def reviews(self) -> Reviews:
        """What a person does in Human Review."""
        return Reviews(self._project, self._doing)

    def _delete_items(self, folder_uuid: UUID, uuids: Sequence[UUID]) -> None:
        try:
            self._client.get_storage_folder(folder_uuid).delete_storage_items(list(uuids))
        except AuthorisationError:  # also what is said of items that somebody has deleted since they were looked up
            if self._items(map(str, uuids)):
                raise

    def _items(self, item_uuids: Iterable[str]) -> dict[str, StorageItem]:
        return files.storage_items(self._client, list(item_uuids), sign=False)

    def _doing(self, what: str) -> AbstractContextManager[None]:
        return our_words(what, domain=self._connection.domain)


def _check_workflow(project: Project) -> None:
    found = {
        encord_stage.title: [pathway.name for pathway in encord_stage.pathways]
        for encord_stage in project.workflow.stages
        if isinstance(encord_stage, EncordAgentStage)
    }
    for stage in AGENT_STAGES:
        if stage.pathway not in found.get(stage.title, ()):
            have = "; ".join(f"{title}: {', '.join(names)}" for title, names in found.items()) or "none"
            raise ProjectMismatch(
                f"the workflow of project {project.title!r} has no agent stage {stage.title!r} with the pathway {stage.pathway!r} "
                f"(agent stages found: {have}); build the workflow that the README shows and make the project from it"
            )
