"""Our data groups whose client metadata someone has overwritten: without it their images would seem to wait for a group."""

import json
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from encord import EncordUserClient
from encord.constants.enums import DataType as EncordDataType
from encord.orm.label_row import LabelRowMetadata
from encord.orm.storage import StorageItemType
from encord.storage import StorageItem

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.data_group import DataGroup
from judge_pipeline.domain.item_metadata import ItemMetadata
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import Workflow
from judge_pipeline.encord_project import files
from judge_pipeline.encord_project.rows import data_type_of, to_row


class OverwrittenGroups:
    """Recognises them by their image, which is in the folder `images_folder`.

    The members of each group that is not ours, or no longer, are read once: one request for it, and one per call for all.
    """

    def __init__(self, client: EncordUserClient, workflow: Workflow, images_folder: UUID) -> None:
        self._client = client
        self._workflow = workflow
        self._images_folder = images_folder
        self._members: dict[str, list[StorageItem]] = {}

    def among(self, label_rows: Iterable[LabelRowMetadata]) -> list[ProjectRow]:
        """Those of these rows, with a problem that says how to restore the metadata."""
        unknown = {
            str(row.backing_item_uuid): row
            for row in label_rows
            if data_type_of(row) is EncordDataType.GROUP and not DataGroup.read(row.client_metadata, item_uuid="")
        }
        unread = [uuid for uuid in unknown if uuid not in self._members]
        for uuid, item in files.storage_items(self._client, unread, sign=False).items():
            self._members[uuid] = list(item.get_child_items())
        return [
            self._row(label_row, image, self._members[uuid])
            for uuid, label_row in unknown.items()
            for image in self._members.get(uuid, [])
            if image.item_type is StorageItemType.IMAGE and image.parent_folder_uuid == self._images_folder
        ]

    def _row(self, label_row: LabelRowMetadata, image: StorageItem, members: Iterable[StorageItem]) -> ProjectRow:
        items = {ItemMetadata.read(member.client_metadata).data_type: str(member.uuid) for member in members}
        texts = {each: items[each.data_type] for each in Captioner if each.data_type in items}
        group = DataGroup(str(image.uuid), texts, str(label_row.backing_item_uuid))
        tag = ItemMetadata.read(image.client_metadata).tag
        problem = _problem(label_row.data_title, tag, group)
        return replace(to_row(label_row, self._workflow, group), tag=tag, problem=problem)


def _problem(title: str, tag: Tag | None, group: DataGroup) -> str:
    what = f"the client metadata of the data group {title!r} no longer names its members"
    if tag is None or len(group.texts) < len(Captioner):
        return f"{what}; delete the group in Encord, and the next run makes another one"
    return f"{what}; add {json.dumps(group.metadata(tag))} to it in Encord"
