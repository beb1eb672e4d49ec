"""The Tag: the name that an image and its two text items share; also the Dagster partition key."""

import re
from typing import NewType
from uuid import UUID, uuid5

Tag = NewType("Tag", str)
"""Uses only characters that Dagster's UI accepts in a partition key without quotes; see `read_tag`."""

_ODD = re.compile(r"[^-a-zA-Z0-9_:/]")
_ESCAPED = re.compile(r"(?:@[0-9A-F]{2})+")


def tag_for(*, project_hash: str, item_uuid: str) -> Tag:
    """The Tag of an image that has none yet: uuid5 of project and storage item, so that every attempt derives the same one."""
    return Tag(str(uuid5(UUID(project_hash), item_uuid)))


def is_made(tag: Tag) -> bool:
    """Whether a Tag looks like one of `tag_for`, of whichever project."""
    try:
        return UUID(tag).version == 5
    except ValueError:
        return False


def read_tag(written: str) -> Tag:
    """The Tag for the text that people wrote into client metadata, whatever it is.

    Each character that a partition key would have to quote becomes its UTF-8 bytes, each written as `@` and two hex digits:
    `cat, no. 1` is `cat@2C@20no@2E@201`. Different texts give different Tags.
    """
    return Tag(_ODD.sub(lambda odd: "".join(f"@{byte:02X}" for byte in _bytes(odd[0])), written))


def written_tag(tag: Tag) -> str:
    """The inverse of `read_tag`: the text in client metadata."""
    return _ESCAPED.sub(
        lambda escaped: bytes.fromhex(escaped[0].replace("@", "")).decode("utf-8", "surrogatepass"), tag
    )


def _bytes(character: str) -> bytes:
    return character.encode("utf-8", "surrogatepass")
