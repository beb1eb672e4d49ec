"""Images as the browser gets them: JPEG of a bounded size, without metadata, the last few kept in memory."""

import threading
from collections import OrderedDict

from judge_pipeline.domain.tag import Tag

LARGEST_SIDE = 2048
"""Pixels: sharp on a large screen, and less than 2 MB."""

KEPT_BYTES = 64_000_000


class Pictures:
    """JPEG files by Tag; those that were not asked for the longest make room."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._files: OrderedDict[Tag, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, tag: Tag) -> bytes | None:
        """The file, if it is still kept."""
        with self._lock:
            if tag in self._files:
                self._files.move_to_end(tag)
            return self._files.get(tag)

    def keep(self, tag: Tag, file: bytes) -> None:
        """Keeps a file, at the cost of older ones."""
        with self._lock:
            self._files[tag] = file
            self._files.move_to_end(tag)
            while len(self._files) > 1 and sum(map(len, self._files.values())) > self._kept_bytes:
                self._files.popitem(last=False)


def for_browser(data: bytes) -> bytes:
    """The image upright and without metadata, at most `LARGEST_SIDE` pixels a side, as JPEG.

    Raises:
        UnreadableImage: the file is no image that could be shown to a model either.
    """
    from judge_pipeline.models.image_preparation import prepare_image

    return prepare_image(data, max_side=LARGEST_SIDE).data
