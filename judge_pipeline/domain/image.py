"""The image: what one partition is about."""

from dataclasses import dataclass

from judge_pipeline.domain.tag import Tag


@dataclass(frozen=True, slots=True)
class Image:
    """An image of the project that has been read and can be described.

    `sha256` (64 hex digits) is of the stored bytes; `width` and `height` are pixels after the EXIF rotation;
    `thumbnail` is a small data URI, so that a page or a partition can show the image without asking Encord.
    """

    tag: Tag
    title: str
    item_uuid: str
    data_hash: str
    sha256: str
    width: int
    height: int
    thumbnail: str
