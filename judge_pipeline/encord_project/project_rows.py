"""The rows of a project: listed, looked up, and taken together as a snapshot."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from judge_pipeline.domain.data_group import ProjectForm, waiting_item
from judge_pipeline.domain.item_metadata import cluster_of
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import Stage
from judge_pipeline.encord_project.errors import ProjectMismatch
from judge_pipeline.encord_project.grouped_rows import GroupedRows
from judge_pipeline.encord_project.image_tags import tags_of_other_projects
from judge_pipeline.encord_project.linked_rows import LinkedRows
from judge_pipeline.encord_project.project_texts import ProjectTexts
from judge_pipeline.encord_project.retries import with_retries
from judge_pipeline.encord_project.rows import (
    each_ahead,
    garbage_collection_paused,
    list_label_rows,
    to_rows,
)

ROWS_AT_ONCE = 1000
"""In a listing by data hash."""


class ProjectRows(ProjectTexts):
    """The part of an `EncordProject` that is about its rows as they are."""

    project_hash: str
    title: str
    form: ProjectForm
    captions: GroupedRows | LinkedRows
    _dataset_hashes: list[str] | None = None

    def snapshot(self, *, stage: Stage | None = None, edited_after: datetime | None = None) -> ProjectSnapshot:
        """All current rows, or those in a stage, or those saved since a time; one request as a rule."""
        return self.snapshot_of(self.list_rows(stage=stage, edited_after=edited_after))

    @with_retries
    def list_rows(
        self,
        *,
        data_hashes: Sequence[str] | None = None,
        stage: Stage | None = None,
        edited_after: datetime | None = None,
    ) -> list[ProjectRow]:
        """All current rows, or these, or those in a stage, or those saved since a time; one request, or one per 1,000 rows."""
        title = None if stage is None else stage.title
        real = with_tasks(data_hashes) if data_hashes is not None else []
        starts = range(0, len(real), ROWS_AT_ONCE)
        pages: list[list[str] | None] = (
            [None] if data_hashes is None else [real[start : start + ROWS_AT_ONCE] for start in starts]
        )
        with self._errors_during("listing the project's rows"), garbage_collection_paused():
            list_page = partial(list_label_rows, self._project, stage_title=title, edited_after=edited_after)
            rows: list[ProjectRow] = []
            for listed in each_ahead(list_page, pages):
                rows += [*to_rows(listed, self.workflow), *self.captions.overwritten(listed)]
            self._check_form(rows)
            return rows if stage or edited_after else [*rows, *self.captions.waiting(rows, data_hashes)]

    def _check_form(self, rows: Iterable[ProjectRow]) -> None:
        """Data groups show that the project's description, which names its form, was edited."""
        if not self.form.has_groups and (row := next((row for row in rows if row.group), None)):
            raise ProjectMismatch(
                f"{row.title!r} is a data group, and the description of the project {self.title!r} no longer names the folder "
                "in which new images wait; end it in Encord with 'images wait in the storage folder ' and the folder's id"
            )

    @with_retries
    def snapshot_of(self, rows: Sequence[ProjectRow]) -> ProjectSnapshot:
        """These rows by Tag, with the conflicts among them and with the key's other projects."""
        snapshot = ProjectSnapshot.of(rows, project_hash=self.project_hash)
        with self._errors_during("listing the key's projects"):
            foreign = tags_of_other_projects(self._client, snapshot.images, project_hash=self.project_hash)
        return replace(snapshot, conflicts={**foreign, **snapshot.conflicts}) if foreign else snapshot

    @property
    def dataset_hash(self) -> str:
        """The dataset to which data groups are linked: the project's first."""
        if not self.dataset_hashes:
            raise ProjectMismatch(f"the project {self.title!r} has no dataset; attach one in Encord")
        return self.dataset_hashes[0]

    @property
    @with_retries
    def dataset_hashes(self) -> list[str]:
        """The project's datasets, as they were when first asked for; one request."""
        if self._dataset_hashes is None:
            with self._errors_during("listing the project's datasets"):
                self._dataset_hashes = [str(dataset.dataset_hash) for dataset in self._project.list_datasets()]
        return self._dataset_hashes

    @with_retries
    def rows_added(self, since: datetime) -> dict[str, datetime]:
        """When rows were added to the project's datasets, by data hash and Encord's clock; one request per dataset, two at first."""
        with self._errors_during("listing added rows"):
            datasets = [self.dataset(each) for each in self.dataset_hashes]
            added = [row for dataset in datasets for row in dataset.list_data_rows(created_after=since)]
            rows = {row.uid: row.created_at.replace(tzinfo=row.created_at.tzinfo or UTC) for row in added}
            return rows | self.captions.added_since(since)

    def read_ahead(self, rows: Iterable[ProjectRow]) -> None:
        """Reads what a run over these rows needs before its first model call and what stays as it is: their folders, the datasets."""
        self.parent_folders(rows)
        with self._errors_during("reading the project's datasets"):
            for dataset_hash in self.dataset_hashes:
                self.dataset(dataset_hash)

    @with_retries
    def clusters(self, key: str) -> dict[Tag, str]:
        """The value of each image's client metadata under this key; images without one are left out. One request as a rule."""
        with self._errors_during("listing the project's rows"), garbage_collection_paused():
            listed = list_label_rows(self._project)
            metadata = {str(row.backing_item_uuid): row.client_metadata for row in listed}
            images = ProjectSnapshot.of(to_rows(listed, self.workflow), project_hash=self.project_hash).images
            grouped = [row.item_uuid for row in images.values() if row.group]
            for start in range(0, len(grouped), ROWS_AT_ONCE):
                items = self._items(grouped[start : start + ROWS_AT_ONCE])
                metadata |= {uuid: item.client_metadata for uuid, item in items.items()}
        values = {tag: cluster_of(metadata.get(row.item_uuid), key) for tag, row in images.items()}
        return {tag: value for tag, value in values.items() if value is not None}

    @with_retries
    def row(self, data_hash: str) -> ProjectRow | None:
        """One current row; None if the project has no such image or text."""
        return self.rows([data_hash]).get(data_hash)

    def rows(self, data_hashes: Sequence[str]) -> dict[str, ProjectRow]:
        """These current rows by data hash; rows that are gone are left out."""
        with self._errors_during("looking up rows"):
            found = to_rows(list_label_rows(self._project, with_tasks(data_hashes)), self.workflow)
            self._check_form(found)
            return {row.data_hash: row for row in [*found, *self.captions.waiting(found, data_hashes)]}


def with_tasks(data_hashes: Sequence[str]) -> list[str]:
    """Each of these once that is a row: an image and its captions may share one, and an image may wait for it."""
    return [each for each in dict.fromkeys(data_hashes) if waiting_item(each) is None]
