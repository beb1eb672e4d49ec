"""Heartbeats: a run renews its row, and any process may end a run whose row was not renewed, by the store's clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.errors import RunEnded
from judge_pipeline.store.tables import heartbeats, leases
from judge_pipeline.store.times import time_text

SILENT = 0.75
"""The part of its seconds after which a run is silent. The rest has to pass after the first look at its silence.

So a store that was away, or a machine that slept with all its processes, ends no run: those alive beat before the rest is over.
"""

KEPT = timedelta(days=30)
"""How long the row of an ended run is kept: a process that wakes up before that learns that its run is over."""


@dataclass(frozen=True, slots=True)
class SilentRun:
    """A run without a recent heartbeat: it has finished, or its process is gone. `is_lost`: it was ended as lost."""

    run: str
    host: str
    beat_at: datetime
    is_lost: bool


class Heartbeats:
    """The heartbeats of the runs of a store, of all projects. All methods may raise StoreError.

    `now` lets a test simulate time; by default the database's clock counts.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, run: str, *, host: str, seconds: float, now: datetime | None = None) -> None:
        """Notes that a run is alive; without another beat for `seconds` it counts as lost.

        Raises:
            RunEnded: it was ended as lost.
        """
        with self._database.writing() as connection:
            now = now or self._database.now(connection)
            insert = self._database.insert(heartbeats)
            alive = {"host": host, "beat_at": time_text(now), "seconds": seconds, "suspected_at": None}
            beat = insert.on_conflict_do_update(
                index_elements=[heartbeats.c.run], set_=alive, where=heartbeats.c.ended_at.is_(None)
            ).returning(heartbeats.c.run)
            if connection.execute(beat, {"run": run, **alive}).first() is None:
                raise RunEnded(run)

    def silent(self, now: datetime | None = None) -> list[SilentRun]:
        """The runs without a recent heartbeat; Dagster knows which of them have finished."""
        with self._database.reading() as connection:
            now = now or self._database.now(connection)
            return [
                SilentRun(row.run, row.host, datetime.fromisoformat(row.beat_at), is_lost=row.ended_at is not None)
                for row in connection.execute(select(heartbeats).order_by(heartbeats.c.run))
                if row.ended_at or _age(row.beat_at, now) >= SILENT * row.seconds
            ]

    def alive(self, now: datetime | None = None) -> set[str]:
        """The runs with a recent heartbeat, also those that have finished since."""
        with self._database.reading() as connection:
            now = now or self._database.now(connection)
            rows = connection.execute(select(heartbeats).where(heartbeats.c.ended_at.is_(None)))
            return {row.run for row in rows if _age(row.beat_at, now) < row.seconds}

    def end_lost(self, runs: Collection[str], now: datetime | None = None) -> set[str]:
        """Ends those of these silent runs that have stayed silent since an earlier look; returns all of them that are ended.

        An ended run loses its leases in the same transaction, and can neither beat nor acquire any more.
        """
        ended = set()
        with self._database.writing() as connection:
            now = now or self._database.now(connection)
            mine = select(heartbeats).order_by(heartbeats.c.run).with_for_update()
            for chunk in in_chunks(sorted(runs)):
                for row in connection.execute(mine.where(heartbeats.c.run.in_(chunk))).all():
                    this = update(heartbeats).where(heartbeats.c.run == row.run)
                    if row.ended_at is not None:
                        ended.add(row.run)
                    elif _age(row.beat_at, now) < SILENT * row.seconds:
                        continue
                    elif row.suspected_at is None:
                        connection.execute(this.values(suspected_at=time_text(now)))
                    elif _age(row.suspected_at, now) >= (1 - SILENT) * row.seconds:
                        connection.execute(this.values(ended_at=time_text(now)))
                        release_all(connection, row.run)
                        ended.add(row.run)
        return ended

    def forget(self, runs: Collection[str], now: datetime | None = None) -> None:
        """Deletes the rows of runs that finished without being ended here, and of all runs after `KEPT`."""
        with self._database.writing() as connection:
            now = now or self._database.now(connection)
            connection.execute(delete(heartbeats).where(heartbeats.c.beat_at < time_text(now - KEPT)))
            for chunk in in_chunks(sorted(runs)):
                connection.execute(
                    delete(heartbeats).where(heartbeats.c.run.in_(chunk), heartbeats.c.ended_at.is_(None))
                )


def refuse_ended(connection: Connection, run: str) -> None:
    """For a run that is about to acquire something.

    Raises:
        RunEnded: it was ended as lost.
    """
    ended = (heartbeats.c.run == run, heartbeats.c.ended_at.is_not(None))
    if connection.execute(select(heartbeats.c.run).where(*ended)).first() is not None:
        raise RunEnded(run)


def release_all(connection: Connection, holder: str) -> None:
    """Ends all leases of a run. Sorted, so that two transactions that lock many rows never deadlock."""
    mine = leases.c.holder == holder
    connection.execute(select(leases.c.tag).where(mine).order_by(leases.c.project, leases.c.tag).with_for_update())
    connection.execute(update(leases).where(mine).values(expires_at=None))


def _age(moment: str, now: datetime) -> float:
    return (now - datetime.fromisoformat(moment)).total_seconds()
