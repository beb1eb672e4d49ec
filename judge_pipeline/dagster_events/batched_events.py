"""Many events of a run written to Dagster's event log together: one by one each costs a connection and two commits."""

import logging
import os
import time
from collections import defaultdict
from collections.abc import Sequence

import dagster as dg
from dagster._core.events import AssetObservationData, DagsterEvent, DagsterEventType, StepMaterializationData
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage

from judge_pipeline.dagster_events.sqlite_storage import write_together

TagEvent = dg.AssetMaterialization | dg.AssetObservation
RunContext = dg.AssetExecutionContext | dg.OpExecutionContext


def write_events(context: RunContext, events: Sequence[TagEvent]) -> None:
    """Writes events as `context.log_event` would, in as few transactions as the instance's storage allows.

    Dagster has no public call for this, so another version may lack what is imported here. PostgreSQL's storage takes a
    batch of one asset and kind of event; SQLite's takes events one at a time, and is written to past it.
    """
    storage = context.instance.event_log_storage
    if isinstance(storage, SqliteEventLogStorage):
        write_together(storage, [_entry(context, event) for event in events])
        return
    together: dict[tuple[type, str], list[EventLogEntry]] = defaultdict(list)
    for event in events:
        together[type(event), event.asset_key.to_string()].append(_entry(context, event))
    for entries in together.values():
        storage.store_event_batch(entries)


def _entry(context: RunContext, event: TagEvent) -> EventLogEntry:
    step = context.get_step_execution_context()
    data: StepMaterializationData | AssetObservationData
    if isinstance(event, dg.AssetMaterialization):
        kind, data = DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(event)
    else:
        kind, data = DagsterEventType.ASSET_OBSERVATION, AssetObservationData(event)
    message = event.description or f"{kind.value} of {event.partition}"
    return EventLogEntry(  # type: ignore[no-untyped-call]
        error_info=None,
        level=logging.DEBUG,
        user_message=message,
        run_id=context.run_id,
        timestamp=time.time(),
        step_key=step.step.key,
        job_name=step.job_name,
        dagster_event=DagsterEvent(
            event_type_value=kind.value,
            job_name=step.job_name,
            step_handle=step.step.handle,
            node_handle=step.step.node_handle,
            step_kind_value=step.step.kind.value,
            logging_tags=step.event_tags,
            event_specific_data=data,
            message=message,
            pid=os.getpid(),
        ),
    )
