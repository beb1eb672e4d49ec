"""The images of a project of data groups that wait in a storage folder, because their group does not exist yet."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING
from uuid import UUID

from encord import EncordUserClient
from encord.orm.storage import FoldersSortBy, StorageItemType
from encord.storage import StorageItem

from judge_pipeline.domain.data_group import waiting_hash, waiting_item
from judge_pipeline.domain.item_metadata import ItemMetadata
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.workflow import StageKind
from judge_pipeline.encord_project import files
from judge_pipeline.encord_project.connection import translated_errors
from judge_pipeline.encord_project.newest_items import ITEMS_PER_PAGE
from judge_pipeline.encord_project.retries import with_retries

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject


class WaitingImages:
    """They have no rows, and count as work in LLM1."""

    def __init__(self, project: "EncordProject", client: EncordUserClient, images_folder: UUID) -> None:
        self._project = project
        self._client = client
        self._images_folder = images_folder

    def waiting(self, rows: Iterable[ProjectRow], data_hashes: Sequence[str] | None) -> list[ProjectRow]:
        """The images in the folder that have no group among these rows; of `data_hashes`, those that stand for such images."""
        grouped = {row.item_uuid for row in rows if row.group}
        if data_hashes is None:
            items = self._images()
        else:
            wanted = [item for data_hash in data_hashes if (item := waiting_item(data_hash))]
            found = files.storage_items(self._client, wanted, sign=False).values()
            items = [item for item in found if item.parent_folder_uuid == self._images_folder]
        return [self._row(item) for item in items if str(item.uuid) not in grouped]

    def added_since(self, since: datetime) -> dict[str, datetime]:
        """When images came into the folder since then, by what stands for their data hashes."""
        newest_first = self._images(newest_first=True)
        found = takewhile(lambda item: item.created_at.astimezone(UTC) >= since, newest_first)
        return {waiting_hash(str(item.uuid)): item.created_at.astimezone(UTC) for item in found}

    @with_retries
    def images_below(self) -> str:
        """A sentence about the images in folders below the one in which new images wait; empty if there are none.

        One request, and one per folder below.
        """
        with translated_errors("looking into the folders of images", domain=self._project.domain):
            folders = self._project.folder(self._images_folder).find_subfolders(page_size=ITEMS_PER_PAGE)
            count = sum(folder.get_summary().images for folder in folders)
        if not count:
            return ""
        return (
            f"{count} images are in folders below the storage folder {self._images_folder}, where no run looks; "
            "move them into it in Encord to have them captioned"
        )

    def _images(self, *, newest_first: bool = False) -> Iterable[StorageItem]:
        return self._project.folder(self._images_folder).list_items(
            item_types=[StorageItemType.IMAGE],
            order=FoldersSortBy.CREATED_AT,
            desc=newest_first,
            page_size=ITEMS_PER_PAGE,
        )

    def _row(self, item: StorageItem) -> ProjectRow:
        (stage,) = self._project.workflow.of_kind(StageKind.LLM1)
        metadata = ItemMetadata.read(item.client_metadata)
        return ProjectRow(
            data_hash=waiting_hash(str(item.uuid)),
            dataset_hash="",
            item_uuid=str(item.uuid),
            title=item.name,
            is_image=True,
            stage=stage.title,
            kind=StageKind.LLM1,
            tag=metadata.tag,
            data_type=metadata.data_type,
            problem=f"{item.name!r} {metadata.problem}" if metadata.problem else None,
        )
