"""The store, one project at a time: model answers, results, failures, intents. Writing about a tag needs its lease."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, Table, delete, func, select

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.tag_failure import TagFailure
from judge_pipeline.store.answers import ModelAnswers
from judge_pipeline.store.archived import ArchivedTags
from judge_pipeline.store.budget_leases import BudgetLeases
from judge_pipeline.store.changes import Changes
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.draws import Draws
from judge_pipeline.store.heartbeats import Heartbeats
from judge_pipeline.store.leases import Lease, TagLeases
from judge_pipeline.store.model_batches import ModelBatches
from judge_pipeline.store.question_rows import drop_needs
from judge_pipeline.store.questions import Questions
from judge_pipeline.store.ready_tags import ReadyTags
from judge_pipeline.store.refreshes import REFRESH, Refreshes
from judge_pipeline.store.retention import Retention
from judge_pipeline.store.row_index import RowIndex
from judge_pipeline.store.sync_cursors import SyncCursors
from judge_pipeline.store.tables import failures, identity, intents, results
from judge_pipeline.store.tag_rows import TagRows
from judge_pipeline.store.times import now_text
from judge_pipeline.store.values import from_json, to_json

T = TypeVar("T")

ROWS_AT_ONCE = 500
"""Rows of a few kilobytes that are in memory as text while they are read one after the other."""


class Store:
    """A database of projects. Threads may share one; each process opens its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.heartbeats = Heartbeats(database)

    @classmethod
    def open(cls, url: str) -> "Store":
        """Opens `sqlite:///PATH` or `postgresql://…`; creates a missing folder or table and upgrades an older schema.

        Raises:
            StoreError: it cannot be opened, is damaged, or was made by a newer version. The message says what to do.
        """
        return cls(Database.open(url))

    @classmethod
    def open_to_read(cls, url: str) -> "Store":
        """Opens a store that stays as it is: it creates and upgrades nothing, and cannot write.

        Raises:
            StoreError: there is none, or it has another schema revision than this package's.
        """
        return cls(Database.open_to_read(url))

    @property
    def projects(self) -> list[str]:
        """The hashes of all projects with a caption, sorted."""
        of_captions = results.c.asset.in_([captioner.asset_name for captioner in Captioner])
        with self._database.reading() as connection:
            return sorted(connection.scalars(select(results.c.project).where(of_captions).distinct()))

    def project(self, project_hash: str) -> "ProjectStore":
        """The rows of one project."""
        return ProjectStore(self._database, project_hash)

    def close(self) -> None:
        """Closes all connections."""
        self._database.close()


