"""Events of a run written to Dagster's event log in batches: one by one, each costs a connection and two commits.

Dagster has no public call for this. What is private is imported where it is used, so that a Dagster without it fails the batch
and nothing else; `EventLog` then logs the events one by one.
"""

import logging
import os
import time
from collections import defaultdict
from collections.abc import Sequence

import dagster as dg

from judge_pipeline.dagster_events.event_batches import BatchedEvents
from judge_pipeline.dagster_events.run_tags import RunContext
from judge_pipeline.dagster_events.sqlite_storage import SqliteEventLogStorage, write_batch

TagEvent = dg.AssetMaterialization | dg.AssetObservation

MOST_RECORDS = 10_000
"""What Dagster fetches at once at most; a batch is far smaller."""


def write_events(context: RunContext, events: Sequence[TagEvent]) -> None:
    """Writes events as `context.log_event` would, in as few transactions as the instance's storage allows.

    Dagster's own SQLite storage takes one event at a time, so `write_batch` writes to its files. Its PostgreSQL storage takes a
    batch of one asset and event type. After an error it may have some of the events; the other storages have none.

    Raises:
        HalfWritten: an SQLite storage failed in the middle and the events must not be written again.
    """
    storage = context.instance.event_log_storage
    entries = [_entry(context, event) for event in events]
    if isinstance(storage, BatchedEvents):
        storage.write_batch(entries)
        return
    if isinstance(storage, SqliteEventLogStorage):
        write_batch(storage, entries)
        return
    batches: dict[tuple[type, str], list[dg.EventLogEntry]] = defaultdict(list)
    for event, entry in zip(events, entries, strict=True):
        batches[type(event), event.asset_key.to_string()].append(entry)
    for batch in batches.values():
        storage.store_event_batch(batch)


def unwritten(context: RunContext, events: Sequence[TagEvent], *, since: float) -> list[TagEvent]:
    """The events that this run has not logged after `since`, in seconds of the epoch; by Dagster's public calls."""
    fetches = {
        dg.AssetMaterialization: context.instance.fetch_materializations,
        dg.AssetObservation: context.instance.fetch_observations,
    }
    logged = set()
    for kind, asset in {(type(event), event.asset_key) for event in events}:
        partitions = [e.partition for e in events if type(e) is kind and e.asset_key == asset and e.partition]
        wanted = dg.AssetRecordsFilter(asset_key=asset, asset_partitions=partitions, after_timestamp=since)
        records = fetches[kind](wanted, limit=MOST_RECORDS).records
        logged |= {(kind, asset, record.partition_key) for record in records if record.run_id == context.run_id}
    return [event for event in events if (type(event), event.asset_key, event.partition) not in logged]


def _entry(context: RunContext, event: TagEvent) -> dg.EventLogEntry:
    from dagster._core.events import AssetObservationData, StepMaterializationData

    step = context.get_step_execution_context()
    data: StepMaterializationData | AssetObservationData
    if isinstance(event, dg.AssetMaterialization):
        kind, data = dg.DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(event)
    else:
        kind, data = dg.DagsterEventType.ASSET_OBSERVATION, AssetObservationData(event)
    message = event.description or f"{kind.value} of {event.partition}"
    return dg.EventLogEntry(  # type: ignore[no-untyped-call]
        error_info=None,
        level=logging.DEBUG,
        user_message="",
        run_id=context.run_id,
        timestamp=time.time(),
        step_key=step.step.key,
        job_name=step.job_name,
        dagster_event=dg.DagsterEvent(
            event_type_value=kind.value,
            job_name=step.job_name,
            step_handle=step.step.handle,
            event_specific_data=data,
            message=message,
            pid=os.getpid(),
        ),
    )
