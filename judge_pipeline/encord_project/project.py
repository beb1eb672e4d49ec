"""An Encord project as the pipeline uses it: every call takes many rows at once and is safe to repeat."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from uuid import UUID

from encord import EncordUserClient
from encord.project import Project

from judge_pipeline.domain.classification_answer import ClassificationAnswer
from judge_pipeline.domain.correction import FoundLabel
from judge_pipeline.domain.data_group import ProjectForm
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import Ontology
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import SEED_TITLES, StageKind, WorkflowTitles
from judge_pipeline.encord_project import files, labels, stages, tasks
from judge_pipeline.encord_project.connection import Connection, translated_errors
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.final_choices import FinalChoices
from judge_pipeline.encord_project.folder_marker import FolderMarker
from judge_pipeline.encord_project.grouped_rows import GroupedRows
from judge_pipeline.encord_project.image_tags import write_tags
from judge_pipeline.encord_project.judge_labels import read_judge_labels
from judge_pipeline.encord_project.labels import IsPersons, UnsavedRows
from judge_pipeline.encord_project.linked_rows import LinkedRows
from judge_pipeline.encord_project.project_rows import ProjectRows, with_tasks
from judge_pipeline.encord_project.project_state import check_project_hash
from judge_pipeline.encord_project.retries import call_with_retries, with_retries
from judge_pipeline.encord_project.row_by_row import RowResults
from judge_pipeline.encord_project.rows import (
    list_editable_rows,
)


class EncordProject(ProjectRows):
    """One project, opened and checked. Thread-safe: the SDK opens a session per call."""

    def __init__(
        self, client: EncordUserClient, project: Project, connection: Connection, titles: WorkflowTitles
    ) -> None:
        super().__init__(client, project, connection)
        self.project_hash = str(project.project_hash)
        self.title = project.title
        self.workflow = stages.read_workflow(project, titles)
        self.form = ProjectForm.of(project.description)
        folder = self.form.images_folder
        self.captions = GroupedRows(self, client, project, folder) if folder else LinkedRows(self)
        ontology = project._ontology  # noqa: SLF001 - the SDK has just requested it; its public doors would request it again
        self.ontology = Ontology.read(ontology.title, ontology.structure.to_dict())

    @classmethod
    def open(cls, connection: Connection, project_hash: str, titles: WorkflowTitles = SEED_TITLES) -> "EncordProject":
        """Opens a project and checks that its workflow has the three agent stages and their pathways, with these titles.

        Raises:
            EncordUnusable: says what was expected, what was found and what to do.
        """
        check_project_hash(project_hash)
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
        return self._connection.item_url(self.project_hash, data_hash)

    def signed_urls(self, rows: Iterable[ProjectRow]) -> RowResults[str, str]:
        """Signed URLs of items, by item uuid; deleted items are left out."""

        def sign(uuids: Sequence[str]) -> dict[str, str]:
            items = files.storage_items(self._client, list(uuids), sign=True)
            return {uuid: url for uuid, item in items.items() if (url := item.get_signed_url())}

        uuids = list(dict.fromkeys(row.item_uuid for row in rows))
        return self.row_by_row.each("requesting signed URLs", uuids, sign, may_stop_the_run=False)

    def set_tags(self, images: Mapping[Tag, ProjectRow]) -> dict[Tag, RowRefused]:
        """Sets `Tag` and `Data Type` in the client metadata of images that lack them; other keys stay.

        Returns why images have not got theirs.
        """

        def write(tags: Sequence[Tag]) -> dict[Tag, RowRefused | None]:
            return write_tags(self._project, {tag: images[tag] for tag in tags}, self._items)

        return self.row_by_row.each("writing client metadata", list(images), write).refused

    def folder_marker(self, folder_uuid: UUID) -> FolderMarker:
        """The marker of this project in a folder; nothing is sent yet."""
        key = f"judge_pipeline {self.project_hash}"
        return FolderMarker(partial(self.read_folder, folder_uuid), key=key, domain=self._connection.domain)

    @with_retries
    def judge_labels(self, rows: Iterable[ProjectRow], roles: JudgeOntology) -> dict[str, tuple[FoundLabel, ...]]:
        """The judge's labels on rows that have any, by data hash; one request per 500 rows. Unreadable rows are left out."""

        def read(label_hashes: Sequence[str]) -> dict[str, tuple[FoundLabel, ...]]:
            return read_judge_labels(self._project, label_hashes, roles)

        label_hashes = [row.label_hash for row in rows if row.label_hash]
        return self.row_by_row.each("reading the judge's labels", label_hashes, read, may_stop_the_run=False).done

    @with_retries
    def download_files(self, rows: Sequence[ProjectRow]) -> dict[str, bytes]:
        """The files of items, by item uuid: one request for all URLs, one download per item.

        Raises:
            RowRefused: an item is gone or unreadable.
        """
        urls = self.signed_urls(rows).done
        if missing := [row.title for row in rows if row.item_uuid not in urls]:
            raise RowRefused(f"the items of {', '.join(map(repr, missing))} are gone; unlink their rows in Encord")
        return {row.item_uuid: self.download(urls[row.item_uuid], title=row.title) for row in rows}

    def initialise_labels(self, data_hashes: Sequence[str]) -> Mapping[str, RowRefused]:
        """Gives rows without labels an empty set, as opening them in the editor does; returns why rows have got none."""
        with self._errors_during("initialising label rows"):
            listed = list_editable_rows(self._project, with_tasks(data_hashes))
        without = {row.data_hash: row for row in listed if row.label_hash is None}
        return labels.initialise_labels(self._project, without, self.row_by_row)

    def move_tasks(self, data_hashes: Sequence[str], stages: Sequence[StageKind]) -> dict[str, str]:
        """Moves rows through these agent stages in order; returns the stage title of each row still in one of them.

        Rows already past them stay where they are. Missing tasks are awaited for up to `SETTLING_SECONDS`.
        """
        with self._errors_during("moving tasks"):
            return tasks.proceed(self._project, self.workflow, with_tasks(data_hashes), stages, self.row_by_row)

    @with_retries
    def approve(self, data_hashes: Sequence[str]) -> dict[str, str]:
        """Approves rows in review; returns the stage title of each row still there after `APPROVAL_SECONDS`."""
        with self._errors_during("approving tasks"):
            return tasks.approve(self._project, self.workflow, with_tasks(data_hashes), self.row_by_row)

    def reopen_for_judge(self, data_hashes: Sequence[str]) -> None:
        """Moves finished rows back to the judge's stage; the others stay where they are."""
        with self._errors_during("reopening finished tasks"):
            tasks.reopen_for_judge(self._project, self.workflow, with_tasks(data_hashes), self.row_by_row)

    @with_retries
    def reopen_for_review(self, data_hashes: Sequence[str]) -> None:
        """Moves completed rows back to review; the others stay where they are."""
        with self._errors_during("reopening tasks for review"):
            tasks.reopen_for_review(self._project, self.workflow, with_tasks(data_hashes), self.row_by_row)

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
                self.row_by_row,
                ontology=self.ontology,
                is_persons=is_persons,
            )

    @property
    def final_choices(self) -> FinalChoices:
        """The Final Choices on the project's rows."""
        return FinalChoices(self._project, self.workflow, self.row_by_row, self._errors_during)
