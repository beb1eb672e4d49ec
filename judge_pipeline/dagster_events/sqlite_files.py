"""Dagster's SQLite files: connected to through one engine, and new ones made in one transaction each.

Dagster takes a dozen transactions, each of which waits for the disk, and reads its 90 migrations three times.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from inspect import getfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData, NullPool, create_engine

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

BUSY_SECONDS = 30
"""How long a connection waits for another writer, as in Dagster's own."""

_file = ContextVar[str]("file")
_engine = create_engine(
    "sqlite://", poolclass=NullPool, creator=lambda: sqlite3.connect(_file.get(), timeout=BUSY_SECONDS)
)
"""One for all files, so that a statement is compiled once in a process. It keeps no connection open."""


@contextmanager
def connected(file: str) -> Iterator[Connection]:
    """A connection to this file."""
    _file.set(file)
    with _engine.connect() as connection:
        yield connection


def make_event_file(file: Path) -> bool:
    """Makes the event log of one run or of all, and says whether it is there."""
    from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata

    with suppress(FileExistsError):
        _add_file(file, lambda file: _make_file(file, SqlEventLogStorageMetadata))
    return file.exists()


def make_home_files(home: Path) -> None:
    """The runs and the schedules of a new home; Dagster makes what is missing afterwards."""
    for make in (_make_runs, _make_schedules):
        with suppress(Exception):  # a changed Dagster can fail in any way
            make(home)


def _make_runs(home: Path) -> None:
    from dagster._core.storage.runs import migration, schema

    built = [*migration.REQUIRED_DATA_MIGRATIONS, *migration.OPTIONAL_DATA_MIGRATIONS]
    _add_file(home / "history" / "runs.db", lambda file: _make_file(file, schema.RunStorageSqlMetadata, built))


def _make_schedules(home: Path) -> None:
    from dagster._core.storage.schedules import migration, schema

    built = [*migration.REQUIRED_SCHEDULE_DATA_MIGRATIONS, *migration.OPTIONAL_SCHEDULE_DATA_MIGRATIONS]
    file = home / "schedules" / "schedules.db"
    _add_file(file, lambda file: _make_file(file, schema.ScheduleStorageSqlMetadata, built))


def _add_file(file: Path, make: Callable[[str], None]) -> None:
    """Complete or absent, since another process may open the home meanwhile; a file that is there stays.

    What SQLite left of a deleted file would be read as part of the new one, unless that is empty at first, as Dagster's is.
    """
    if file.with_name(f"{file.name}-wal").exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=file.parent) as folder:  # the process's id may be another container's too
        new = Path(folder, file.name)
        make(str(new))
        file.hardlink_to(new)


def _make_file(file: str, tables: MetaData, built: Collection[str] = ()) -> None:
    """`built` are the migrations of data, of which a new file has none."""
    from alembic.runtime.migration import MigrationContext

    with connected(file) as connection:
        driver_connection: Any = connection.connection.driver_connection
        driver_connection.isolation_level = None  # the driver would commit each table
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        tables.create_all(connection, checkfirst=False)
        if built:
            rows = [{"name": name, "migration_completed": datetime.now()} for name in built]
            connection.execute(tables.tables["secondary_indexes"].insert(), rows)
        MigrationContext.configure(connection).stamp(_migrations(), "head")
        connection.commit()


@cache
def _migrations() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.sql import get_alembic_config

    return ScriptDirectory.from_config(get_alembic_config(getfile(sqlite_event_log)))
