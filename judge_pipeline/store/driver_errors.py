"""Database driver errors as StoreError: one sentence with the driver's message and what to do."""

import sqlite3

from sqlalchemy.exc import DBAPIError

from judge_pipeline.store.errors import StoreDamaged, StoreError, StoreUnavailable

LOCKED = "another process has been writing for too long; find it and stop it, then run again"
FULL = "the disk is full; free some space and run again"
READ_ONLY = "it is read-only; change its owner or permissions"
ADDRESS = "check that the server runs, and check host, user, password and database in JUDGE_PIPELINE_DATABASE_URL"
RESTORE = "restore a copy, or move it away and run again with a new one"

SQLITE_ADVICE = {
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_FULL": FULL,
    "SQLITE_IOERR": "the disk failed or is full; check it and run again",
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_CANTOPEN": "it cannot be opened; check that its folder exists and is readable and writable",
    "SQLITE_PERM": READ_ONLY,
}
"""What to do, by the primary name of SQLite's result code (https://www.sqlite.org/rescode.html)."""

SQLITE_DAMAGE = ("SQLITE_NOTADB", "SQLITE_CORRUPT")

POSTGRESQL_ADVICE = {
    "25006": "the server is read-only; use its primary",
    "42501": "its user may not create or write the tables; grant it CREATE and USAGE on the schema",
    "53100": FULL,
    "54000": "a partition key is longer than its indexes allow; delete that partition in Dagster and shorten its Tag in Encord",
    "55P03": LOCKED,
    "57P": "the server closed the connection; run again when it is back",
    "25P03": "this process stalled while writing; run again",
}
"""What to do, by SQLSTATE prefix (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

POSTGRESQL_DAMAGE = ("XX001", "XX002")


def store_error(error: DBAPIError, *, where: str) -> StoreError:
    """The driver's error as a StoreError; `where` names the store without its password."""
    cause = error.orig
    message = str(cause or error).strip().split("\n")[0]
    if isinstance(cause, sqlite3.Error):
        code, advice_by_code, damage_codes, default = (
            _name(cause),
            SQLITE_ADVICE,
            SQLITE_DAMAGE,
            "check the file and its folder",
        )
    else:
        code, advice_by_code, damage_codes, default = _sqlstate(cause), POSTGRESQL_ADVICE, POSTGRESQL_DAMAGE, ADDRESS
    if code.startswith(damage_codes):
        return StoreDamaged(f"the store {where} is not an intact database ({message}): {RESTORE}")
    advice = next((advice for prefix, advice in advice_by_code.items() if code.startswith(prefix)), default)
    return StoreUnavailable(f"the store {where} cannot be used ({message}): {advice}")


def _name(cause: sqlite3.Error) -> str:
    return getattr(cause, "sqlite_errorname", "") or ""


def _sqlstate(cause: BaseException | None) -> str:
    return getattr(cause, "sqlstate", "") or ""
