"""The seed's form of a project: captions are linked as rows of their own next to their image's."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from encord.orm.label_row import LabelRowMetadata
from encord.orm.storage import StorageItemType
from encord.storage import StorageFolder

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.item_metadata import ItemMetadata
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import TextItem
from judge_pipeline.encord_project.added_captions import AddedItem
from judge_pipeline.encord_project.newest_items import newest_items
from judge_pipeline.encord_project.row_by_row import RowResults

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project_texts import ProjectTexts

Slot = tuple[Tag, Captioner]
"""The place of one caption next to its image."""


@dataclass(frozen=True, slots=True)
class NewCaption:
    """An uploaded text to be linked to its image, and the text that it replaces: its row, if it has one, and its items.

    It `is_new` if this call has uploaded it; any other may be linked already.
    """

    tag: Tag
    captioner: Captioner
    item_uuid: str
    image: ProjectRow
    is_new: bool
    replaced_row: ProjectRow | None = None
    replaced_items: Sequence[str] = ()

    @property
    def slot(self) -> Slot:
        """Its place."""
        return self.tag, self.captioner


class LinkedRows:
    """Each caption is a row of its own; an image is a row from the beginning."""

    def __init__(self, project: "ProjectTexts") -> None:
        self._project = project

    def waiting(self, rows: Iterable[ProjectRow], data_hashes: Sequence[str] | None) -> list[ProjectRow]:
        """The images that have no row yet: none."""
        return []

    def added_since(self, since: datetime) -> dict[str, datetime]:
        """Those of them that came since then: none."""
        return {}

    def overwritten(self, label_rows: Iterable[LabelRowMetadata]) -> list[ProjectRow]:
        """The groups that their client metadata no longer shows as ours: none."""
        return []

    def images_below(self) -> str:
        """A sentence about images that no run finds, because of their folder: none."""
        return ""

    def newest(self, folder: StorageFolder, *, is_linked: bool | None = None) -> Iterator[AddedItem]:
        """The texts in a folder, newest first; those that are linked, or all."""
        for item in newest_items(folder, StorageItemType.PLAIN_TEXT, is_in_dataset=is_linked):
            metadata = ItemMetadata.read(item.metadata)
            tag, data_type = metadata.tag, metadata.data_type
            yield AddedItem(item.created, {(tag, data_type): item.uuid} if tag and data_type else None)

    def link(self, captions: Sequence[NewCaption]) -> RowResults[Slot, TextItem]:
        """Links the texts, each to its image's dataset, after removing what they replace: no one sees two.

        A text that is linked and whose row gets no set of labels is among both results.
        """
        results: RowResults[Slot, TextItem] = RowResults()
        replaced = {uuid: caption.slot for caption in captions for uuid in caption.replaced_items}
        if replaced:
            rows = [caption.replaced_row for caption in captions if caption.replaced_row]
            refused = self._project.delete_texts(rows, list(replaced))
            results.refused = {replaced[uuid]: refusal for uuid, refusal in refused.items()}
        by_dataset: dict[str, dict[str, NewCaption]] = defaultdict(dict)
        for caption in captions:
            if caption.slot not in results.refused:
                by_dataset[caption.image.dataset_hash][caption.item_uuid] = caption
        for dataset_hash, of_uuid in by_dataset.items():
            linked = self._project.link_items(dataset_hash, list(of_uuid), initialise=True)
            for uuid, data_hash in linked.done.items():
                results.done[of_uuid[uuid].slot] = TextItem(of_uuid[uuid].captioner, uuid, data_hash)
            results.refused |= {of_uuid[uuid].slot: refusal for uuid, refusal in linked.refused.items()}
        return results

    def finish(
        self, images: Collection[ProjectRow], outdated: Collection[ProjectRow], leftovers: Collection[str]
    ) -> None:
        """Removes what an interrupted replacement has left: nothing, since the old texts go first."""
