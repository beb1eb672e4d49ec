"""Stored files: a folder of blobs, reachable only through signed URLs."""

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

from judge_pipeline.local.encord.database import Database
from judge_pipeline.local.encord.errors import NotAuthorised

BlobMethod = Literal["GET", "PUT"]

_OBJECT_KEY = re.compile(r"cord-files-local/[0-9a-f-]{36}", re.ASCII)


def object_key(item: str) -> str:
    """The key of an item's file in the bucket; Encord's are `cord-files-…/<organisation>/<uuid>`."""
    return f"cord-files-local/{item}"


class Blobs:
    """Files by object key, written atomically."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._secret = _secret(database)

    def path(self, key: str) -> Path:
        """The path of an object key's file; NotAuthorised for anything that is not an object key."""
        if not _OBJECT_KEY.fullmatch(key):
            raise NotAuthorised(f"no object is called {key!r}")
        return self._folder / key.rpartition("/")[2]

    @contextmanager
    def writing(self, key: str) -> Iterator[BinaryIO]:
        """A file to write to; at the end of the block it is stored, replacing any earlier one.

        Readers see either the old bytes or the new ones; an exception leaves the old ones in place.
        """
        path = self.path(key)
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        try:
            with unfinished.open("wb") as file:
                yield file
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def delete(self, key: str) -> None:
        """Remove a file, if it exists."""
        self.path(key).unlink(missing_ok=True)

    def signed_url(self, base_url: str, key: str, *, method: BlobMethod, lifetime_seconds: int) -> str:
        """A URL that allows one method on one object for a limited time."""
        expires = int(time.time()) + lifetime_seconds
        signature = self._signature(key, method, expires)
        return f"{base_url}/storage-blobs/{key}?expires={expires}&signature={signature}"

    def check(self, key: str, *, method: str, expires: int, signature: str) -> None:
        """Raise NotAuthorised unless this server signed the URL for this method and it has not expired."""
        if not hmac.compare_digest(signature.encode(), self._signature(key, method, expires).encode()):
            raise NotAuthorised(f"this URL does not allow {method} on this object")
        if time.time() >= expires:
            raise NotAuthorised("this URL has expired; ask for a new one")

    def _signature(self, key: str, method: str, expires: int) -> str:
        return hmac.new(self._secret, f"{method} {key} {expires}".encode(), hashlib.sha256).hexdigest()


def _secret(database: Database) -> bytes:
    """Kept in the database, so that URLs stay valid across restarts."""
    with database.writing() as db:
        db.execute("INSERT OR IGNORE INTO settings VALUES ('url_secret', ?)", (f'"{os.urandom(32).hex()}"',))
        row = db.execute("SELECT value_json ->> '$' AS secret FROM settings WHERE name = 'url_secret'").fetchone()
    return bytes.fromhex(row["secret"])
