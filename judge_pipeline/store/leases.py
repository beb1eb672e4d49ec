"""Leases on tags: two runs that want the same tag at the same time do not both work on it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_, select

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.tables import leases


class TagLeases:
    """Who is at work on which tags of one project. All methods raise StoreError."""

    def __init__(self, database: Database, project_hash: str) -> None:
        self._database = database
        self._project = project_hash

    def take(self, tags: Sequence[Tag], *, holder: str, seconds: float) -> frozenset[Tag]:
        """Takes the tags that nobody else holds and says which; taken again by the same holder, a lease is prolonged.

        A lease ends by itself after `seconds`, so a holder that was killed keeps a tag no longer than that. `holder` is
        a run id.
        """
        now = datetime.now(UTC)
        until = _iso(now + timedelta(seconds=seconds))
        is_free = or_(leases.c.expires_at <= _iso(now), leases.c.holder == holder)
        rows = [{"project": self._project, "tag": tag, "holder": holder, "expires_at": until} for tag in sorted(tags)]
        if not rows:
            return frozenset()
        with self._database.writing() as connection:
            connection.execute(self._database.upsert(leases, replaceable=is_free), rows)
            held = select(leases.c.tag).where(leases.c.project == self._project, leases.c.holder == holder)
            return frozenset(
                Tag(tag) for chunk in in_chunks(tags) for tag in connection.scalars(held.where(leases.c.tag.in_(chunk)))
            )

    def give_back(self, tags: Sequence[Tag], *, holder: str) -> None:
        """Ends the holder's leases on these tags; those of others stay."""
        held = delete(leases).where(leases.c.project == self._project, leases.c.holder == holder)
        with self._database.writing() as connection:
            for chunk in in_chunks(tags):
                connection.execute(held.where(leases.c.tag.in_(chunk)))


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
