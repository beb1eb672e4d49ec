"""The SQLite file: one writer at a time, concurrent readers, atomic transactions."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from judge_pipeline.local.encord import schema


class Database:
    """Transactions on one SQLite file.

    Each commit hands the write-ahead log to the operating system, so committed transactions survive the death of this
    process; with `synchronous=NORMAL` only a power failure can lose them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = self._connect()
        self._write_lock = threading.Lock()
        self._idle_readers: list[sqlite3.Connection] = []
        self.changed = threading.Event()
        """Set by every commit; a waiting thread clears it before it reads the database."""
        schema.prepare(self._writer)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=30)
        connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed at the end of the block, rolled back by any exception."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
                self.changed.set()
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A read transaction: a consistent snapshot of everything committed so far; never waits for a writer."""
        try:
            connection = self._idle_readers.pop()
        except IndexError:
            connection = self._connect()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")
            self._idle_readers.append(connection)

    def close(self) -> None:
        """Close every connection; the database cannot be used afterwards."""
        while self._idle_readers:
            self._idle_readers.pop().close()
        self._writer.close()


def json_list(values: Iterable[object]) -> str:
    """A list as one SQL parameter, for `IN (SELECT value FROM json_each(?))`."""
    return json.dumps(list(values))
