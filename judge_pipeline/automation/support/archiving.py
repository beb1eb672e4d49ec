"""Finished images taken out of Dagster's partitions: which ones, and how."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from judge_pipeline.assets.partitions import delete_tags, known_tags
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.store import ProjectStore

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Archivable:
    """The finished images that can be archived now: those with a partition, and those that have none and shall get none.

    `recent` are finished too, but not for long enough; `held` belong to a run.
    """

    with_partition: Sequence[Tag]
    without_partition: Sequence[Tag]
    recent: int
    held: int

    @property
    def tags(self) -> list[Tag]:
        """All of them."""
        return [*self.with_partition, *self.without_partition]


def find_archivable(
    snapshot: ProjectSnapshot,
    store: ProjectStore,
    instance: dg.DagsterInstance,
    *,
    before: datetime | None = None,
    names: PipelineNames = UNPREFIXED,
) -> Archivable:
    """The images at rest in Complete or Archive; with `before`, only those that nothing has changed since.

    What changes an image is a label that is saved in Encord and a result that is saved in the store. Writes nothing.
    """
    known, archived, held = set(known_tags(instance, names)), store.archived.all(), store.leases.held()
    results = store.tag_rows.last_recorded() if before else {}
    candidates = [tag for tag in snapshot.images if snapshot.is_at_rest(tag) and (tag in known or tag not in archived)]
    free = [tag for tag in candidates if tag not in held]
    old = [tag for tag in free if before is None or _last_change(snapshot, results, tag) < before]
    return Archivable(
        with_partition=[tag for tag in old if tag in known],
        without_partition=[tag for tag in old if tag not in known],
        recent=len(free) - len(old),
        held=len(candidates) - len(free),
    )


def archive_tags(
    found: Archivable, store: ProjectStore, instance: dg.DagsterInstance, names: PipelineNames = UNPREFIXED
) -> None:
    """Saves that they are archived, then deletes their partitions: after a kill in between, a repetition does the rest."""
    store.archived.add(found.tags)
    delete_tags(instance, found.with_partition, names)


def _last_change(snapshot: ProjectSnapshot, results: dict[Tag, datetime], tag: Tag) -> datetime:
    return max(snapshot.images[tag].edited_at or LONG_AGO, results.get(tag, LONG_AGO))
