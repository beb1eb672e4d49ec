"""The image: the value of an `images` partition."""

from collections.abc import Iterable
from dataclasses import dataclass

from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible_line

NAMED_WARNINGS = 3
"""How many images with warnings a sentence names."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image of the project that was read successfully.

    `sha256` (64 hex digits) is of the stored bytes; `width` and `height` are pixels after the EXIF rotation;
    `thumbnail` is a small data URI, so that pages can show the image without a request to Encord; empty
    once `prune` has deleted it. `notes` say how it was
    prepared for models other than usual, `warnings` what a person should look at; both are empty for an ordinary image.
    """

    tag: Tag
    title: str
    item_uuid: str
    data_hash: str
    sha256: str
    width: int
    height: int
    thumbnail: str
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def warnings_sentence(images: Iterable[Image]) -> str:
    """How many images a person should look at, and the first of them with the reason; empty if there are none."""
    warned = [image for image in images if image.warnings]
    if not warned:
        return ""
    named = "; ".join(
        f"{visible_line(image.title)!r}: {', '.join(image.warnings)}" for image in warned[:NAMED_WARNINGS]
    )
    count = "1 image has a warning" if len(warned) == 1 else f"{len(warned)} images have a warning"
    more = "; …" if len(warned) > NAMED_WARNINGS else ""
    return f"{count}, shown on the partitions of images: {named}{more}"
