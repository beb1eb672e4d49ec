"""Dagster's event log on SQLite, with batches: written one by one, each event costs a connection and two commits.

A run of 250 tags announces 1,250 partitions before it starts. The `dagster.yaml` of every home names this class, so the module has to
import with any Dagster: it needs one private name, Dagster's own storage class, and finds that class without the name as well.
"""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from sqlalchemy import Connection

if TYPE_CHECKING:
    from dagster._core.storage.event_log import SqliteEventLogStorage as SqliteEventLogStorage
    from dagster._serdes import ConfigurableClassData
else:
    try:
        from dagster._core.storage.event_log import SqliteEventLogStorage
    except ImportError:  # another version of Dagster: ask it which storage it uses by default
        with dg.DagsterInstance.local_temp() as _instance:
            SqliteEventLogStorage = type(_instance.event_log_storage)

BATCH_SIZE_VARIABLE = "DAGSTER_EVENT_BATCH_SIZE"
"""Dagster makes batches only when this environment variable is set."""

EVENTS_PER_STATEMENT = 500
"""Rows of seven values each, far below SQLite's limit of 32,766 values."""

BATCHED_TYPES = frozenset(
    {
        dg.DagsterEventType.ASSET_MATERIALIZATION,
        dg.DagsterEventType.ASSET_OBSERVATION,
        dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    }
)


class HalfWritten(Exception):
    """The run's own file has a batch that the index of all runs lacks. Writing the events again would double them in the run."""


class BatchedSqliteEventLogStorage(SqliteEventLogStorage):
    """Dagster's own storage and files; a batch of asset events takes two transactions.

    Whatever goes wrong with a batch, Dagster's own code writes its events one by one.
    """

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Writes the asset events of each run as one batch, and everything else as Dagster does."""
        by_run: dict[str, list[dg.EventLogEntry]] = defaultdict(list)
        others: list[dg.EventLogEntry] = []
        for event in events:
            (by_run[event.run_id] if _is_batched(event) else others).append(event)
        super().store_event_batch(others)
        for batch in by_run.values():
            try:
                write_batch(self, batch)
            except HalfWritten:
                raise
            except Exception:  # nothing of the batch is written; a changed Dagster can fail in any way
                super().store_event_batch(batch)

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        """`dagster_home`: the files are where Dagster's own storage would have them."""
        return {"dagster_home": dg.StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: "ConfigurableClassData | None", config_value: Mapping[str, Any]
    ) -> "BatchedSqliteEventLogStorage":
        """The storage of the instance in that folder. From then on Dagster passes batches to it in this process."""
        os.environ.setdefault(BATCH_SIZE_VARIABLE, str(EVENTS_PER_STATEMENT))
        return cls(f"{Path(config_value['dagster_home']) / 'history' / 'runs'}/", inst_data)


def _is_batched(event: dg.EventLogEntry) -> bool:
    found = event.dagster_event
    return found is not None and found.event_type in BATCHED_TYPES and found.asset_key is not None


def write_batch(storage: SqliteEventLogStorage, events: Sequence[dg.EventLogEntry]) -> None:
    """Writes asset events of one run to the run's own file, then to the index of all runs: all of them or, after an error, none.

    Raises:
        HalfWritten: the index failed, and the run's file could not be restored.
    """
    from dagster._core.storage.event_log import SqlEventLogStorageTable

    if not events:
        return
    table = SqlEventLogStorageTable
    rows = [storage._event_to_row(event) for event in events]  # noqa: SLF001
    run_id = events[0].run_id

    def insert(connection: Connection) -> list[int]:
        statement = table.insert().returning(table.c.id, sort_by_parameter_order=True)
        starts = range(0, len(rows), EVENTS_PER_STATEMENT)
        return [
            id_ for start in starts for id_ in connection.scalars(statement, rows[start : start + EVENTS_PER_STATEMENT])
        ]

    with storage.run_connection(run_id) as connection:
        in_run = insert(connection)
    try:
        with storage.index_transaction() as connection:
            in_index = insert(connection)
            storage._store_asset_event_tags(connection, events, in_index)  # noqa: SLF001
            for event, event_id in _last_of_each(events, in_index):
                storage._store_asset_event(connection, event, event_id)  # noqa: SLF001
    except BaseException as error:
        try:
            with storage.run_connection(run_id) as connection:
                connection.execute(table.delete().where(table.c.id.in_(in_run)))
        except Exception:
            raise HalfWritten(
                f"{len(events)} events of run {run_id} are in its own log and not on the pages of their assets, because "
                f"the index of all runs could not be written ({error!r}); run the same partitions again to log them"
            ) from error
        raise


def _last_of_each(events: Sequence[dg.EventLogEntry], ids: Sequence[int]) -> list[tuple[dg.EventLogEntry, int]]:
    """The last event of each asset and type, which is all that an asset's own row holds."""
    last: dict[tuple[object, object], tuple[dg.EventLogEntry, int]] = {}
    for event, event_id in zip(events, ids, strict=True):
        if event.dagster_event:
            last[event.dagster_event.asset_key, event.dagster_event.event_type] = (event, event_id)
    return list(last.values())
