"""Images for the browser: JPEG of bounded size, without metadata, the most recent ones cached in memory."""

import threading
from collections import OrderedDict

from judge_pipeline.domain.tag import Tag

LARGEST_SIDE = 2048
"""In pixels: sharp on a large screen, and below 2 MB."""

MAX_BYTES = 64_000_000


class Pictures:
    """A cache of JPEG files by Tag; the least recently used are dropped first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._files: OrderedDict[Tag, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, tag: Tag) -> bytes | None:
        """The file, if it is still cached."""
        with self._lock:
            if tag in self._files:
                self._files.move_to_end(tag)
            return self._files.get(tag)

    def put(self, tag: Tag, file: bytes) -> None:
        """Caches a file; older ones may be dropped."""
        with self._lock:
            self._files[tag] = file
            self._files.move_to_end(tag)
            while len(self._files) > 1 and sum(map(len, self._files.values())) > self._max_bytes:
                self._files.popitem(last=False)


def for_browser(data: bytes) -> bytes:
    """The image upright and without metadata, at most `LARGEST_SIDE` pixels a side, as JPEG.

    Raises:
        UnreadableImage: the file is not an image that a model could be shown either.
    """
    from judge_pipeline.models.images.preparation import prepare_image

    return prepare_image(data, max_side=LARGEST_SIDE).data
