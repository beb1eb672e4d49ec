"""What each run holds of the limits that several runs share, exchanged in one small transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select

from judge_pipeline.store.database import Database
from judge_pipeline.store.tables import budget_leases
from judge_pipeline.store.times import time_text

POSTGRESQL_LOCK = 0x6A756467655F6275
"""The advisory lock of an exchange: the runs of a store make theirs one after another."""

Share = Mapping[str, Any]
"""A run's part of one limit, as JSON."""


@dataclass(frozen=True, slots=True)
class BudgetLease:
    """A run's part of one limit. It is live until the store's clock reaches `expires_at`."""

    holder: str
    share: Share
    expires_at: datetime
    is_live: bool


Held = Mapping[str, Mapping[str, BudgetLease]]
"""Leases by key and holder."""


class BudgetLeases:
    """The budget leases of a store, of all projects. All methods may raise StoreError.

    `now` lets a test simulate time; by default the database's clock counts.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """The time by the store's clock."""
        with self._database.reading() as connection:
            return self._database.now(connection)

    def exchange(
        self,
        holder: str,
        keys: Mapping[str, float],
        renew: Callable[[datetime, Held], Mapping[str, Share]],
        *,
        seconds: float,
        now: datetime | None = None,
    ) -> datetime:
        """Shows `renew` the time and the leases of all holders, and saves the shares that it returns, for `seconds`.

        `keys` are the limits concerned, each with the seconds for which an expired lease is kept. Returns the time.
        """
        with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(POSTGRESQL_LOCK)))
            now = now or self._database.now(connection)
            old = [
                and_(budget_leases.c.key == key, budget_leases.c.expires_at < time_text(now - timedelta(seconds=kept)))
                for key, kept in keys.items()
            ]
            connection.execute(delete(budget_leases).where(or_(*old)))
            found: dict[str, dict[str, BudgetLease]] = {key: {} for key in keys}
            for row in connection.execute(select(budget_leases).where(budget_leases.c.key.in_(keys))):
                until = datetime.fromisoformat(row.expires_at)
                found[row.key][row.holder] = BudgetLease(row.holder, row.share, until, until > now)
            until = now + timedelta(seconds=seconds)
            rows = [
                {"key": key, "holder": holder, "expires_at": time_text(until), "share": dict(share)}
                for key, share in sorted(renew(now, found).items())
            ]
            if rows:
                connection.execute(self._database.upsert(budget_leases), rows)
            return now
