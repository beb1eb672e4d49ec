"""All rows about a tag, whatever they say: counted, and deleted when the image is gone from the project."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Table, and_, delete, func, select

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.leases import Lease, TagLeases
from judge_pipeline.store.question_rows import drop_links
from judge_pipeline.store.tables import archived, claims, draws, failures, intents, question_tags, refreshes, results

NO_IMAGE: Final = "alignment:"
"""The beginning of tags that are no images but alignments of the judge: the project's own, whatever images it has."""

TABLES: Final[Mapping[str, Table]] = {
    "results": results,
    "failures": failures,
    "intents": intents,
    "refreshes": refreshes,
    "draws": draws,
    "claims": claims,
    "archived": archived,
    "questions": question_tags,
}
"""Leases stay: a run that was suspended must not find its token in use again. Answers belong to questions and not to tags."""


class TagRows:
    """The rows of one project by tag. Every method is one transaction and may raise StoreError."""

    def __init__(self, database: Database, project: str, leases: TagLeases) -> None:
        self._database = database
        self._project = project
        self._leases = leases

    def counts(self) -> dict[Tag, Counter[str]]:
        """How many rows of each table every image's tag has; tags without any are left out."""
        found: dict[Tag, Counter[str]] = defaultdict(Counter)
        with self._database.reading() as connection:
            for name, table in TABLES.items():
                is_own = (table.c.project == self._project, ~table.c.tag.startswith(NO_IMAGE, autoescape=True))
                counted = select(table.c.tag, func.count()).where(*is_own)
                for tag, count in connection.execute(counted.group_by(table.c.tag)):
                    found[Tag(tag)][name] = count
        return dict(found)

    def last_recorded(self) -> dict[Tag, datetime]:
        """When the latest result of each tag was saved."""
        latest = select(results.c.tag, func.max(results.c.recorded_at)).where(results.c.project == self._project)
        with self._database.reading() as connection:
            found = connection.execute(latest.group_by(results.c.tag)).tuples()
            return {Tag(tag): datetime.fromisoformat(at) for tag, at in found}

    def of_other_projects(self, tags: Collection[Tag]) -> set[Tag]:
        """Those of these tags that another project in the same store has rows about."""
        found: set[Tag] = set()
        with self._database.reading() as connection:
            for chunk in in_chunks(sorted(tags)):
                for table in TABLES.values():
                    others = select(table.c.tag).where(table.c.project != self._project, table.c.tag.in_(chunk))
                    found.update(map(Tag, connection.scalars(others)))
        return found

    def delete(self, held: Collection[Lease]) -> None:
        """Deletes every row about these tags, all or none.

        Raises:
            LeaseLost: another run holds one of the tags.
        """
        with self._database.writing() as connection:
            self._leases.lock(connection, held)
            for chunk in in_chunks(sorted(lease.tag for lease in held)):
                waiting = and_(question_tags.c.project == self._project, question_tags.c.tag.in_(chunk))
                drop_links(connection, self._project, waiting)
                for table in TABLES.values():
                    connection.execute(delete(table).where(table.c.project == self._project, table.c.tag.in_(chunk)))
