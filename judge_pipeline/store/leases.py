"""Leases on tags: only one run works on a tag at a time, and a run that has lost its lease writes nothing more."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, update

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.errors import LeaseLost
from judge_pipeline.store.heartbeats import refuse_ended
from judge_pipeline.store.tables import leases
from judge_pipeline.store.times import time_text


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write about a tag until another run acquires it. `token` grows each time the tag is acquired."""

    tag: Tag
    token: int


class TagLeases:
    """The leases on the tags of one project. All methods may raise StoreError.

    `now` lets a test simulate time; by default the database's clock counts.
    """

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def acquire(
        self,
        tags: Collection[Tag],
        *,
        holder: str,
        seconds: float,
        now: datetime | None = None,
        ended: Collection[str] = (),
    ) -> dict[Tag, Lease]:
        """Acquires the tags that no other run holds; returns their leases, by tag. `holder` is a run id for error messages.

        The leases of holders in `ended` count as released. A lease that is not renewed for `seconds` expires, so a killed
        run keeps its tags no longer than that.

        Raises:
            RunEnded: the holder is a run that was ended as lost.
        """
        if not tags:
            return {}
        with self._database.writing() as connection:
            refuse_ended(connection, holder)
            now = now or self._database.now(connection)
            until = time_text(now + timedelta(seconds=seconds))
            common = {"project": self._project, "token": 1, "holder": holder, "expires_at": until}
            insert = self._database.insert(leases)
            acquire = insert.on_conflict_do_update(
                index_elements=list(leases.primary_key),
                set_={"token": leases.c.token + 1, "holder": insert.excluded.holder, "expires_at": until},
                where=or_(
                    leases.c.expires_at.is_(None),
                    leases.c.expires_at <= time_text(now),
                    *(leases.c.holder == each for each in ended),
                ),
            ).returning(leases.c.tag, leases.c.token)
            rows = [{**common, "tag": tag} for tag in sorted(set(tags))]
            return {Tag(tag): Lease(Tag(tag), token) for tag, token in connection.execute(acquire, rows)}

    def holders(self, tags: Collection[Tag]) -> set[str]:
        """The holders of these tags, including runs that were killed while they held one."""
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

    def held(self) -> set[Tag]:
        """The tags of the project that any run holds now."""
        with self._database.reading() as connection:
            now = time_text(self._database.now(connection))
            valid = (leases.c.project == self._project, leases.c.expires_at > now)
            return {Tag(tag) for tag in connection.scalars(select(leases.c.tag).where(*valid))}

    def other_holders(self, holder: str) -> set[str]:
        """The holders of all leases of the project that are valid now, without this one."""
        with self._database.reading() as connection:
            now = time_text(self._database.now(connection))
            valid = (leases.c.project == self._project, leases.c.holder != holder, leases.c.expires_at > now)
            return set(connection.scalars(select(leases.c.holder).distinct().where(*valid)))

    def renew(self, held: Collection[Lease], *, seconds: float, now: datetime | None = None) -> None:
        """Renews leases, including expired ones whose tag no other run has acquired since.

        Raises:
            LeaseLost: another run has acquired some of the tags; the other leases are renewed.
        """
        with self._database.writing() as connection:
            until = time_text((now or self._database.now(connection)) + timedelta(seconds=seconds))
            lost = self._end_at(connection, held, until)
        if lost:
            raise LeaseLost(lost)

    def release(self, held: Collection[Lease]) -> None:
        """Ends these leases; tags that other runs have acquired since stay theirs."""
        with self._database.writing() as connection:
            self._end_at(connection, held, None)

    def check(self, held: Collection[Lease]) -> None:
        """Raises LeaseLost unless all of these leases are still held."""
        with self._database.reading() as connection:
            lost = self._lost(connection, held, _rows_by_tag)
        if lost:
            raise LeaseLost(lost)

    def lock(self, connection: Connection, held: Collection[Lease]) -> None:
        """Like `check`, and no other run can acquire these tags until this connection's transaction ends."""
        lost = self._lost(connection, held, _rows_by_tag.with_for_update(read=True))
        if lost:
            raise LeaseLost(lost)

    def _end_at(self, connection: Connection, held: Collection[Lease], until: str | None) -> dict[Tag, str | None]:
        lost = self._lost(connection, held, _rows_by_tag.with_for_update())
        for these in self._rows(lease for lease in held if lease.tag not in lost):
            connection.execute(update(leases).where(these).values(expires_at=until))
        return lost

    def _lost(self, connection: Connection, held: Collection[Lease], select_rows: Select[Any]) -> dict[Tag, str | None]:
        """The present holders of the tags whose lease is lost. SQLite ignores the row locks: it has a single writer."""
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


_rows_by_tag = select(leases.c.tag, leases.c.token, leases.c.holder, leases.c.expires_at).order_by(leases.c.tag)
"""Sorted, so that two transactions that lock many rows never deadlock."""
