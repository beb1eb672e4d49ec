"""The second form of a project: an image and its captions are one data group, created once both captions exist.

Encord cannot change a group's members, so a replaced caption means a new group: it is linked, takes over the labels on the image,
and then the old one goes. A group is found again by its members, so an interrupted call links the one that it had created.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING
from uuid import UUID

from encord import EncordUserClient
from encord.orm.label_row import LabelRowMetadata
from encord.orm.storage import DataGroupCustom, StorageItemType
from encord.project import Project
from encord.storage import StorageFolder

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.data_group import LAYOUT, DataGroup
from judge_pipeline.domain.item_metadata import ItemMetadata
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import TextItem
from judge_pipeline.encord_project import files
from judge_pipeline.encord_project.added_captions import AddedItem
from judge_pipeline.encord_project.connection import translated_errors
from judge_pipeline.encord_project.group_labels import take_over_labels
from judge_pipeline.encord_project.linked_rows import NewCaption, Slot
from judge_pipeline.encord_project.newest_items import NewestItem, newest_items
from judge_pipeline.encord_project.overwritten_groups import OverwrittenGroups
from judge_pipeline.encord_project.row_by_row import RowResults
from judge_pipeline.encord_project.rows import gone
from judge_pipeline.encord_project.waiting_images import WaitingImages
from judge_pipeline.encord_project.write_guard import before_write

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject


@dataclass(frozen=True, slots=True)
class _NewGroup:
    """The group that an image gets, in the place of the present one if it has one."""

    tag: Tag
    image: ProjectRow
    group: DataGroup
    is_new: bool
    """Whether its captions have just been uploaded, so that no group can have them yet."""

    @property
    def contents(self) -> frozenset[str]:
        """By which an existing group is recognised."""
        return frozenset(self.group.contents.values())


class GroupedRows(WaitingImages):
    """Each image waits in a storage folder until its group exists."""

    def __init__(
        self, project: "EncordProject", client: EncordUserClient, sdk_project: Project, images_folder: UUID
    ) -> None:
        super().__init__(project, client, images_folder)
        self._sdk_project = sdk_project
        self._row_by_row = project.row_by_row
        self._overwritten = OverwrittenGroups(client, project.workflow, images_folder)

    def overwritten(self, label_rows: Iterable[LabelRowMetadata]) -> list[ProjectRow]:
        """The groups that their client metadata no longer shows as ours, as rows with a problem."""
        return self._overwritten.among(label_rows)

    def newest(self, folder: StorageFolder, *, is_linked: bool | None = None) -> Iterator[AddedItem]:
        """The groups in a folder with their captions, newest first; `is_linked` is not asked, since a group is soon."""
        for item in newest_items(folder, StorageItemType.GROUP):
            ours = list(_ours([item]))
            texts = {(tag, each.data_type.value): group.texts[each] for tag, group in ours for each in Captioner}
            yield AddedItem(item.created, texts or None)

    def link(self, captions: Sequence[NewCaption]) -> RowResults[Slot, TextItem]:
        """Creates and links the group of each image whose captions are both uploaded; the others wait.

        Labels on the image move from the group that is replaced to the new one. A group that is linked and gets no set of labels
        is among both results.
        """
        with translated_errors("linking data groups", domain=self._project.domain):
            return self._link(captions)

    def _link(self, captions: Sequence[NewCaption]) -> RowResults[Slot, TextItem]:
        results: RowResults[Slot, TextItem] = RowResults()
        wanted = _groups_of(captions)
        folders = self._project.parent_folders(new.image for new in wanted)
        by_folder: dict[UUID, list[_NewGroup]] = defaultdict(list)
        for new in wanted:
            if folder := folders.get(new.image.item_uuid):
                by_folder[folder].append(new)
            else:
                results.refused |= {(new.tag, captioner): gone(new.image) for captioner in new.group.texts}
        for folder_uuid, of_folder in by_folder.items():
            begin = self._earliest(of_folder)
            created = self._create(folder_uuid, of_folder, begin)
            linked = self._project.link_items(self._project.dataset_hash, list(created.done.values()), initialise=True)
            self._delete_surplus(folder_uuid, of_folder, begin, set(created.done.values()))
            for new in of_folder:
                uuid = created.done.get(new.tag, "")
                for captioner, text in new.group.texts.items():
                    if uuid in linked.done:
                        results.done[new.tag, captioner] = TextItem(captioner, text, linked.done[uuid])
                    if refusal := linked.refused.get(uuid) or created.refused.get(new.tag):
                        results.refused[new.tag, captioner] = refusal
        replaced = [new for new in wanted if new.image.group and (new.tag, Captioner.LLM_8B) in results.done]
        if replaced:
            rows = self._project.rows([results.done[new.tag, Captioner.LLM_8B].data_hash for new in replaced])
            leftovers = [uuid for caption in captions for uuid in caption.replaced_items]
            self.finish(list(rows.values()), [new.image for new in replaced], leftovers)
        return results

    def finish(
        self, images: Collection[ProjectRow], outdated: Collection[ProjectRow], leftovers: Collection[str]
    ) -> None:
        """Removes outdated groups and replaced texts, after the groups in their place have taken over the labels on the image.

        May be repeated from any point.
        """
        with translated_errors("removing replaced data groups", domain=self._project.domain):
            self._remove_rows(images, outdated)
            self._delete_groups([row.group.replaces for row in images if row.group and row.group.replaces])
            used = {uuid for row in images if row.group for uuid in row.group.texts.values()}
            old = {uuid for row in outdated if row.group for uuid in row.group.texts.values()}
            if unused := sorted({*leftovers, *old} - used):
                self._project.delete_texts([], unused)

    def _remove_rows(self, images: Collection[ProjectRow], outdated: Collection[ProjectRow]) -> None:
        present = {row.group.replaces: row for row in images if row.group}
        pairs = [(old, new) for old in outdated if old.group and (new := present.get(old.group.item_uuid))]
        if not pairs:
            return
        take_over_labels(self._sdk_project, [(old.data_hash, new.data_hash) for old, new in pairs])
        by_dataset: dict[str, list[str]] = defaultdict(list)
        for old, _ in pairs:
            by_dataset[old.dataset_hash].append(old.data_hash)
        for dataset_hash, data_hashes in by_dataset.items():
            dataset = self._project.dataset(dataset_hash)
            before_write()
            dataset.delete_data(data_hashes)

    def _earliest(self, wanted: Sequence[_NewGroup]) -> datetime:
        """The time, by Encord's clock, before which none of these groups can have been created: a caption of each is newer."""
        created_at = self._project.created_at([text for new in wanted for text in new.group.texts.values()])
        newest = [[created_at[text] for text in new.group.texts.values() if text in created_at] for new in wanted]
        return min((max(times) for times in newest if times), default=datetime.now(UTC))

    def _create(self, folder_uuid: UUID, wanted: Sequence[_NewGroup], begin: datetime) -> RowResults[Tag, str]:
        """The uuids of the groups: those that an interrupted call has created since `begin`, and new ones."""
        folder = self._project.folder(folder_uuid)
        by_contents = {new.contents: new.tag for new in wanted}
        existing: dict[Tag, str] = {}
        if not all(new.is_new for new in wanted):
            for _, group in self._groups_since(folder, begin):
                if tag := by_contents.get(frozenset(group.contents.values())):
                    existing[tag] = group.item_uuid  # the oldest comes last

        def create(news: Sequence[Tag]) -> dict[Tag, str]:
            groups = [
                DataGroupCustom(
                    name=new.image.title,
                    layout=dict(LAYOUT),
                    layout_contents={key: UUID(item) for key, item in new.group.contents.items()},
                    client_metadata=new.group.metadata(new.tag),
                )
                for new in wanted
                if new.tag in news
            ]
            before_write()
            return dict(zip(news, map(str, folder.create_data_groups(list(groups))), strict=True))

        missing = [new.tag for new in wanted if new.tag not in existing]
        results = self._row_by_row.each("creating data groups", missing, create)
        results.done |= existing
        return results

    def _groups_since(self, folder: StorageFolder, moment: datetime) -> Iterator[tuple[Tag, DataGroup]]:
        """Our groups created in a folder since then, newest first."""
        return _ours(takewhile(lambda item: item.created >= moment, newest_items(folder, StorageItemType.GROUP)))

    def _delete_surplus(self, folder_uuid: UUID, wanted: Sequence[_NewGroup], begin: datetime, used: set[str]) -> None:
        """Deletes further groups of the same items: a request that was repeated may have been carried out late."""
        if not used:
            return
        contents = {new.contents for new in wanted}
        surplus = [
            group.item_uuid
            for _, group in self._groups_since(self._project.folder(folder_uuid), begin)
            if frozenset(group.contents.values()) in contents and group.item_uuid not in used
        ]
        self._delete_groups(surplus)

    def _delete_groups(self, uuids: Sequence[str]) -> None:
        by_folder: dict[UUID, list[UUID]] = defaultdict(list)
        for uuid, item in files.storage_items(self._client, uuids, sign=False).items():
            by_folder[item.parent_folder_uuid].append(UUID(uuid))
        for folder_uuid, of_folder in by_folder.items():
            before_write()
            self._project.folder(folder_uuid).delete_storage_items(of_folder, remove_unused_frames=False)


def _ours(items: Iterable[NewestItem]) -> Iterator[tuple[Tag, DataGroup]]:
    for item in items:
        metadata = item.metadata
        group = DataGroup.read(metadata, item_uuid=item.uuid)
        tag = ItemMetadata.read(metadata).tag
        if group and tag:
            yield tag, group


def _groups_of(captions: Sequence[NewCaption]) -> list[_NewGroup]:
    """The groups to create: an image keeps the captions of its present group that are not replaced."""
    by_tag: dict[Tag, list[NewCaption]] = defaultdict(list)
    for caption in captions:
        by_tag[caption.tag].append(caption)
    found = []
    for tag, of_tag in by_tag.items():
        image = of_tag[0].image
        present = image.group
        texts = {**(present.texts if present else {}), **{each.captioner: each.item_uuid for each in of_tag}}
        if texts.keys() >= set(Captioner):
            group = DataGroup(image.item_uuid, texts, replaces=present.item_uuid if present else None)
            found.append(_NewGroup(tag, image, group, is_new=not present and all(each.is_new for each in of_tag)))
    return found
