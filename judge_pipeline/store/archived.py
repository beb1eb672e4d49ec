"""The archived tags: finished images without a partition in Dagster. Everything else about them stays where it is."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.tables import archived
from judge_pipeline.store.times import now_text


class ArchivedTags:
    """The archived tags of one project. Every method is one transaction and may raise StoreError."""

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def all(self) -> dict[Tag, datetime]:
        """When each was archived last. One that has a partition again came back since."""
        wanted = select(archived.c.tag, archived.c.archived_at).where(archived.c.project == self._project)
        with self._database.reading() as connection:
            return {Tag(tag): datetime.fromisoformat(at) for tag, at in connection.execute(wanted).tuples()}

    def add(self, tags: Collection[Tag]) -> None:
        """Saves that these are archived from now on, all or none."""
        now = now_text()
        with self._database.writing() as connection:
            for chunk in in_chunks(sorted(tags)):
                rows = [{"project": self._project, "tag": tag, "archived_at": now} for tag in chunk]
                connection.execute(self._database.upsert(archived), rows)
