"""Whether anything that outcomes are loaded from has changed, without loading it."""

from typing import Any

from sqlalchemy import Column, Integer, cast, func, select

from judge_pipeline.store.database import Database
from judge_pipeline.store.refreshes import REFRESH
from judge_pipeline.store.tables import draws, failures, intents, results


class Changes:
    """One project's. May raise StoreError."""

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def mark(self) -> list[Any]:
        """Counts, times and sums, which differ once a result, a failure, a refresh or a draw was added, replaced or deleted."""
        found = [
            select(results.c.asset, *_times(results.c.recorded_at)).group_by(results.c.asset),
            select(failures.c.asset, *_times(failures.c.failed_at)).group_by(failures.c.asset),
            select(intents.c.effect, *_times(intents.c.intended_at))
            .where(intents.c.effect.startswith(REFRESH))
            .group_by(intents.c.effect),
            select(func.count(), func.sum(draws.c.weight), func.sum(draws.c.reached), func.sum(draws.c.round)),
        ]
        tables = (results, failures, intents, draws)
        with self._database.reading() as connection:
            return [
                sorted(map(list, connection.execute(each.where(table.c.project == self._project)).tuples()))
                for each, table in zip(found, tables, strict=True)
            ]


def _times(column: Column[str]) -> list[Any]:
    """Their number, the latest one, and the sum of their microseconds.

    The latest stays when a machine whose clock is behind replaces a row, or deletes one and adds another. The sum then stays once in a
    million times.
    """
    microseconds = cast(func.substr(column, len("2026-11-30T12:00:00.") + 1, 6), Integer)
    return [func.count(), func.max(column), func.sum(microseconds)]
