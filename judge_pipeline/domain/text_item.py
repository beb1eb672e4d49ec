"""Text items: the captions as linked items in Encord, one per (Tag, Data Type)."""

from collections.abc import Iterator
from dataclasses import dataclass

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.tag import Tag


@dataclass(frozen=True, slots=True)
class TextItem:
    """A caption linked to the project as a plain-text item."""

    captioner: Captioner
    item_uuid: str
    data_hash: str


@dataclass(frozen=True, slots=True)
class LinkedTextItems:
    """Both text items of one image: the value of a `linked_text_items` partition."""

    tag: Tag
    text_8b: TextItem
    text_16b: TextItem

    def __iter__(self) -> Iterator[TextItem]:
        """The two, 8B first."""
        return iter((self.text_8b, self.text_16b))

    @property
    def group_hash(self) -> str | None:
        """The data group that has both; None if each is a row of its own."""
        return self.text_8b.data_hash if self.text_8b.data_hash == self.text_16b.data_hash else None

    @property
    def item_uuids(self) -> tuple[str, ...]:
        """The storage items, 8B first."""
        return tuple(item.item_uuid for item in self)


def text_item_title(*, tag: Tag, captioner: Captioner) -> str:
    """A title unique in its folder, so that an upload can be found again if its response is lost."""
    return f"{tag}-{captioner.data_type}.txt"
