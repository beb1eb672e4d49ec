"""The database connection: SQLite or PostgreSQL, opened once, shared by threads, errors translated to StoreError."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from judge_pipeline.store.address import Address
from judge_pipeline.store.driver_errors import store_error
from judge_pipeline.store.engines import CONNECTIONS, LOCK_WAIT_SECONDS, WRITES, make_engine, make_reading_engine
from judge_pipeline.store.errors import StoreUnavailable, UnfitValue
from judge_pipeline.store.network_files import warn_of_network_files
from judge_pipeline.store.schema import is_current, refuse_other_revision, upgrade

Insert = sqlite.Insert | postgresql.Insert

Key = TypeVar("Key", bound=str)

KEYS_AT_ONCE = 500
"""Tags or fingerprints per statement: well below the limits of 32,766 parameters in SQLite and 65,535 in PostgreSQL."""


def in_chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """The tags or fingerprints in chunks that fit one statement."""
    for start in range(0, len(keys), KEYS_AT_ONCE):
        yield keys[start : start + KEYS_AT_ONCE]


class Database:
    """A database with this package's tables. Threads may share it; close it when done."""

    def __init__(self, engine: Engine, *, where: str) -> None:
        self._engine = engine
        self._where = where
        self._is_sqlite = engine.name == "sqlite"
        # SQLite admits one writer and makes the others sleep: 32 threads waited up to 1.4 s, with this lock 0.2 s.
        self._one_writer: AbstractContextManager[Any] = threading.Lock() if self._is_sqlite else nullcontext()
        # All reads of a transaction see one state: the default in SQLite, an option in PostgreSQL.
        snapshot = {} if self._is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._readers = engine.execution_options(**snapshot)
        self._writers = engine.execution_options(**{WRITES: True})

    @classmethod
    def open(cls, url: str) -> "Database":
        """Opens the database, creates what is missing and upgrades the schema. Raises StoreError."""
        address = Address.read(url)
        if address.is_sqlite:
            warn_of_network_files(address.file)
        database = cls(make_engine(address), where=str(address))
        try:
            database._prepare()
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def open_to_read(cls, url: str) -> "Database":
        """Opens a database that stays as it is. Raises StoreError if there is none, or it has another schema revision."""
        address = Address.read(url)
        database = cls(make_reading_engine(address), where=str(address))
        try:
            with database.reading() as connection:
                refuse_other_revision(connection, where=str(address))
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose reads all see the same state."""
        with self._translated_errors(), self._readers.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: committed when the block ends, rolled back if it raises."""
        with self._translated_errors(), self._one_writer, self._writers.begin() as connection:
            yield connection

    def insert(self, table: Table) -> Insert:
        """An insert that accepts `on_conflict_...` clauses."""
        return sqlite.insert(table) if self._is_sqlite else postgresql.insert(table)

    def upsert(self, table: Table) -> Insert:
        """An insert that replaces a row with the same primary key."""
        statement = self.insert(table)
        replaced = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=replaced)

    def now(self, connection: Connection) -> datetime:
        """The time by the one clock that all users of the store share: the server's, because hosts' clocks differ."""
        if self._is_sqlite:
            return datetime.now(UTC)
        now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    def _prepare(self) -> None:
        with self.reading() as connection:
            if is_current(connection):
                return
        with self.writing() as connection:
            upgrade(connection, where=self._where)

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except (DataError, UnicodeEncodeError, OverflowError) as error:
            raise UnfitValue(f"a value cannot be saved: {getattr(error, 'orig', None) or error}") from error
        except DBAPIError as error:
            raise store_error(error, where=self._where) from error
        except StatementError as error:
            if isinstance(error.orig, UnfitValue):
                raise error.orig from None
            raise
        except PoolTimeout as error:
            raise StoreUnavailable(
                f"the store {self._where} cannot be used: all {CONNECTIONS} connections of this process have been busy "
                f"for {LOCK_WAIT_SECONDS} s; find out what the database is waiting for, then run again"
            ) from error
