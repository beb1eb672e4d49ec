"""Dagster's event log on SQLite, with events that come together written together: one by one each costs a connection and two commits.

A run of 250 tags announces 1,250 partitions before it begins; PostgreSQL's storage takes them as one batch by itself.
"""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dagster import StringSource
from dagster._core.events import ASSET_EVENTS
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqlEventLogStorageTable, SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData

BATCHES = "DAGSTER_EVENT_BATCH_SIZE"
"""The variable without which Dagster makes no batches."""

EVENTS_AT_ONCE = 500
"""Rows of one statement: seven values each stay far below SQLite's limit of 32,766."""


class BatchedSqliteEventLogStorage(SqliteEventLogStorage):
    """Dagster's own storage and files, but for batches of asset events of one run."""

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Writes a run's asset events in two transactions, and one by one what else is among them."""
        about_assets: dict[str, list[EventLogEntry]] = defaultdict(list)
        for event in events:
            if event.dagster_event and event.dagster_event_type in ASSET_EVENTS and event.dagster_event.asset_key:
                about_assets[event.run_id].append(event)
            else:
                self.store_event(event)
        for together in about_assets.values():
            write_together(self, together)

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        """`dagster_home`: below it the files lie where Dagster's own storage has them."""
        return {"dagster_home": StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "BatchedSqliteEventLogStorage":
        """The storage of the instance in that folder; every process that opens the instance hands it batches from then on."""
        os.environ.setdefault(BATCHES, str(EVENTS_AT_ONCE))
        return cls(f"{Path(config_value['dagster_home']) / 'history' / 'runs'}/", inst_data)


def write_together(storage: SqliteEventLogStorage, events: Sequence[EventLogEntry]) -> None:
    """The run's own file first, then the index of all runs: an event that is in the index is never missing in its run."""
    if not events:
        return
    insert = SqlEventLogStorageTable.insert()
    rows = [storage._event_to_row(event) for event in events]  # noqa: SLF001
    with storage.run_connection(events[0].run_id) as connection:
        for start in range(0, len(rows), EVENTS_AT_ONCE):
            connection.execute(insert, rows[start : start + EVENTS_AT_ONCE])
    returning = insert.returning(SqlEventLogStorageTable.c.id, sort_by_parameter_order=True)
    with storage.index_transaction() as connection:
        ids: list[int] = []
        for start in range(0, len(rows), EVENTS_AT_ONCE):
            ids += connection.scalars(returning, rows[start : start + EVENTS_AT_ONCE])
        storage._store_asset_event_tags(connection, events, ids)  # noqa: SLF001
        for event, event_id in _last_of_each(events, ids):
            storage._store_asset_event(connection, event, event_id)  # noqa: SLF001


def _last_of_each(events: Sequence[EventLogEntry], ids: Sequence[int]) -> list[tuple[EventLogEntry, int]]:
    """What an asset's own row has to know: its last event of each kind."""
    last: dict[tuple[object, object], tuple[EventLogEntry, int]] = {}
    for event, event_id in zip(events, ids, strict=True):
        if event.dagster_event:
            last[event.dagster_event.asset_key, event.dagster_event_type] = (event, event_id)
    return list(last.values())
