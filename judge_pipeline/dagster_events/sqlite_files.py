"""Dagster's SQLite files: connected to through one engine, kept open while they are used, and new ones made in one transaction each.

To make a file, Dagster takes a dozen transactions, each of which waits for the disk, and reads its 90 migrations three times. And it
closes a file after each transaction, so that SQLite moves its log into the file, deletes it and waits for the disk four times more.
"""

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
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

MOST_OPEN = 2
"""The index, and the file of the present run."""

_connect = ContextVar[Callable[[], sqlite3.Connection]]("connect")
_engine = create_engine("sqlite://", poolclass=NullPool, creator=lambda: _connect.get()())
"""One for all files, so that a statement is compiled once in a process. It keeps no connection open."""


class OpenFiles:
    """The files that were used last, which stay open. For one thread at a time."""

    def __init__(self) -> None:
        self._open: dict[str, _OpenFile] = {}

    @contextmanager
    def connected(self, file: str) -> Iterator[Connection]:
        """A connection to this file."""
        opened = self._open.pop(file, None)
        if opened is None or opened.identity != _identity(file):
            opened = sqlite3.connect(file, timeout=BUSY_SECONDS, check_same_thread=False, factory=_OpenFile)
            opened.identity = _identity(file)
        before = opened.total_changes
        try:
            with _connected(lambda: opened) as connection:
                yield connection
        except BaseException:
            opened.close_file()
            raise
        if opened.total_changes != before:
            with suppress(OSError):  # the events are committed, and an error would have them written again
                os.utime(file)  # Dagster's pages watch the file of a run, not its log
        self._open[file] = opened
        for least_recent in list(self._open)[:-MOST_OPEN]:
            self._open.pop(least_recent).close_file()

    def close(self) -> None:
        """Closes them all."""
        while self._open:
            self._open.popitem()[1].close_file()


class _OpenFile(sqlite3.Connection):
    """A connection that SQLAlchemy does not close when it is done with it."""

    identity: tuple[int, ...] = ()

    def close(self) -> None:
        """Leaves it open."""

    def close_file(self) -> None:
        super().close()


def _identity(file: str) -> tuple[int, ...]:
    """Of the file that has this name now, in this process: SQLite's connections must not outlive a fork."""
    try:
        found = Path(file).stat()
    except FileNotFoundError:
        return ()
    return (os.getpid(), found.st_dev, found.st_ino)


@contextmanager
def kept_open(file: Path) -> Iterator[None]:
    """In the block, other connections to this file leave its log alone when they are closed. Without one nothing happens."""
    with ExitStack() as stack:
        if file.exists():
            with suppress(
                sqlite3.Error
            ):  # it is none of SQLite's, or not readable: the home may have its runs elsewhere
                connection = stack.enter_context(closing(sqlite3.connect(file, timeout=BUSY_SECONDS)))
                connection.execute("SELECT name FROM sqlite_master").fetchall()
        yield


@contextmanager
def _connected(connect: Callable[[], sqlite3.Connection]) -> Iterator[Connection]:
    _connect.set(connect)
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

    with _connected(lambda: sqlite3.connect(file, timeout=BUSY_SECONDS)) as connection:
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
