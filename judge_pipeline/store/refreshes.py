"""Refreshes: results to be made again on purpose, and the generation number that makes the same question a new one."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.leases import Lease, TagLeases
from judge_pipeline.store.tables import intents, refreshes
from judge_pipeline.store.times import now_text

REFRESH = "refresh "
"""The start of an intent's name: the result of the asset that follows is to be made again."""


class Refreshes:
    """The refreshes of one project. Every method is one transaction and may raise StoreError."""

    def __init__(self, database: Database, project: str, leases: TagLeases) -> None:
        self._database = database
        self._project = project
        self._leases = leases

    def generations(self, assets: Collection[str], tags: Sequence[Tag]) -> dict[tuple[str, Tag], int]:
        """How often each (asset, tag) was refreshed; pairs that never were are left out."""
        found = {}
        with self._database.reading() as connection:
            for chunk in in_chunks(tags):
                for row in self._rows(connection, assets, chunk):
                    found[row.asset, Tag(row.tag)] = int(row.generation)
        return found

    def unfinished(self, *assets: str) -> set[Tag]:
        """The tags of which a refresh has still to replace the result of one of these assets."""
        mine = (intents.c.project == self._project, intents.c.effect.in_([REFRESH + asset for asset in assets]))
        with self._database.reading() as connection:
            return {Tag(tag) for tag in connection.scalars(select(intents.c.tag).where(*mine))}

    def begin(
        self,
        held: Collection[Lease],
        *,
        assets: Collection[str],
        made_again: Collection[str],
        intended: Mapping[str, Mapping[Lease, Mapping[str, Any]]],
        given_up: Collection[str],
        asked_by: str,
    ) -> set[Tag]:
        """Starts the next generation of `assets` for these tags and marks the `made_again` assets as to be made again.

        Their results stay until new ones are saved, which also removes the mark. Also saves the `intended` effects on
        Encord (details by lease, by effect) and clears the `given_up` ones. All or nothing. Skips tags whose assets the
        same `asked_by` has already refreshed, so that a run resumes after a crash.
        Returns the others.

        Raises:
            LeaseLost: another run holds one of the tags.
        """
        with self._database.writing() as connection:
            self._leases.lock(connection, held)
            before = {(row.asset, row.tag): row for row in self._refreshed(connection, assets, held)}
            new = [lease for lease in held if any(not _is_by(before.get((a, lease.tag)), asked_by) for a in assets)]
            if not new:
                return set()
            rows = [
                {
                    "project": self._project,
                    "asset": asset,
                    "tag": lease.tag,
                    "generation": _generation(before.get((asset, lease.tag))) + 1,
                    "asked_by": asked_by,
                }
                for lease in new
                for asset in assets
            ]
            connection.execute(self._database.upsert(refreshes), rows)
            self._delete_intents(connection, given_up, new)
            again: dict[str, dict[Lease, dict[str, Any]]] = {
                REFRESH + asset: {lease: {} for lease in new} for asset in made_again
            }
            self._intend(connection, {**intended, **again}, frozenset(new))
        return {lease.tag for lease in new}

    def _delete_intents(self, connection: Connection, effects: Collection[str], leases: Sequence[Lease]) -> None:
        for tags in in_chunks([lease.tag for lease in leases]):
            mine = (intents.c.project == self._project, intents.c.effect.in_(effects), intents.c.tag.in_(tags))
            connection.execute(delete(intents).where(*mine))

    def _intend(
        self, connection: Connection, intended: Mapping[str, Mapping[Lease, Mapping[str, Any]]], about: frozenset[Lease]
    ) -> None:
        now = now_text()
        common = {"project": self._project, "intended_at": now}
        rows = [
            {**common, "effect": effect, "tag": lease.tag, "detail": dict(detail)}
            for effect, details in intended.items()
            for lease, detail in details.items()
            if lease in about
        ]
        if rows:
            connection.execute(self._database.upsert(intents), rows)

    def _refreshed(self, connection: Connection, assets: Collection[str], held: Collection[Lease]) -> list[Any]:
        chunks = in_chunks([lease.tag for lease in held])
        return [row for chunk in chunks for row in self._rows(connection, assets, chunk)]

    def _rows(self, connection: Connection, assets: Collection[str], tags: Sequence[Tag]) -> list[Any]:
        mine = (refreshes.c.project == self._project, refreshes.c.asset.in_(assets), refreshes.c.tag.in_(tags))
        return list(connection.execute(select(refreshes).where(*mine)))


def _is_by(row: Any, asked_by: str) -> bool:
    return row is not None and row.asked_by == asked_by


def _generation(row: Any) -> int:
    return 0 if row is None else int(row.generation)
