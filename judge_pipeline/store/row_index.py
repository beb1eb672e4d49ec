"""The index of Encord's rows by Tag: where the rows of some Tags are to be looked up, never what they hold."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete, select

from judge_pipeline.domain.data_group import WAITING
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.tables import row_index


class RowIndex:
    """The data hashes of one project's rows with the Tag that each had when it was last listed; rows without one have an empty Tag.

    Every method is one transaction and may raise StoreError.
    """

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def data_hashes(self, tags: Iterable[Tag]) -> list[str]:
        """The rows of these Tags, sorted."""
        wanted = select(row_index.c.data_hash).where(row_index.c.project == self._project)
        with self._database.reading() as connection:
            return sorted(
                data_hash
                for chunk in in_chunks(sorted(tags))
                for data_hash in connection.scalars(wanted.where(row_index.c.tag.in_(chunk)))
            )

    def all_tags(self) -> set[Tag]:
        """Every Tag that a row has."""
        wanted = select(row_index.c.tag).where(row_index.c.project == self._project, row_index.c.tag != "").distinct()
        with self._database.reading() as connection:
            return set(map(Tag, connection.scalars(wanted)))

    def waiting(self) -> list[str]:
        """What stands for the images that wait for their data group."""
        mine = (row_index.c.project == self._project, row_index.c.data_hash.startswith(WAITING, autoescape=True))
        with self._database.reading() as connection:
            return sorted(connection.scalars(select(row_index.c.data_hash).where(*mine)))

    def tags(self, data_hashes: Collection[str] | None = None) -> dict[str, Tag]:
        """The Tags of these rows, or of all, by data hash; rows that were never listed are left out."""
        wanted = select(row_index.c.data_hash, row_index.c.tag).where(row_index.c.project == self._project)
        with self._database.reading() as connection:
            if data_hashes is None:
                return {row.data_hash: Tag(row.tag) for row in connection.execute(wanted)}
            return {
                row.data_hash: Tag(row.tag)
                for chunk in in_chunks(sorted(data_hashes))
                for row in connection.execute(wanted.where(row_index.c.data_hash.in_(chunk)))
            }

    def save(self, tags: Mapping[str, Tag]) -> None:
        """Adds rows, or changes their Tags."""
        rows = [{"project": self._project, "data_hash": key, "tag": tags[key]} for key in sorted(tags)]
        if rows:
            with self._database.writing() as connection:
                connection.execute(self._database.upsert(row_index), rows)

    def forget(self, data_hashes: Collection[str]) -> None:
        """Removes rows that are gone from the project."""
        if data_hashes:
            with self._database.writing() as connection:
                for chunk in in_chunks(sorted(data_hashes)):
                    mine = (row_index.c.project == self._project, row_index.c.data_hash.in_(chunk))
                    connection.execute(delete(row_index).where(*mine))
