"""Leases on tags: two runs that want the same tag do not both work on it, and one that has lost it writes nothing more."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, update

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.errors import LeaseLost
from judge_pipeline.store.tables import leases


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write about a tag until somebody else takes it. `token` grows with every taking of the tag."""

    tag: Tag
    token: int


class TagLeases:
    """Who is at work on which tags of one project. All methods raise StoreError.

    `now` is for those who simulate time; without it the database's clock counts.
    """

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def take(
        self,
        tags: Collection[Tag],
        *,
        holder: str,
        seconds: float,
        now: datetime | None = None,
        ended: Collection[str] = (),
    ) -> dict[Tag, Lease]:
        """Takes the tags that nobody holds; returns their leases, by tag. `holder` is a run id, told to those who wait.

        Holders that have `ended`, as the caller knows, hold nothing any more.

        A lease that has not been prolonged for `seconds` may be taken by anybody, so a holder that was killed keeps a
        tag no longer than that.
        """
        if not tags:
            return {}
        with self._database.writing() as connection:
            now = now or self._database.now(connection)
            until = _iso(now + timedelta(seconds=seconds))
            common = {"project": self._project, "token": 1, "holder": holder, "expires_at": until}
            insert = self._database.insert(leases)
            take = insert.on_conflict_do_update(
                index_elements=list(leases.primary_key),
                set_={"token": leases.c.token + 1, "holder": insert.excluded.holder, "expires_at": until},
                where=or_(
                    leases.c.expires_at.is_(None),
                    leases.c.expires_at <= _iso(now),
                    *(leases.c.holder == each for each in ended),
                ),
            ).returning(leases.c.tag, leases.c.token)
            rows = [{**common, "tag": tag} for tag in sorted(set(tags))]
            return {Tag(tag): Lease(Tag(tag), token) for tag, token in connection.execute(take, rows)}

    def holders(self, tags: Collection[Tag]) -> set[str]:
        """Who holds some of these tags, or was killed while it did."""
        with self._database.reading() as connection:
            found = [
                connection.scalars(
                    select(leases.c.holder)
                    .distinct()
                    .where(leases.c.project == self._project, leases.c.tag.in_(chunk), leases.c.expires_at.is_not(None))
                )
                for chunk in in_chunks(sorted(tags))
            ]
            return {holder for some in found for holder in some}

    def prolong(self, held: Collection[Lease], *, seconds: float, now: datetime | None = None) -> None:
        """Prolongs leases, also those that have ended when nobody else has taken the tag since.

        Raises:
            LeaseLost: for some of them somebody has; the others are prolonged.
        """
        with self._database.writing() as connection:
            until = _iso((now or self._database.now(connection)) + timedelta(seconds=seconds))
            lost = self._end_at(connection, held, until)
        if lost:
            raise LeaseLost(lost)

    def give_back(self, held: Collection[Lease]) -> None:
        """Ends these leases; what others have taken since stays theirs."""
        with self._database.writing() as connection:
            self._end_at(connection, held, None)

    def check(self, held: Collection[Lease]) -> None:
        """Raises LeaseLost if one of these tags is somebody else's or nobody's now."""
        with self._database.reading() as connection:
            lost = self._lost(connection, held, _tags_in_order)
        if lost:
            raise LeaseLost(lost)

    def keep(self, connection: Connection, held: Collection[Lease]) -> None:
        """As `check`; and nobody takes one of these tags before the transaction of this connection has ended."""
        lost = self._lost(connection, held, _tags_in_order.with_for_update(read=True))
        if lost:
            raise LeaseLost(lost)

    def _end_at(self, connection: Connection, held: Collection[Lease], until: str | None) -> dict[Tag, str | None]:
        lost = self._lost(connection, held, _tags_in_order.with_for_update())
        for these in self._rows(lease for lease in held if lease.tag not in lost):
            connection.execute(update(leases).where(these).values(expires_at=until))
        return lost

    def _lost(self, connection: Connection, held: Collection[Lease], select_rows: Select[Any]) -> dict[Tag, str | None]:
        """Who has the tags whose lease is not in force any more; SQLite needs no row locks and is not asked for any."""
        found = {row.tag: row for these in self._rows(held) for row in connection.execute(select_rows.where(these))}
        lost: dict[Tag, str | None] = {}
        for lease in held:
            row = found.get(lease.tag)
            if row is None or row.expires_at is None:
                lost[lease.tag] = None
            elif row.token != lease.token:
                lost[lease.tag] = row.holder
        return lost

    def _rows(self, held: Iterable[Lease]) -> Iterator[ColumnElement[bool]]:
        for tags in in_chunks(sorted({lease.tag for lease in held})):
            yield and_(leases.c.project == self._project, leases.c.tag.in_(tags))


_tags_in_order = select(leases.c.tag, leases.c.token, leases.c.holder, leases.c.expires_at).order_by(leases.c.tag)
"""In order, so that two transactions that lock many rows never wait for each other."""


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
