"""Records as JSON files in a folder: read at the start, written whole at each change, each seen only by its owner."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, Field

from judge_pipeline.local.models.api.errors import ApiError


class Record(BaseModel):
    """What files and batches have in common."""

    id: str
    owner: str
    created_ns: int = Field(default_factory=time.time_ns)
    """Nanoseconds since 1970: the order of the list, finer than the seconds on the wire."""

    @property
    def created_at(self) -> int:
        """Seconds since 1970."""
        return self.created_ns // 1_000_000_000


R = TypeVar("R", bound=Record)


def owner_of(request: Request) -> str:
    """A digest of the request's API key; requests without one share an owner."""
    key = request.headers.get("authorization", "").removeprefix("Bearer ") or request.headers.get("api-key", "")
    return hashlib.sha256(key.strip().encode()).hexdigest()[:16]


class RecordFolder(Generic[R]):
    """All records of one kind. Thread-safe."""

    def __init__(self, folder: Path, kind: type[R], *, missing: str) -> None:
        """`missing` is the message about an unknown id, which it has a place for."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._missing = missing
        self._lock = threading.Lock()
        records = [kind.model_validate_json(file.read_bytes()) for file in folder.glob("*.json")]
        self._records = {record.id: record for record in sorted(records, key=lambda record: record.created_ns)}

    def save(self, record: R) -> R:
        """Add a record."""
        with self._lock:
            return self._save(record)

    def change(self, id_: str, change: Callable[[R], dict[str, Any]], *, on_disk: bool = True) -> R:
        """Replace the fields that `change` returns for the present record, or none if it raises."""
        with self._lock:
            record = self._records[id_]
            record = record.model_copy(update=change(record))
            if on_disk:
                return self._save(record)
            self._records[id_] = record
            return record

    def present(self, id_: str) -> R:
        """A record as it is now."""
        with self._lock:
            return self._records[id_]

    def get(self, id_: str, owner: str) -> R:
        """A record of this owner.

        Raises:
            ApiError: 404, there is none.
        """
        with self._lock:
            record = self._records.get(id_)
        if record is None or record.owner != owner:
            raise ApiError(404, self._missing.format(id_), param="id")
        return record

    def delete(self, id_: str) -> None:
        """Remove a record."""
        with self._lock:
            self._records.pop(id_, None)
            (self._folder / f"{id_}.json").unlink(missing_ok=True)

    def all(self) -> list[R]:
        """All records, the oldest first."""
        with self._lock:
            return list(self._records.values())

    def page(
        self,
        owner: str,
        *,
        after: str | None,
        limit: int,
        wire: Callable[[R], dict[str, Any]],
        oldest_first: bool = False,
        where: Callable[[R], bool] = lambda _record: True,
    ) -> dict[str, Any]:
        """A page of an owner's records that begins after the record `after`."""
        records = [record for record in self.all() if record.owner == owner]
        if not oldest_first:
            records.reverse()
        if after is not None:
            ids = [record.id for record in records]
            records = records[ids.index(self.get(after, owner).id) + 1 :]
        records = [record for record in records if where(record)]
        data = [wire(record) for record in records[:limit]]
        return {
            "object": "list",
            "data": data,
            "first_id": data[0]["id"] if data else None,
            "last_id": data[-1]["id"] if data else None,
            "has_more": len(records) > limit,
        }

    def _save(self, record: R) -> R:
        part = self._folder / f"{record.id}.part"
        part.write_text(record.model_dump_json(), encoding="utf-8")
        part.replace(self._folder / f"{record.id}.json")
        self._records[record.id] = record
        return record


def read_limit(request: Request, *, default: int, most: int) -> int:
    """The query parameter `limit`."""
    given = request.query_params.get("limit", str(default))
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= most:
        raise ApiError(400, f"Invalid 'limit': expected a number from 1 to {most}, but got {given!r}.", param="limit")
    return int(given)
