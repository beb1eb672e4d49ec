"""The SDK's label rows as `ProjectRow`."""

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime
from itertools import islice
from typing import TypeVar

from encord.constants.enums import DataType as EncordDataType
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.label_row import LabelRowMetadata
from encord.project import Project

from judge_pipeline.domain.captioner import DataType
from judge_pipeline.domain.data_group import DataGroup
from judge_pipeline.domain.item_metadata import ItemMetadata
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.workflow import StageKind, Workflow
from judge_pipeline.encord_project.errors import RowRefused

PAGES_AT_ONCE = 2

Page = TypeVar("Page")
Listed = TypeVar("Listed")


def list_label_rows(
    project: Project,
    data_hashes: Sequence[str] | None = None,
    *,
    stage_title: str | None = None,
    edited_after: datetime | None = None,
) -> list[LabelRowMetadata]:
    """The project's label rows with client metadata: all, by data hash, by stage, or saved since a time; one request.

    The call inside `Project.list_label_rows_v2`, which makes as many objects again of each row, to edit its labels with.
    """
    return project._client.list_label_rows(  # noqa: SLF001
        include_uninitialised_labels=True,
        data_hashes=None if data_hashes is None else list(data_hashes),
        workflow_graph_node_title_eq=stage_title,
        edited_after=edited_after,
        include_client_metadata=True,
    )


def list_editable_rows(project: Project, data_hashes: Sequence[str]) -> list[LabelRowV2]:
    """Label rows whose labels can be changed, with client metadata; one request, or none for no rows."""
    if not data_hashes:
        return []
    return project.list_label_rows_v2(data_hashes=list(data_hashes), include_client_metadata=True)


def each_ahead(list_page: Callable[[Page], Listed], pages: Sequence[Page]) -> Iterator[Listed]:
    """Lists the pages in order, and the next one while one is read: Encord takes as long for a page as the SDK."""
    if len(pages) == 1:
        yield list_page(pages[0])
        return
    with ThreadPoolExecutor(PAGES_AT_ONCE, thread_name_prefix="pages") as pool:
        coming = (pool.submit(copy_context().run, list_page, page) for page in pages)  # the context awaits rate limits
        listed = deque(islice(coming, PAGES_AT_ONCE))
        while listed:
            page = listed.popleft().result()
            listed.extend(islice(coming, 1))  # no more of them, for they are large
            yield page


def data_type_of(label_row: LabelRowV2 | LabelRowMetadata) -> EncordDataType:
    """Encord sends it in capitals."""
    return EncordDataType(label_row.data_type.lower())


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """Pauses Python's garbage collector while rows are listed: it would scan the SDK's objects, several per row, repeatedly.

    30,000 rows take 2.0 s instead of 4.5 s (`benchmarks/README.md`).
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def to_rows(label_rows: Iterable[LabelRowV2 | LabelRowMetadata], workflow: Workflow) -> list[ProjectRow]:
    """Images, plain texts and our data groups as our rows; anything else is left out."""
    rows = []
    for label_row in label_rows:
        group, data_type = None, data_type_of(label_row)
        if data_type is EncordDataType.GROUP:
            group = DataGroup.read(label_row.client_metadata, item_uuid=str(label_row.backing_item_uuid))
        if group or data_type in (EncordDataType.IMAGE, EncordDataType.PLAIN_TEXT):
            rows.append(to_row(label_row, workflow, group))
    return rows


def to_row(label_row: LabelRowV2 | LabelRowMetadata, workflow: Workflow, group: DataGroup | None = None) -> ProjectRow:
    """One label row as ours."""
    metadata = ItemMetadata.read(label_row.client_metadata)
    node = label_row.workflow_graph_node
    return ProjectRow(
        data_hash=label_row.data_hash,
        dataset_hash=label_row.dataset_hash,
        item_uuid=group.image if group else str(label_row.backing_item_uuid),
        title=label_row.data_title,
        is_image=data_type_of(label_row) is not EncordDataType.PLAIN_TEXT,
        stage=node.title if node else "",
        kind=workflow.kind_of(node.uuid) if node else StageKind.OTHER,
        tag=metadata.tag,
        data_type=DataType.IMAGE.value if group else metadata.data_type,
        label_hash=label_row.label_hash,
        edited_at=label_row.last_edited_at,
        problem=f"{label_row.data_title!r} {metadata.problem}" if metadata.problem else None,
        group=group,
    )


def gone(row: ProjectRow) -> RowRefused:
    """The refusal of a row whose storage item cannot be found."""
    return RowRefused(
        f"the storage item of {row.title!r} ({row.item_uuid}) is gone or not shared; restore it or unlink its row in Encord"
    )
