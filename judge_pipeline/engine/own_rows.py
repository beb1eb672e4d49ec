"""The rows of a run's tags in Encord, listed without the rest of the project.

Encord can list rows by data hash and not by Tag. So the store has an index from Tags to data hashes: each listing of the project
renews it, and rows that were added since are indexed before a run looks its own up. What the index does not lead to is looked for
once in the whole project.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot, tag_of
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import Stage
from judge_pipeline.store.store import ProjectStore

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject

CURSOR = "rows"
"""The name of the sync cursor: rows added until then, by Encord's clock, are in the index."""

DATASETS = "datasets of rows"
"""The name of another one: the datasets whose rows are in the index. The rows of one that was attached later may be of any age."""

CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""After a listing of the whole project, which does not say when rows were added, the cursor is this machine's time less this."""

SETTLING = timedelta(minutes=1)
"""Rows that were added this long before the newest are looked for again: Encord may show them late."""

NO_TAG = Tag("")


class OwnRows:
    """The rows of these tags, as they are at each `read`, and until when, by Encord's clock, rows were certainly added before it."""

    def __init__(self, project: "EncordProject", store: ProjectStore, tags: Iterable[Tag]) -> None:
        self._project = project
        self._store = store
        self.tags = frozenset(tags)
        self.indexed_until = datetime.fromtimestamp(0, UTC)
        self._absent: frozenset[Tag] = frozenset()
        self._named: frozenset[str] = frozenset()

    def read(self) -> ProjectSnapshot:
        """Lists the rows of the tags; the whole project if the store has no index yet, or once if a tag's image is not found.

        Images whose title is a tag are part of it, since a person may have taken the one for the other.
        """
        everything = index_added_rows(self._project, self._store)
        if cursor := self._store.sync_cursors.get(CURSOR):
            self.indexed_until = datetime.fromisoformat(cursor)
        rows = self._listed() if everything is None else self._among(everything)
        if everything is None and self._without_image(rows) - self._absent:
            rows = self._among(index_listed_rows(self._project, self._store))
        return self._project.snapshot_of(rows)

    def changed(self, before: ProjectSnapshot, since: datetime, watched: Iterable[ProjectRow]) -> set[Tag]:
        """The tags of rows added since then that `before` lacks, and of `watched` rows saved since; one request per dataset.

        One more for watched rows, and one if rows were added that no other run of the store has indexed meanwhile.
        """
        known = {row.data_hash for row in (*before.images.values(), *before.texts.values())}
        added = self._store.row_index.tags(added_rows(self._project, self._store, since) - known)
        earlier = {row.data_hash: row for row in watched}
        now = self._project.list_rows(data_hashes=sorted(earlier))
        saved = _tags_of(self._project, [row for row in now if row != earlier[row.data_hash]])
        return {*added.values(), *saved} & self.tags

    def _listed(self) -> list[ProjectRow]:
        index = self._store.row_index
        data_hashes = {*index.data_hashes(self.tags), *self._named}
        rows = self._project.list_rows(data_hashes=sorted(data_hashes))
        index.forget(data_hashes - {row.data_hash for row in rows})
        return [row for row in rows if self._is_own(row) or row.data_hash in self._named]

    def _among(self, rows: list[ProjectRow]) -> list[ProjectRow]:
        self._absent = self._without_image(rows)
        self._named = frozenset(row.data_hash for row in rows if row.is_image and row.title in self._absent)
        return [row for row in rows if self._is_own(row) or row.data_hash in self._named]

    def _is_own(self, row: ProjectRow) -> bool:
        return tag_of(row, project_hash=self._project.project_hash) in self.tags

    def _without_image(self, rows: list[ProjectRow]) -> frozenset[Tag]:
        images = (tag_of(row, project_hash=self._project.project_hash) for row in rows if row.is_image)
        return self.tags.difference(tag for tag in images if tag)


def index_added_rows(project: "EncordProject", store: ProjectStore) -> list[ProjectRow] | None:
    """Indexes the rows that were added since the last time; all rows, which it then returns, if there was none or a dataset is new."""
    cursor = store.sync_cursors.get(CURSOR)
    if cursor is None or store.sync_cursors.get(DATASETS) != _datasets(project):
        return index_listed_rows(project, store)
    added_rows(project, store, datetime.fromisoformat(cursor))
    return None


def added_rows(project: "EncordProject", store: ProjectStore, since: datetime) -> set[str]:
    """The data hashes of the rows that were added since then, or shortly before; now they are in the index."""
    added = project.rows_added(since - SETTLING)
    new = added.keys() - store.row_index.tags(added).keys()
    index_rows(project, store, project.list_rows(data_hashes=sorted(new)))
    newest = max(added.values(), default=since)
    if newest > since:
        store.sync_cursors.save(CURSOR, newest.isoformat())
    return set(added)


def index_listed_rows(project: "EncordProject", store: ProjectStore, *, stage: Stage | None = None) -> list[ProjectRow]:
    """Lists the whole project, which renews the index, or a stage of it."""
    begin = datetime.now(UTC)
    rows = project.list_rows(stage=stage)
    index_rows(project, store, rows)
    if stage is not None:
        return rows
    store.row_index.forget(store.row_index.tags().keys() - {row.data_hash for row in rows})
    store.sync_cursors.save(CURSOR, (begin - CLOCKS_DIFFER_BY).isoformat())
    store.sync_cursors.save(DATASETS, _datasets(project))
    return rows


def indexed_rows(
    project: "EncordProject", store: ProjectStore, tags: Iterable[Tag], listed: Iterable[ProjectRow] = ()
) -> list[ProjectRow]:
    """The rows of these tags and of those that have been `listed`, as far as the index leads to them.

    Where the Tag of a row has changed, the rows of the new one as well. An image whose data group is gone waits again, where no
    index leads to: the whole project is listed then.
    """
    rows = {row.data_hash: row for row in listed}
    wanted, read = set(tags), set[Tag]()
    while missing := (wanted | _tags_of(project, rows.values())) - read:
        read |= missing
        data_hashes = set(store.row_index.data_hashes(missing)) - rows.keys()
        found = project.list_rows(data_hashes=sorted(data_hashes))
        index_rows(project, store, found)
        gone = store.row_index.tags(data_hashes - {row.data_hash for row in found})
        store.row_index.forget(gone.keys())
        rows |= {row.data_hash: row for row in found}
        absent = set(gone.values()) - {
            tag_of(row, project_hash=project.project_hash) for row in rows.values() if row.is_image
        }
        if absent and project.form.has_groups:
            everything = index_listed_rows(project, store)
            rows |= {
                row.data_hash: row for row in everything if tag_of(row, project_hash=project.project_hash) in absent
            }
    return list(rows.values())


def _tags_of(project: "EncordProject", rows: Iterable[ProjectRow]) -> set[Tag]:
    return {tag for row in rows if (tag := tag_of(row, project_hash=project.project_hash))}


def _datasets(project: "EncordProject") -> str:
    return " ".join(sorted(project.dataset_hashes))


def index_rows(project: "EncordProject", store: ProjectStore, rows: Iterable[ProjectRow]) -> None:
    """Indexes rows that have just been listed; writes only what has changed."""
    tags = {row.data_hash: tag_of(row, project_hash=project.project_hash) or NO_TAG for row in rows}
    known = store.row_index.tags(tags)
    store.row_index.save({data_hash: tag for data_hash, tag in tags.items() if known.get(data_hash) != tag})
