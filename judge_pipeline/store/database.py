"""The connection under the store: SQLite or PostgreSQL, opened once, shared by threads, errors in our words."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, create_engine, event, insert, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, StatementError

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import SchemaMismatch, StoreUnavailable, UnfitValue, explained
from judge_pipeline.store.tables import SCHEMA_VERSION, metadata, schema_version

LOCK_WAIT_SECONDS = 30.0
"""How long a writer waits for other processes; our own transactions hold the lock for milliseconds."""

WRITES = "judge_pipeline_writes"

Upsert = sqlite.Insert | postgresql.Insert

TAGS_AT_ONCE = 500
"""Tags per statement: far below the 32,766 and 65,535 parameters that SQLite and PostgreSQL take."""


def in_chunks(tags: Sequence[Tag]) -> Iterator[Sequence[Tag]]:
    """The tags, as many at a time as one statement may name."""
    for start in range(0, len(tags), TAGS_AT_ONCE):
        yield tags[start : start + TAGS_AT_ONCE]


class Database:
    """A database with our tables in it. Threads may share it; close it when done."""

    def __init__(self, engine: Engine, *, where: str) -> None:
        self._engine = engine
        self._where = where
        # SQLite lets one writer in and makes others sleep: 32 threads waited up to 1.4 s for a turn, here 0.2 s.
        self._one_writer: AbstractContextManager[Any] = threading.Lock() if engine.name == "sqlite" else nullcontext()

    @classmethod
    def open(cls, url: str) -> "Database":
        """Opens the database, and makes its folder and tables when they are missing. Raises StoreError."""
        address = _address(url)
        where = address.database or url if address.get_backend_name() == "sqlite" else address.render_as_string()
        try:
            database = cls(_engine(address), where=where)
        except ModuleNotFoundError as error:
            raise StoreUnavailable(f"the store {where} needs the Python package {error.name!r}: install it") from error
        try:
            database._prepare()
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store throughout."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise explained(error, where=self._where) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is kept when the block ends well, none of it otherwise."""
        try:
            with (
                self._one_writer,
                self._engine.connect().execution_options(**{WRITES: True}) as connection,
                connection.begin(),
            ):
                yield connection
        except DBAPIError as error:
            raise explained(error, where=self._where) from error
        except StatementError as error:
            raise UnfitValue(f"a value cannot be kept: {error.orig}") from error

    def upsert(self, table: Table, *, replaceable: ColumnElement[bool] | None = None) -> Upsert:
        """An insert that replaces the row of the same primary key, if that one is `replaceable`."""
        statement = sqlite.insert(table) if self._engine.name == "sqlite" else postgresql.insert(table)
        replaced = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=replaced, where=replaceable)

    def close(self) -> None:
        """Gives all connections back."""
        self._engine.dispose()

    def _prepare(self) -> None:
        with self.writing() as connection:
            if not inspect(connection).has_table(schema_version.name):
                metadata.create_all(connection)
                connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
            found = connection.scalars(select(schema_version.c.version)).all()
        if found != [SCHEMA_VERSION]:
            raise SchemaMismatch(
                f"the store {self._where} has schema version {', '.join(map(str, found)) or 'none'}, "
                f"this judge-pipeline reads version {SCHEMA_VERSION}: "
                "use the judge-pipeline that made it, or set JUDGE_PIPELINE_DATABASE_URL to a new database"
            )


def _address(url: str) -> URL:
    expected = "expected sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise StoreUnavailable(f"the store's address is not a database URL: {expected}") from error
    if address.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreUnavailable(f"the store cannot be a {address.get_backend_name()!r} database: {expected}")
    if address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:"):
        raise StoreUnavailable(
            "the store cannot be in memory, since several threads and processes share it: expected sqlite:///PATH"
        )
    return address


def _engine(address: URL) -> Engine:
    strict_json = partial(json.dumps, allow_nan=False)
    if address.get_backend_name() == "postgresql":
        return create_engine(address, json_serializer=strict_json, pool_pre_ping=True)
    folder = Path(address.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"the store's folder {folder} cannot be made: {error.strerror}") from error
    waiting = {} if "timeout" in address.query else {"timeout": LOCK_WAIT_SECONDS}
    engine = create_engine(address, json_serializer=strict_json, connect_args=waiting)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin too late; _begin_sqlite does it
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _switch_to_wal(connection: Any) -> None:
    # The first switch of a new file does not wait for a process that is switching it too, so the waiting is done here.
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first fails at once if another wrote before its own first write; IMMEDIATE waits instead.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
