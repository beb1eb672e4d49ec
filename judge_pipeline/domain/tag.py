"""The Tag: the name that an image and its two text items share, and the key of its Dagster partition."""

from typing import NewType
from uuid import UUID, uuid5

Tag = NewType("Tag", str)


def tag_for(*, project_hash: str, item_uuid: str) -> Tag:
    """The Tag of an image that has none yet: uuid5 of the project and the storage item, so every attempt finds the same."""
    return Tag(str(uuid5(UUID(project_hash), item_uuid)))
