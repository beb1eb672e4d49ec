"""Stored files: content and record on disk."""

from __future__ import annotations

import secrets
import shutil
import time
from pathlib import Path
from typing import Any, BinaryIO

from judge_pipeline.local.models.api.errors import ApiError
from judge_pipeline.local.models.batches.records import Record, RecordFolder

INPUT_SECONDS = 30 * 86_400
"""Files for batches expire after 30 days, as OpenAI's do."""


class StoredFile(Record):
    """A file; its content is next to its record."""

    filename: str
    purpose: str
    size: int
    expires_at: int | None = None

    def wire(self) -> dict[str, Any]:
        """OpenAI's file object."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": self.size,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "filename": self.filename,
            "purpose": self.purpose,
            "status": "processed",
            "status_details": None,
        }


class FileStore:
    """All files, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.records = RecordFolder(folder, StoredFile, missing="No such File object: {}")
        self._folder = folder

    def content(self, id_: str) -> Path:
        """Where the content of a file is."""
        return self._folder / f"{id_}.content"

    def get(self, id_: str, owner: str) -> StoredFile:
        """A file of this owner that has not expired; otherwise ApiError 404."""
        stored = self.records.get(id_, owner)
        if stored.expires_at is not None and stored.expires_at < time.time():
            self.delete(stored)
            return self.records.get(id_, owner)
        return stored

    def add(self, content: BinaryIO, *, owner: str, filename: str, purpose: str, expires_seconds: int) -> StoredFile:
        """Copy a file that was uploaded."""
        id_ = _new_id()
        with self.content(id_).open("wb") as target:
            shutil.copyfileobj(content, target, 1 << 20)
        return self._record(id_, owner, filename, purpose, expires_seconds)

    def adopt(self, path: Path, *, owner: str, filename: str, expires_seconds: int | None) -> str | None:
        """Take over the output of a batch and return its id; an empty one is removed."""
        if path.stat().st_size == 0:
            path.unlink()
            return None
        id_ = _new_id()
        path.replace(self.content(id_))
        return self._record(id_, owner, filename, "batch_output", expires_seconds).id

    def delete(self, stored: StoredFile) -> None:
        """Remove a file."""
        self.records.delete(stored.id)
        self.content(stored.id).unlink(missing_ok=True)

    def _record(self, id_: str, owner: str, filename: str, purpose: str, expires_seconds: int | None) -> StoredFile:
        size = self.content(id_).stat().st_size
        expires_at = None if expires_seconds is None else int(time.time()) + expires_seconds
        return self.records.save(
            StoredFile(id=id_, owner=owner, filename=filename, purpose=purpose, size=size, expires_at=expires_at)
        )


def _new_id() -> str:
    return f"file-{secrets.token_hex(12)}"


def check_expiry(value: Any, *, param: str) -> int:
    """The seconds of an expiry such as `{"anchor": "created_at", "seconds": 3600}`."""
    if not isinstance(value, dict) or value.get("anchor") != "created_at" or set(value) != {"anchor", "seconds"}:
        raise ApiError(400, f"Invalid '{param}': expected 'anchor' created_at, and 'seconds'.", param=param)
    seconds = value["seconds"]
    if not str(seconds).isdigit() or not 3600 <= int(seconds) <= 2_592_000:
        raise ApiError(400, f"Invalid '{param}.seconds': expected a number from 3600 to 2592000.", param=param)
    return int(seconds)
