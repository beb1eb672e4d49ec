"""Asset events that Dagster's storages take in batches: one by one, each costs a connection and two commits.

A run of 500 tags announces 2,500 partitions before it starts. `dagster.yaml` names the classes made with this, so the module
has to import with any Dagster.
"""

import json
import os
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import groupby
from typing import Any

import dagster as dg
from sqlalchemy import Connection, delete
from sqlalchemy.exc import DBAPIError

BATCH_SIZE_VARIABLE = "DAGSTER_EVENT_BATCH_SIZE"
"""Dagster makes batches only when this environment variable is set."""

EVENTS_PER_BATCH = 5_000
"""So that the announcements of a run are one batch."""

EVENTS_PER_STATEMENT = 500
"""Rows of seven values each, far below SQLite's limit of 32,766 values."""

ANNOUNCEMENT = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED.value

BATCHED_TYPES = frozenset(
    {dg.DagsterEventType.ASSET_MATERIALIZATION.value, dg.DagsterEventType.ASSET_OBSERVATION.value, ANNOUNCEMENT}
)


class HalfWritten(Exception):
    """The run's own file has a batch that the index of all runs lacks. Writing the events again would double them in the run."""


class BatchedEvents:
    """A part of a class that inherits a storage of Dagster's too. Whatever goes wrong with a batch, Dagster's own code writes it."""

    @abstractmethod
    def write_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Writes asset events of one run: all of them or, after an error, none."""

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Writes the asset events of each run as one batch, and everything else as Dagster does."""
        by_run: dict[str, list[dg.EventLogEntry]] = defaultdict(list)
        others: list[dg.EventLogEntry] = []
        for event in events:
            (by_run[event.run_id] if _is_batched(event) else others).append(event)
        by_dagster: Any = super()
        by_dagster.store_event_batch(others)
        for batch in by_run.values():
            try:
                self.write_batch(batch)
            except HalfWritten:
                raise
            except Exception as error:  # nothing of the batch is written; a changed Dagster can fail in any way
                if isinstance(error, DBAPIError) and error.connection_invalidated:
                    raise  # all of it may be written after all
                by_dagster.store_event_batch(batch)


def ask_for_batches() -> None:
    """From now on Dagster passes batches to the storage of its instance in this process."""
    os.environ.setdefault(BATCH_SIZE_VARIABLE, str(EVENTS_PER_BATCH))


def insert_events(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Inserts rows of Dagster's table of events; returns their ids."""
    from dagster._core.storage.event_log import SqlEventLogStorageTable

    table = SqlEventLogStorageTable
    statement = table.insert().returning(table.c.id, sort_by_parameter_order=True)
    starts = range(0, len(rows), EVENTS_PER_STATEMENT)
    return [
        id_ for start in starts for id_ in connection.scalars(statement, rows[start : start + EVENTS_PER_STATEMENT])
    ]


def delete_events(connection: Connection, ids: Sequence[int]) -> None:
    """Takes inserted rows back."""
    from dagster._core.storage.event_log import SqlEventLogStorageTable

    connection.execute(delete(SqlEventLogStorageTable).where(SqlEventLogStorageTable.c.id.in_(ids)))


def event_rows(storage: Any, events: Sequence[dg.EventLogEntry]) -> list[Mapping[str, Any]]:
    """The events as rows for `insert_events`."""
    rows: list[Mapping[str, Any]] = []
    for asset, group in groupby(events, _announced_asset):
        found = list(group)
        announced = None if asset is None else _announcement_rows(storage, found)
        rows += announced or [storage._event_to_row(event) for event in found]  # noqa: SLF001
    return rows


def _announced_asset(event: dg.EventLogEntry) -> Hashable:
    """What the announcements of one asset's partitions by one run have in common; None for other events."""
    found = event.dagster_event
    if found is None or found.event_type_value != ANNOUNCEMENT:
        return None
    return event.run_id, found.step_key, found.asset_key


def _announcement_rows(storage: Any, events: Sequence[dg.EventLogEntry]) -> list[Mapping[str, Any]] | None:
    """The rows of one asset's announcements, which differ in their partitions; None if the last one differs in more.

    To serialise each of them is a third of what it takes to plan a run. All get the time of the first one.
    """
    first, last = (storage._event_to_row(event) for event in (events[0], events[-1]))  # noqa: SLF001
    key = json.dumps(first["partition"])
    if first["event"].count(key) != 1:
        return None
    before, _, after = first["event"].partition(key)
    rows: list[Mapping[str, Any]] = []
    for event in events:
        partition = event.dagster_event and event.dagster_event.partition
        rows.append({**first, "partition": partition, "event": f"{before}{json.dumps(partition)}{after}"})
    return rows if _words(rows[-1]) == _words(last) else None


def _words(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**json.loads(row["event"]), "timestamp": None}


def update_assets(storage: Any, connection: Connection, events: Sequence[dg.EventLogEntry], ids: Sequence[int]) -> None:
    """What Dagster keeps of inserted events by asset: their tags, and the last event of each asset and type."""
    storage._store_asset_event_tags(connection, events, ids)  # noqa: SLF001
    for event, event_id in _last_of_each(events, ids):
        storage._store_asset_event(connection, event, event_id)  # noqa: SLF001


def _is_batched(event: dg.EventLogEntry) -> bool:
    found = event.dagster_event
    return found is not None and found.event_type_value in BATCHED_TYPES and found.asset_key is not None


def _last_of_each(events: Sequence[dg.EventLogEntry], ids: Sequence[int]) -> list[tuple[dg.EventLogEntry, int]]:
    """In one order for all runs, so that two of them do not wait for each other's rows."""
    last: dict[tuple[dg.AssetKey, str], tuple[dg.EventLogEntry, int]] = {}
    for event, event_id in zip(events, ids, strict=True):
        found = event.dagster_event
        if found and (asset := found.asset_key):
            last[asset, found.event_type_value] = (event, event_id)
    return [last[key] for key in sorted(last, key=lambda key: (key[0].to_string(), key[1]))]
