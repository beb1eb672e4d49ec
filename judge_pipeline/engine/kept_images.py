"""Prepared images of tags that wait for model batches, so that the runs that go on with them need not fetch them again.

Fetching and preparing a photograph of 12 MP takes a download and 0.2 s of processor time, reading it here 1 ms. A lost folder costs
no more than that.
"""

import hashlib
import json
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

from judge_pipeline.models.images.preparation import RECIPE, PreparedImage
from judge_pipeline.models.images.treatments import Treatment

MOST_BYTES = 4_000_000_000
"""About 20,000 images. What is beyond is fetched again."""

KEPT_SECONDS = 14 * 86_400.0
"""A batch takes a day; what has waited for longer was given up."""

FIELDS = ("mime", "width", "height", "sha256", "source_width", "source_height", "source_format")


class KeptImages:
    """A folder of this machine that only its owner may read. Threads may share it; nothing here raises OSError."""

    def __init__(self, folder: Path, *, min_side: int, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._min_side = min_side
        self._most_bytes = most_bytes
        self._bytes: int | None = None

    def read(self, item_uuid: str) -> PreparedImage | None:
        """The image of a storage item as models see it, if it is here."""
        try:
            header, _, data = self._file(item_uuid).read_bytes().partition(b"\n")
            values = json.loads(header)
            treatments = tuple(Treatment(**each) for each in values.pop("treatments"))
            image = PreparedImage(data, **{name: values[name] for name in FIELDS}, treatments=treatments)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return image if values["bytes"] == len(data) else None

    def keep(self, item_uuid: str, image: PreparedImage) -> None:
        """Writes the image, unless it is here or the folder is full."""
        path = self._file(item_uuid)
        values = {name: getattr(image, name) for name in FIELDS} | {"bytes": len(image.data)}
        header = json.dumps({**values, "treatments": [asdict(each) for each in image.treatments]}).encode()
        with suppress(OSError):
            if self._bytes is None:
                self._bytes = self._clean_up()
            if path.exists() or self._bytes + len(image.data) > self._most_bytes:
                return
            self._bytes += len(image.data)
            temporary = path.with_name(f".{uuid4().hex}")
            temporary.write_bytes(header + b"\n" + image.data)
            temporary.replace(path)

    def forget(self, item_uuid: str) -> None:
        """Deletes the image: no run needs it any more."""
        with suppress(OSError):
            self._file(item_uuid).unlink(missing_ok=True)

    def _clean_up(self) -> int:
        """Deletes what was given up; returns the bytes of the rest."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        total, oldest = 0, time.time() - KEPT_SECONDS
        for path in self._folder.iterdir():
            found = path.stat()
            if found.st_mtime < oldest:
                path.unlink(missing_ok=True)
            else:
                total += found.st_size
        return total

    def _file(self, item_uuid: str) -> Path:
        """Another recipe makes another picture of the same item."""
        key = f"{item_uuid} {RECIPE} {self._min_side}"
        return self._folder / hashlib.sha256(key.encode()).hexdigest()
