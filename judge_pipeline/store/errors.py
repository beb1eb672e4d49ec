"""What can go wrong with the store, each in one sentence that says what to do.

StoreError
├── StoreUnavailable    it cannot be opened, read or written now: folder, disk, lock, server
├── StoreDamaged        it is not a database, or no longer a whole one
├── SchemaMismatch      another version of this package made it
└── UnfitValue          a value cannot be kept as it is, or what is kept no longer fits its type
"""

import sqlite3

from sqlalchemy.exc import DBAPIError


class StoreError(Exception):
    """The store cannot do what it was asked."""


class StoreUnavailable(StoreError):
    """The store cannot be opened, read or written now; whatever it acknowledged before is kept."""


class StoreDamaged(StoreError):
    """The store is not a database, or no longer a whole one."""


class SchemaMismatch(StoreError):
    """The store was made by another version of this package."""


class UnfitValue(StoreError, ValueError):
    """A value would not be read back as it was given, or a kept one does not fit its type any more."""


ADVICE = {
    "SQLITE_BUSY": "another process has been writing for too long; find it and stop it, then run again",
    "SQLITE_FULL": "the disk is full; free some space and run again",
    "SQLITE_IOERR": "the disk failed or is full; check it and run again",
    "SQLITE_READONLY": "it may not be written to; change its owner or permissions",
    "SQLITE_CANTOPEN": "it cannot be opened; check that its folder exists and may be read and written",
}
"""What to do, by the primary name of SQLite's result code (https://www.sqlite.org/rescode.html)."""

DAMAGE = ("SQLITE_NOTADB", "SQLITE_CORRUPT")


def explained(error: DBAPIError, *, where: str) -> StoreError:
    """The database's own error as one of ours; `where` names the store without its password."""
    cause = error.orig
    said = str(cause or error).strip().split("\n")[0]
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorname", "") or ""
        if code.startswith(DAMAGE):
            return StoreDamaged(
                f"the store {where} is not a whole SQLite database ({said}): "
                "restore a copy of the file, or move it away and run again with a new one"
            )
        advice = next((advice for name, advice in ADVICE.items() if code.startswith(name)), None)
        return StoreUnavailable(
            f"the store {where} cannot be used ({said}): {advice or 'check the file and its folder'}"
        )
    return StoreUnavailable(
        f"the store {where} cannot be used ({said}): check that the server runs and the URL is right"
    )