class ProjectStore(ModelAnswers):
    """The rows of one project. Every method is one transaction and may raise StoreError.

    Methods that take a `Lease` raise LeaseLost, and write nothing, if another run has acquired the tag since.
    """

    def __init__(self, database: Database, project_hash: str) -> None:
        super().__init__(database, project_hash)
        self.leases = TagLeases(database, project_hash)
        self.budget_leases = BudgetLeases(database)
        self.refreshes = Refreshes(database, project_hash, self.leases)
        self.tag_rows = TagRows(database, project_hash, self.leases)
        self.sync_cursors = SyncCursors(database, project_hash)
        self.draws = Draws(database, project_hash)
        self.archived = ArchivedTags(database, project_hash)
        self.retention = Retention(database, project_hash)
        self.row_index = RowIndex(database, project_hash)
        self.changes = Changes(database, project_hash)
        self.questions = Questions(database, project_hash)
        self.model_batches = ModelBatches(database, project_hash)
        self.ready_tags = ReadyTags(database, project_hash)

    @property
    def project_hash(self) -> str:
        """The project's hash."""
        return self._project

    @property
    def identity(self) -> str:
        """The uuid of this store, the same for every process and project that uses it; made when it is first asked for."""
        first = self._database.insert(identity).on_conflict_do_nothing()
        with self._database.writing() as connection:
            connection.execute(first, {"id": 1, "store": str(uuid4())})
            return str(connection.execute(select(identity.c.store)).scalar_one())

    # Results

    def save_result(self, asset: str, lease: Lease, value: object) -> None:
        """Saves the result of an asset for a tag; it replaces an earlier result or failure, and ends its refresh.

        Raises:
            UnfitValue: `value`, a domain dataclass, would not be read back unchanged.
        """
        self.save_result_rows([(asset, lease, value)])

    def save_results(self, asset: str, values: Mapping[Lease, object]) -> None:
        """Saves the results of one asset for many tags, all or none."""
        self.save_result_rows([(asset, lease, value) for lease, value in values.items()])

    def save_result_rows(self, values: Sequence[tuple[str, Lease, object]]) -> None:
        """Saves (asset, lease, value) triples, all or none."""
        now = now_text()
        rows = [
            {"project": self._project, "asset": asset, "tag": lease.tag, "value": to_json(value), "recorded_at": now}
            for asset, lease, value in sorted(values, key=lambda each: (each[1].tag, each[0]))
        ]
        if not rows:
            return
        with self._writing_about([lease for _, lease, _ in values]) as connection:
            connection.execute(self._database.upsert(results), rows)
            for asset in {asset for asset, _, _ in values}:
                tags = [lease.tag for of, lease, _ in values if of == asset]
                self._delete(connection, failures, tags, asset=asset)
                self._delete(connection, intents, tags, effect=REFRESH + asset)
                drop_needs(connection, self._project, asset, tags)

    def results(self, asset: str, type_: type[T], tags: Sequence[Tag] | None = None) -> dict[Tag, T]:
        """The results for the given tags, in their order, or for all tags, sorted. Tags without a result are left out.

        Raises:
            UnfitValue: a stored value does not fit `type_`.
        """
        if tags is None:
            return dict(self.each_result(asset, type_))
        wanted = select(results.c.tag, results.c.value).where(*self._mine(results, asset=asset))
        found: dict[str, str] = {}
        with self._database.reading() as connection:
            for chunk in in_chunks(tags):
                found.update(connection.execute(wanted.where(results.c.tag.in_(chunk))).tuples().all())
        return {
            Tag(tag): from_json(found[tag], type_, name=f"the {asset} of tag {tag!r}") for tag in tags if tag in found
        }

    def each_result(self, asset: str, type_: type[T]) -> Iterator[tuple[Tag, T]]:
        """All results of an asset, sorted by tag, read as they are taken: a large project's need not fit into memory.

        Raises:
            UnfitValue: a stored value does not fit `type_`.
        """
        wanted = select(results.c.tag, results.c.value).where(*self._mine(results, asset=asset))
        with self._database.reading() as connection:
            in_pages = connection.execution_options(yield_per=ROWS_AT_ONCE)
            for tag, value in in_pages.execute(wanted.order_by(results.c.tag)).tuples():
                yield Tag(tag), from_json(value, type_, name=f"the {asset} of tag {tag!r}")

    def recent_results(self, asset: str, type_: type[T], limit: int) -> dict[Tag, T]:
        """The latest results of an asset, newest first."""
        wanted = select(results.c.tag, results.c.value).where(*self._mine(results, asset=asset))
        with self._database.reading() as connection:
            found = connection.execute(wanted.order_by(results.c.recorded_at.desc()).limit(limit)).tuples().all()
        return {Tag(tag): from_json(value, type_, name=f"the {asset} of tag {tag!r}") for tag, value in found}

    def tags_with(self, asset: str) -> set[Tag]:
        """The tags that have a result of this asset."""
        with self._database.reading() as connection:
            return {
                Tag(tag) for tag in connection.scalars(select(results.c.tag).where(*self._mine(results, asset=asset)))
            }

    def result_counts(self) -> dict[str, int]:
        """The number of tags with a result, by asset; assets without any are left out."""
        counted = select(results.c.asset, func.count()).where(*self._mine(results)).group_by(results.c.asset)
        with self._database.reading() as connection:
            return dict(connection.execute(counted).tuples().all())

    def delete_results(self, asset: str, tags: Sequence[Tag]) -> None:
        """Deletes the results for these tags, so that the next run makes them again."""
        with self._database.writing() as connection:
            self._delete(connection, results, tags, asset=asset)

    # Failures

    def save_failure(
        self, asset: str, lease: Lease, *, title: str, kind: str, message: str, run_id: str | None
    ) -> None:
        """Saves why an attempt ended without a result; an earlier result stays."""
        row = {
            "project": self._project,
            "asset": asset,
            "tag": lease.tag,
            "title": title,
            "kind": kind,
            "message": message,
            "run_id": run_id,
            "failed_at": now_text(),
        }
        with self._writing_about([lease]) as connection:
            connection.execute(self._database.upsert(failures), row)
            drop_needs(connection, self._project, asset, [lease.tag])

    def failures(self, tags: Sequence[Tag] | None = None) -> list[TagFailure]:
        """The failures of the given tags, or of all, sorted by tag and asset."""
        wanted = select(failures).where(*self._mine(failures))
        with self._database.reading() as connection:
            if tags is None:
                rows = list(connection.execute(wanted))
            else:
                rows = [
                    row
                    for chunk in in_chunks(tags)
                    for row in connection.execute(wanted.where(failures.c.tag.in_(chunk)))
                ]
        found = [
            TagFailure(row.asset, Tag(row.tag), row.title, row.kind, row.message, row.run_id, row.failed_at)
            for row in rows
        ]
        return sorted(found, key=lambda failure: (failure.tag, failure.asset))

    def clear_failures(self, asset: str, leases: Collection[Lease]) -> None:
        """Forgets the failures of an asset whose earlier result has been put to use after all."""
        with self._writing_about(leases) as connection:
            self._delete(connection, failures, [lease.tag for lease in leases], asset=asset)

    def discard_failures(self, tags: Sequence[Tag]) -> None:
        """Forgets every failure of these tags: their images are gone or finished, so nothing is left to be done."""
        with self._database.writing() as connection:
            self._delete(connection, failures, tags)

    # Intents

    def save_intent(self, effect: str, lease: Lease, detail: Mapping[str, Any]) -> None:
        """Saves that an effect on Encord is about to be made; `detail` is the JSON by which it can be found again."""
        self.save_intents(effect, {lease: detail})

    def save_intents(self, effect: str, details: Mapping[Lease, Mapping[str, Any]]) -> None:
        """Saves the same effect for many tags, all or none."""
        now = now_text()
        rows = [
            {"project": self._project, "effect": effect, "tag": lease.tag, "detail": dict(detail), "intended_at": now}
            for lease, detail in details.items()
        ]
        if not rows:
            return
        with self._writing_about(details) as connection:
            connection.execute(self._database.upsert(intents), rows)

    def intents(self, effect: str, tags: Sequence[Tag]) -> dict[Tag, dict[str, Any]]:
        """The details of the open intents for these tags."""
        wanted = select(intents.c.tag, intents.c.detail).where(*self._mine(intents, effect=effect))
        found: dict[Tag, dict[str, Any]] = {}
        with self._database.reading() as connection:
            for chunk in in_chunks(tags):
                found.update(
                    (Tag(tag), detail) for tag, detail in connection.execute(wanted.where(intents.c.tag.in_(chunk)))
                )
        return found

    def clear_intent(self, effect: str, lease: Lease) -> None:
        """Closes an intent: the effect has been made, or is no longer wanted."""
        self.clear_intents(effect, [lease])

    def clear_intents(self, effect: str, leases: Collection[Lease]) -> None:
        """Closes the intents of many tags, all or none."""
        with self._writing_about(leases) as connection:
            self._delete(connection, intents, [lease.tag for lease in leases], effect=effect)

    @contextmanager
    def _writing_about(self, leases: Collection[Lease]) -> Iterator[Connection]:
        with self._database.writing() as connection:
            self.leases.lock(connection, leases)
            yield connection

    def _mine(self, table: Table, **equal: str) -> list[Any]:
        return [table.c.project == self._project, *(table.c[name] == value for name, value in equal.items())]

    def _delete(self, connection: Connection, table: Table, tags: Sequence[Tag], **equal: str) -> None:
        for chunk in in_chunks(tags):
            connection.execute(delete(table).where(*self._mine(table, **equal), table.c.tag.in_(chunk)))
