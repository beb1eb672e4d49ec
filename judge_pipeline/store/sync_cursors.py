"""Sync cursors: how far Encord has been read, so that the next sync reads only what has changed."""

from sqlalchemy import select

from judge_pipeline.store.database import Database
from judge_pipeline.store.tables import sync_cursors
from judge_pipeline.store.times import now_text


class SyncCursors:
    """The cursors of one project, by asset. Every method is one transaction and may raise StoreError."""

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def get(self, asset: str) -> str | None:
        """The cursor of the asset's last sync, if there was one."""
        mine = (sync_cursors.c.project == self._project, sync_cursors.c.asset == asset)
        wanted = select(sync_cursors.c.cursor).where(*mine)
        with self._database.reading() as connection:
            cursor: str | None = connection.scalar(wanted)
        return cursor

    def save(self, asset: str, cursor: str) -> None:
        """Saves a cursor; it replaces the previous one."""
        now = now_text()
        row = {"project": self._project, "asset": asset, "cursor": cursor, "synced_at": now}
        with self._database.writing() as connection:
            connection.execute(self._database.upsert(sync_cursors), row)
