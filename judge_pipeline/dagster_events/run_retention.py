"""Ended runs deleted with their events, except for those that Dagster's pages still need to show what they show."""

from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from sqlite3 import connect
from typing import Any

import dagster as dg
from sqlalchemy import column, func, select, table

from judge_pipeline.dagster_events.sqlite_storage import SqliteEventLogStorage

ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)

SHOWN = ("ASSET_MATERIALIZATION", "ASSET_MATERIALIZATION_PLANNED", "ASSET_OBSERVATION")
"""Events whose latest one of an asset or partition decides what its page says: value, failed or missing, and why."""

RUNS_AT_ONCE = 500

ROWS_AT_ONCE = 10_000


def ended_runs(
    instance: dg.DagsterInstance, *, before: datetime, jobs: Collection[str], assets: Collection[dg.AssetKey]
) -> Iterator[str]:
    """The runs of these jobs, or of nothing but these assets, that ended before that moment; not those of other code locations."""
    wanted = dg.RunsFilter(statuses=list(ENDED), created_before=before)
    cursor = None
    while records := instance.get_run_records(wanted, limit=RUNS_AT_ONCE, cursor=cursor):
        for record in records:
            run = record.dagster_run
            is_ours = run.job_name in jobs or bool(run.asset_selection and set(run.asset_selection).issubset(assets))
            if is_ours and (record.end_time or record.update_timestamp.timestamp()) < before.timestamp():
                yield run.run_id
        cursor = records[-1].dagster_run.run_id


def shown_runs(
    instance: dg.DagsterInstance, *, partitioned: Collection[dg.AssetKey], live: Collection[str]
) -> set[str]:
    """The runs with the latest event of any asset, partition or check. Of `partitioned` assets only the live partitions count.

    Raises:
        Exception: of any kind, with a version of Dagster whose event log has another form.
    """
    logs = table("event_logs", *map(column, ("id", "run_id", "dagster_event_type", "asset_key", "partition")))
    latest = select(func.max(logs.c.id)).where(logs.c.dagster_event_type.in_(SHOWN), logs.c.asset_key.is_not(None))
    by_partition = latest.group_by(logs.c.asset_key, logs.c.dagster_event_type, logs.c.partition)
    events = select(logs.c.run_id, logs.c.asset_key, logs.c.partition).where(logs.c.id.in_(by_partition))
    checks = table("asset_check_executions", *map(column, ("id", "run_id", "asset_key", "check_name", "partition")))
    of_check = select(func.max(checks.c.id)).group_by(checks.c.asset_key, checks.c.check_name, checks.c.partition)
    keys, live = {key.to_string() for key in partitioned}, set(live)
    storage: Any = instance.event_log_storage
    with storage.index_connection() as connection:
        in_pages = connection.execution_options(yield_per=ROWS_AT_ONCE)
        found = {
            run_id
            for run_id, asset, partition in in_pages.execute(events)
            if partition is None or asset not in keys or partition in live
        }
        return found | set(connection.scalars(select(checks.c.run_id).where(checks.c.id.in_(of_check))))


def delete_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Deletes a run, its events and its logs; after a kill in between, a repetition does the rest."""
    storage = instance.event_log_storage
    with suppress(Exception):  # Dagster deletes what a changed storage does not delete first
        storage.delete_events(run_id)
    with suppress(Exception):  # a log that is stored elsewhere, or none
        instance.compute_log_manager.delete_logs(prefix=[run_id])
    instance.delete_run(run_id)
    if isinstance(storage, SqliteEventLogStorage):
        for suffix in ("", "-wal", "-shm"):
            Path(f"{storage.path_for_shard(run_id)}{suffix}").unlink(missing_ok=True)


def give_back_space(instance: dg.DagsterInstance) -> None:
    """Makes SQLite's files smaller by what has been deleted; while another process uses them they stay as they are."""
    storage = instance.event_log_storage
    if isinstance(storage, SqliteEventLogStorage):
        with suppress(Exception), closing(connect(storage.path_for_shard("index"), isolation_level=None)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
