"""The connection under the store: SQLite or PostgreSQL, opened once, shared by threads, errors in our words."""

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
from judge_pipeline.store.engines import CONNECTIONS, LOCK_WAIT_SECONDS, WRITES, make_engine
from judge_pipeline.store.errors import StoreUnavailable, UnfitValue
from judge_pipeline.store.network_files import warn_of_network_files
from judge_pipeline.store.schema import is_current, upgrade

Insert = sqlite.Insert | postgresql.Insert

Key = TypeVar("Key", bound=str)

KEYS_AT_ONCE = 500
"""Tags or fingerprints per statement: far below the 32,766 and 65,535 parameters that SQLite and PostgreSQL take."""


def in_chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """The tags or fingerprints, as many at a time as one statement may name."""
    for start in range(0, len(keys), KEYS_AT_ONCE):
        yield keys[start : start + KEYS_AT_ONCE]


class Database:
    """A database with our tables in it. Threads may share it; close it when done."""

    def __init__(self, engine: Engine, *, where: str) -> None:
        self._engine = engine
        self._where = where
        self._is_sqlite = engine.name == "sqlite"
        # SQLite lets one writer in and makes others sleep: 32 threads waited up to 1.4 s for a turn, here 0.2 s.
        self._one_writer: AbstractContextManager[Any] = threading.Lock() if self._is_sqlite else nullcontext()
        # What SQLite does anyway, PostgreSQL has to be told: all reads of a transaction see the same state.
        snapshot = {} if self._is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._readers = engine.execution_options(**snapshot)
        self._writers = engine.execution_options(**{WRITES: True})

    @classmethod
    def open(cls, url: str) -> "Database":
        """Opens the database, makes what is missing and brings the schema up to date. Raises StoreError."""
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

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store throughout."""
        with self._in_our_words(), self._readers.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is kept when the block ends well, none of it otherwise."""
        with self._in_our_words(), self._one_writer, self._writers.begin() as connection:
            yield connection

    def insert(self, table: Table) -> Insert:
        """An insert that may say what happens when its row is there already."""
        return sqlite.insert(table) if self._is_sqlite else postgresql.insert(table)

    def upsert(self, table: Table) -> Insert:
        """An insert that replaces the row of the same primary key."""
        statement = self.insert(table)
        replaced = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=replaced)

    def now(self, connection: Connection) -> datetime:
        """The time by one clock for all who share the store: the server's, since the clocks of hosts differ."""
        if self._is_sqlite:
            return datetime.now(UTC)
        now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)

    def close(self) -> None:
        """Gives all connections back."""
        self._engine.dispose()

    def _prepare(self) -> None:
        with self.reading() as connection:
            if is_current(connection):
                return
        with self.writing() as connection:
            upgrade(connection, where=self._where)

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except (DataError, UnicodeEncodeError, OverflowError) as error:
            raise UnfitValue(f"a value cannot be kept: {getattr(error, 'orig', None) or error}") from error
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
