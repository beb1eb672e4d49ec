"""Dagster's event log on SQLite, with batches. The `dagster.yaml` of every home names this class.

So the module has to import with any Dagster: it needs one private name, Dagster's own storage class, and finds that class without the
name as well.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from judge_pipeline.dagster_events.event_batches import (
    BatchedEvents,
    HalfWritten,
    ask_for_batches,
    delete_events,
    event_rows,
    insert_events,
    update_assets,
)
from judge_pipeline.dagster_events.sqlite_files import OpenFiles, make_event_file

if TYPE_CHECKING:
    from dagster._core.storage.event_log import SqliteEventLogStorage as SqliteEventLogStorage
    from dagster._serdes import ConfigurableClassData
else:
    try:
        from dagster._core.storage.event_log import SqliteEventLogStorage
    except ImportError:  # another version of Dagster: ask it which storage it uses by default
        with dg.DagsterInstance.local_temp() as _instance:
            SqliteEventLogStorage = type(_instance.event_log_storage)


class BatchedSqliteEventLogStorage(BatchedEvents, SqliteEventLogStorage):
    """Dagster's own storage and files; a batch of asset events takes two transactions.

    Dagster makes an engine for each of the 160 connections of a run, and so compiles every statement and opens the file again.
    """

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """A transaction on the index or the file of a run; Dagster's own the first time, because that makes the file's tables."""
        lock = getattr(self, "_db_lock", None)
        if lock is None or shard not in getattr(self, "_initialized_dbs", ()):
            with super()._connect(shard) as connection:
                yield connection
            return
        with lock, self._files.connected(self.path_for_shard(shard)) as connection, connection.begin():
            yield connection

    @cached_property
    def _files(self) -> OpenFiles:
        return OpenFiles()

    def dispose(self) -> None:
        """Closes the files; the next use of the storage reopens them."""
        super().dispose()  # ends those who watch, and read
        self._files.close()

    def _initdb(self, engine: Engine, for_index_shard: bool = False) -> None:
        """Makes a new file in one transaction; in Dagster's own way whenever that does not work."""
        if engine.url.database and not Path(engine.url.database).exists():
            with suppress(ImportError, SQLAlchemyError, sqlite3.Error, OSError):
                if make_event_file(Path(engine.url.database)):
                    return
        super()._initdb(engine, for_index_shard)

    def has_table(self, table_name: str) -> bool:
        """Looked up once: Dagster asks, through a new engine, before each of the fifteen statements of a run about partitions."""
        tables = self.__dict__.setdefault("_found_tables", set())
        if table_name not in tables and super().has_table(table_name):
            tables.add(table_name)
        return table_name in tables

    def has_asset_key_col(self, column_name: str) -> bool:
        """Looked up once: Dagster asks five times for the statuses of an asset's partitions, and reads all columns each time."""
        columns = self.__dict__.setdefault("_found_columns", set())
        if column_name not in columns and super().has_asset_key_col(column_name):
            columns.add(column_name)
        return column_name in columns

    def write_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Writes asset events of one run; see `write_batch` of this module."""
        write_batch(self, events)

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        """`dagster_home`: the files are where Dagster's own storage would have them."""
        return {"dagster_home": dg.StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: "ConfigurableClassData | None", config_value: Mapping[str, Any]
    ) -> "BatchedSqliteEventLogStorage":
        """The storage of the instance in that folder."""
        ask_for_batches()
        return cls(f"{Path(config_value['dagster_home']) / 'history' / 'runs'}/", inst_data)


def write_batch(storage: SqliteEventLogStorage, events: Sequence[dg.EventLogEntry]) -> None:
    """Writes asset events of one run to the run's own file, then to the index of all runs: all of them or, after an error, none.

    Raises:
        HalfWritten: the index failed, and the run's file could not be restored.
    """
    if not events:
        return
    rows = event_rows(storage, events)
    run_id = events[0].run_id
    with storage.run_connection(run_id) as connection:
        in_run = insert_events(connection, rows)
    try:
        with storage.index_transaction() as connection:
            update_assets(storage, connection, events, insert_events(connection, rows))
    except BaseException as error:
        try:
            with storage.run_connection(run_id) as connection:
                delete_events(connection, in_run)
        except Exception:
            raise HalfWritten(
                f"{len(events)} events of run {run_id} are in its own log and not on the pages of their assets, because "
                f"the index of all runs could not be written ({error!r}); run the same partitions again to log them"
            ) from error
        raise
