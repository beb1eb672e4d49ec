"""Sync cursors: how far Encord has been read, so that the next sync reads only what has changed."""

from datetime import UTC, datetime

from sqlalchemy import select

from judge_pipeline.store.database import Database
from judge_pipeline.store.tables import looks


class SyncCursors:
    """The cursors of one project, by what is synced. Every method is one transaction and may raise StoreError."""

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def get(self, what: str) -> str | None:
        """The cursor of the last sync of `what`, if there was one."""
        wanted = select(looks.c.cursor).where(looks.c.project == self._project, looks.c.what == what)
        with self._database.reading() as connection:
            cursor: str | None = connection.scalar(wanted)
        return cursor

    def save(self, what: str, cursor: str) -> None:
        """Saves a cursor; it replaces the previous one."""
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        row = {"project": self._project, "what": what, "cursor": cursor, "looked_at": now}
        with self._database.writing() as connection:
            connection.execute(self._database.upsert(looks), row)
