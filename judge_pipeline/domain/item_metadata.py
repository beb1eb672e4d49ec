"""An item's client metadata, written by anyone: the Tag, the Data Type and the scene in it, or why they cannot be used. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from judge_pipeline.domain.captioner import DataType
from judge_pipeline.domain.tag import Tag, read_tag, written_tag

LONGEST_TAG = 1_000
"""Characters of a Tag as a partition key; PostgreSQL's indexes hold 2,704 bytes a row."""


@dataclass(frozen=True, slots=True)
class ItemMetadata:
    """What the pipeline reads in client metadata. `problem` completes "the image …" if a value cannot be used."""

    tag: Tag | None
    data_type: str | None
    problem: str | None

    @classmethod
    def read(cls, metadata: object) -> "ItemMetadata":
        """Any JSON value is accepted; null and the empty text are no value."""
        found = metadata if isinstance(metadata, Mapping) else {}
        written, data_type = found.get("Tag"), found.get("Data Type")
        tag = read_tag(written) if isinstance(written, str) and written else None
        problem = None
        if not (written is None or isinstance(written, str)):
            problem = _not_a_text("Tag", written)
        elif tag is not None and len(tag) > LONGEST_TAG:
            problem = (
                f"has a Tag of {len(tag):,} characters as a partition key ({tag[:20]}…), expected at most "
                f"{LONGEST_TAG:,}; shorten or remove it in Encord"
            )
            tag = None
        elif not (data_type is None or isinstance(data_type, str)):
            problem = _not_a_text("Data Type", data_type)
        return cls(tag, data_type if isinstance(data_type, str) and data_type else None, problem)


def cluster_of(metadata: object, key: str) -> str | None:
    """The value under this key as a text, whatever JSON it is; None if there is none."""
    value = metadata.get(key) if isinstance(metadata, Mapping) else None
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def tag_metadata(tag: Tag, data_type: DataType) -> dict[str, str]:
    """The client metadata by which an item is found in the snapshot, with the seed notebook's keys."""
    return {"Tag": written_tag(tag), "Data Type": data_type.value}


def unset_keys(metadata: Mapping[str, object], wanted: Mapping[str, str]) -> dict[str, str]:
    """The part of `wanted` that the metadata has no value for; 0, false and empty lists are values."""
    return {key: value for key, value in wanted.items() if metadata.get(key) in (None, "")}


def _not_a_text(key: str, value: object) -> str:
    shown = json.dumps(value)
    shown = f"{shown[:60]}…" if len(shown) > 60 else shown
    return f"has the {key} {shown}, expected a text in quotes; make it a text or remove it in Encord"
