"""Looks: how far Encord has been read, so that the next look reads only what has changed."""

from datetime import UTC, datetime

from sqlalchemy import select

from judge_pipeline.store.database import Database
from judge_pipeline.store.tables import looks


class SyncCursors:
    """Where the looks of one project stand. Every method is one transaction; all raise StoreError."""

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def last(self, what: str) -> str | None:
        """The cursor that the last look at `what` has left."""
        wanted = select(looks.c.cursor).where(looks.c.project == self._project, looks.c.what == what)
        with self._database.reading() as connection:
            cursor: str | None = connection.scalar(wanted)
        return cursor

    def keep(self, what: str, cursor: str) -> None:
        """Keeps a cursor in the place of the last one."""
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        row = {"project": self._project, "what": what, "cursor": cursor, "looked_at": now}
        with self._database.writing() as connection:
            connection.execute(self._database.upsert(looks), row)
