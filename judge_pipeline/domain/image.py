"""The image: the value of an `images` partition."""

from dataclasses import dataclass

from judge_pipeline.domain.tag import Tag


@dataclass(frozen=True, slots=True)
class Image:
    """An image of the project that was read successfully.

    `sha256` (64 hex digits) is of the stored bytes; `width` and `height` are pixels after the EXIF rotation;
    `thumbnail` is a small data URI, so that pages can show the image without a request to Encord.
    """

    tag: Tag
    title: str
    item_uuid: str
    data_hash: str
    sha256: str
    width: int
    height: int
    thumbnail: str
