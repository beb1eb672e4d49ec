"""The store: what is known and intended, scoped by project. What is written about a tag needs its lease."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Table, delete, func, insert, select

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.tag_failure import TagFailure
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.leases import Lease, TagLeases
from judge_pipeline.store.refreshes import Refreshes
from judge_pipeline.store.sync_cursors import SyncCursors
from judge_pipeline.store.tables import answers, discarded_answers, failures, intents, results
from judge_pipeline.store.values import from_json, to_json

T = TypeVar("T")


class Store:
    """A database of projects. Threads may share one; each process opens its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str) -> "Store":
        """Opens `sqlite:///PATH` or `postgresql://…`; makes folder and tables when they are missing, upgrades older ones.

        Raises:
            StoreError: it cannot be opened, is damaged, or a newer version made it; one sentence says what to do.
        """
        return cls(Database.open(url))

    def project(self, project_hash: str) -> "ProjectStore":
        """The part of the store that belongs to one project."""
        return ProjectStore(self._database, project_hash)

    def close(self) -> None:
        """Gives all connections back."""
        self._database.close()


class ProjectStore:
    """What is known and intended for one project. Every method is one transaction; all raise StoreError.

    Methods that take a `Lease` raise LeaseLost, and write nothing, when the tag has been taken by another since.
    """

    def __init__(self, database: Database, project_hash: str) -> None:
        self._database = database
        self._project = project_hash
        self.leases = TagLeases(database, project_hash)
        self.refreshes = Refreshes(database, project_hash, self.leases)
        self.sync_cursors = SyncCursors(database, project_hash)

    # Model answers

    def answer(self, fingerprint: str) -> ModelAnswer | None:
        """The usable answer that is kept for a question, if there is one."""
        return self.answers([fingerprint]).get(fingerprint)

    def answers(self, fingerprints: Sequence[str]) -> dict[str, ModelAnswer]:
        """The usable answers that are kept for these questions, by fingerprint."""
        wanted = select(answers).where(*self._mine(answers))
        with self._database.reading() as connection:
            rows = [
                row
                for chunk in in_chunks(fingerprints)
                for row in connection.execute(wanted.where(answers.c.fingerprint.in_(chunk)))
            ]
        return {row.fingerprint: _model_answer(row) for row in rows}

    def recent_answers(self, purpose: str, most: int) -> list[ModelAnswer]:
        """The usable answers that an asset has got last, the newest first."""
        wanted = select(answers).where(*self._mine(answers, purpose=purpose)).order_by(answers.c.kept_at.desc())
        with self._database.reading() as connection:
            return [_model_answer(row) for row in connection.execute(wanted.limit(most))]

    def keep_answer(self, fingerprint: str, *, purpose: str, answer: ModelAnswer) -> None:
        """Keeps an answer before anything depends on it; the last one is served. `purpose` is the asset that asks."""
        self.keep_answers([(fingerprint, purpose, answer)])

    def keep_answers(self, kept: Sequence[tuple[str, str, ModelAnswer]]) -> None:
        """Keeps answers, each with its fingerprint and purpose, all or none."""
        rows = {
            fingerprint: {
                "project": self._project,
                "fingerprint": fingerprint,
                "purpose": purpose,
                "text": answer.text,
                "model": answer.model,
                "prompt_tokens": answer.usage.prompt_tokens,
                "completion_tokens": answer.usage.completion_tokens,
                "cached_tokens": answer.usage.cached_tokens,
                "image_tokens": answer.usage.image_tokens,
                "cost_usd": answer.cost_usd,
                "seconds": answer.seconds,
                "kept_at": _now(),
            }
            for fingerprint, purpose, answer in kept
        }
        with self._database.writing() as connection:
            connection.execute(self._database.upsert(answers), [rows[fingerprint] for fingerprint in sorted(rows)])

    def discard_answer(self, fingerprint: str, reason: str) -> None:
        """Keeps an answer for reading only: it is never served again, so the same question is asked anew."""
        with self._database.writing() as connection:
            taken = delete(answers).where(*self._mine(answers, fingerprint=fingerprint)).returning(*answers.columns)
            rows = [{**row, "reason": reason, "discarded_at": _now()} for row in connection.execute(taken).mappings()]
            if rows:
                connection.execute(insert(discarded_answers), rows)

    def count_answers(self) -> int:
        """How many usable answers are kept."""
        return self._count(answers)

    # Results

    def record(self, asset: str, lease: Lease, value: object) -> None:
        """Records what an asset found for a tag, in place of an earlier result or failure.

        Raises:
            UnfitValue: `value`, a domain dataclass, would not be read back as it is.
        """
        self.record_values([(asset, lease, value)])

    def record_all(self, asset: str, values: Mapping[Lease, object]) -> None:
        """Records the results of many tags, all or none."""
        self.record_values([(asset, lease, value) for lease, value in values.items()])

    def record_values(self, values: Sequence[tuple[str, Lease, object]]) -> None:
        """Records results of many assets and tags, all or none."""
        now = _now()
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

    def results(self, asset: str, type_: type[T], tags: Sequence[Tag] | None = None) -> dict[Tag, T]:
        """What is recorded: of the given tags, in their order, or of all, sorted by tag. Tags without one are missing.

        Raises:
            UnfitValue: a recorded value does not fit `type_`.
        """
        wanted = select(results.c.tag, results.c.value).where(*self._mine(results, asset=asset))
        with self._database.reading() as connection:
            if tags is None:
                found = dict(connection.execute(wanted.order_by(results.c.tag)).tuples().all())
            else:
                found = {}
                for chunk in in_chunks(tags):
                    found.update(connection.execute(wanted.where(results.c.tag.in_(chunk))).tuples().all())
        return {
            Tag(tag): from_json(found[tag], type_, name=f"the {asset} of tag {tag!r}")
            for tag in (found if tags is None else tags)
            if tag in found
        }

    def forget(self, asset: str, tags: Sequence[Tag]) -> None:
        """Removes the results of these tags, so that they are made again."""
        with self._database.writing() as connection:
            self._delete(connection, results, tags, asset=asset)

    # Failures

    def record_failure(
        self, asset: str, lease: Lease, *, title: str, kind: str, message: str, run_id: str | None
    ) -> None:
        """Records why an attempt ended without a result; an earlier result stays."""
        row = {
            "project": self._project,
            "asset": asset,
            "tag": lease.tag,
            "title": title,
            "kind": kind,
            "message": message,
            "run_id": run_id,
            "failed_at": _now(),
        }
        with self._writing_about([lease]) as connection:
            connection.execute(self._database.upsert(failures), row)

    def failures(self, tags: Sequence[Tag] | None = None) -> list[TagFailure]:
        """The failures of the given tags, or all, by tag and asset."""
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

    # Intents

    def intend(self, effect: str, lease: Lease, detail: Mapping[str, Any]) -> None:
        """Writes down an effect on Encord before it is made; `detail` is JSON that lets it be found again."""
        self.intend_all(effect, {lease: detail})

    def intend_all(self, effect: str, details: Mapping[Lease, Mapping[str, Any]]) -> None:
        """Writes down the effect for many tags, all or none."""
        now = _now()
        rows = [
            {"project": self._project, "effect": effect, "tag": lease.tag, "detail": dict(detail), "intended_at": now}
            for lease, detail in details.items()
        ]
        if not rows:
            return
        with self._writing_about(details) as connection:
            connection.execute(self._database.upsert(intents), rows)

    def intents(self, effect: str, tags: Sequence[Tag]) -> dict[Tag, dict[str, Any]]:
        """The effects of this name that were intended for these tags and are not settled."""
        wanted = select(intents.c.tag, intents.c.detail).where(*self._mine(intents, effect=effect))
        found: dict[Tag, dict[str, Any]] = {}
        with self._database.reading() as connection:
            for chunk in in_chunks(tags):
                found.update(
                    (Tag(tag), detail) for tag, detail in connection.execute(wanted.where(intents.c.tag.in_(chunk)))
                )
        return found

    def settle(self, effect: str, lease: Lease) -> None:
        """The effect has been made, or is not wanted any more."""
        self.settle_all(effect, [lease])

    def settle_all(self, effect: str, leases: Collection[Lease]) -> None:
        """The effect has been made for all of these tags."""
        with self._writing_about(leases) as connection:
            self._delete(connection, intents, [lease.tag for lease in leases], effect=effect)

    # Progress

    def counts(self) -> dict[str, int]:
        """How many tags each asset has a result for; assets without any are left out."""
        counted = select(results.c.asset, func.count()).where(*self._mine(results)).group_by(results.c.asset)
        with self._database.reading() as connection:
            return dict(connection.execute(counted).tuples().all())

    def failure_count(self) -> int:
        """How many (asset, tag) pairs failed at their last attempt."""
        return self._count(failures)

    @contextmanager
    def _writing_about(self, leases: Collection[Lease]) -> Iterator[Connection]:
        with self._database.writing() as connection:
            self.leases.keep(connection, leases)
            yield connection

    def _count(self, table: Table) -> int:
        with self._database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(table).where(*self._mine(table))) or 0

    def _mine(self, table: Table, **equal: str) -> list[Any]:
        return [table.c.project == self._project, *(table.c[name] == value for name, value in equal.items())]

    def _delete(self, connection: Connection, table: Table, tags: Sequence[Tag], **equal: str) -> None:
        for chunk in in_chunks(tags):
            connection.execute(delete(table).where(*self._mine(table, **equal), table.c.tag.in_(chunk)))


def _model_answer(row: Row[Any]) -> ModelAnswer:
    return ModelAnswer(
        text=row.text,
        model=row.model,
        usage=Usage(row.prompt_tokens, row.completion_tokens, row.cached_tokens, row.image_tokens),
        seconds=row.seconds,
        cost_usd=row.cost_usd,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
