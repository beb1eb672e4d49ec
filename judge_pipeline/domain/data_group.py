"""The second form of a project: each Tag is one data group of an image and its two captions, instead of three rows. Pure.

A group cannot change its members, so it is created once both captions exist. Until then its image waits in a storage folder,
which the project's description names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from judge_pipeline.domain.captioner import Captioner, DataType
from judge_pipeline.domain.tag import Tag, written_tag

REPLACES = "Replaces"
"""The key in a group's client metadata that names the group whose place it takes, while both are in the project."""

WAITING = "item:"
"""What stands for the data hash of an image that waits begins so."""

_DESCRIPTION = re.compile(r"images wait in the storage folder ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class DataGroup:
    """The storage items of one group: its image, its captions, and itself; `replaces` is an earlier group of the image."""

    image: str
    texts: Mapping[Captioner, str]
    item_uuid: str = ""
    replaces: str | None = None

    @property
    def contents(self) -> dict[str, str]:
        """The members by their keys in the layout, which are their Data Types."""
        texts = {captioner.data_type.value: self.texts[captioner] for captioner in Captioner}
        return {DataType.IMAGE.value: self.image, **texts}

    def metadata(self, tag: Tag) -> dict[str, str]:
        """The group's client metadata, by which it is found: Encord's listings do not name a group's members."""
        return {"Tag": written_tag(tag), **self.contents, **({REPLACES: self.replaces} if self.replaces else {})}

    @classmethod
    def read(cls, metadata: object, *, item_uuid: str) -> "DataGroup | None":
        """The group with this client metadata; None if it is not one of ours."""
        found: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}
        keys = [DataType.IMAGE.value, *(captioner.data_type.value for captioner in Captioner)]
        members = [found.get(key) for key in keys]
        if not all(isinstance(member, str) and member for member in members):
            return None
        replaces = found.get(REPLACES)
        return cls(
            str(members[0]),
            MappingProxyType(dict(zip(Captioner, map(str, members[1:]), strict=True))),
            item_uuid,
            replaces if isinstance(replaces, str) else None,
        )


LAYOUT: Mapping[str, Any] = {
    "direction": "row",
    "first": {"type": "data_unit", "key": DataType.IMAGE.value},
    "second": {
        "direction": "column",
        "first": {"type": "data_unit", "key": DataType.TEXT_8B.value},
        "second": {"type": "data_unit", "key": DataType.TEXT_16B.value},
        "splitPercentage": 50,
    },
    "splitPercentage": 50,
}
"""The image next to its two captions, as in the seed's `editor_layout.json`."""


@dataclass(frozen=True, slots=True)
class ProjectForm:
    """Which form a project has: data groups if there is a folder in which images wait, else rows."""

    images_folder: UUID | None = field(default=None)

    @classmethod
    def of(cls, description: str | None) -> "ProjectForm":
        """The form of the project with this description."""
        found = _DESCRIPTION.search(description or "")
        return cls(UUID(found[1]) if found else None)

    @property
    def has_groups(self) -> bool:
        """Whether each Tag is a data group."""
        return self.images_folder is not None

    @property
    def description(self) -> str:
        """What a new project of this form is described as."""
        if self.images_folder is None:
            return ""
        return f"Data groups of an image and its captions; images wait in the storage folder {self.images_folder}"

    def __str__(self) -> str:
        """The form, for `doctor`."""
        if self.images_folder is None:
            return "each image is a row next to the rows of its captions"
        return (
            f"each image is a data group with its captions; new images wait in the storage folder {self.images_folder}"
        )


ROWS = ProjectForm()
"""The seed's form."""


def waiting_hash(item_uuid: str) -> str:
    """What stands for the data hash of an image that waits for its group: it has none yet."""
    return f"{WAITING}{item_uuid}"


def waiting_item(data_hash: str) -> str | None:
    """The storage item of an image that waits; None for a real data hash."""
    return data_hash.removeprefix(WAITING) if data_hash.startswith(WAITING) else None
