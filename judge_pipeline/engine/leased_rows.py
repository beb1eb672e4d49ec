"""The rows of a run's tags, read once the run holds the tags: from then on no other run changes them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.rate_limits import rate_limits_awaited
from judge_pipeline.engine.batch_plan import BatchPlan, incomplete_tags
from judge_pipeline.engine.leases import RunLeases
from judge_pipeline.engine.own_rows import OwnRows
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.store import ProjectStore

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject

FAILED_LISTED = 100
"""With more failed tags than this, only the commands, which list the whole project, forget those that are gone or finished."""


@dataclass(frozen=True, slots=True)
class LeasedRows:
    """The opened project, the rows as they were at `read_at`, and what is to be done about them."""

    project: "EncordProject"
    own_rows: OwnRows
    snapshot: ProjectSnapshot
    read_at: datetime
    plan: BatchPlan


async def leased_rows(
    pipeline: PipelineResources,
    store: ProjectStore,
    leases: RunLeases,
    tags: Sequence[Tag],
    *,
    selected: Collection[str],
    known: Mapping[str, Collection[Tag]],
    on_purpose: Collection[Tag],
) -> LeasedRows:
    """Leases the tags that lack a value, by the store, and reads the rows of all tags once; twice if complete ones have to move.

    Tags that turn out to need nothing of this run are given back. With nothing to make, no lease is left.

    Raises:
        EncordError: the project cannot be read.
    """
    await leases.acquire({*incomplete_tags(known, tags, selected), *on_purpose})
    with rate_limits_awaited():
        project = await asyncio.to_thread(pipeline.open_project)
        own_rows = OwnRows(project, store, {*tags, *_failed(store)})
        while True:
            read_at = datetime.now(UTC)
            snapshot = await asyncio.to_thread(own_rows.read)
            plan = BatchPlan.of(tags, selected, known, snapshot, on_purpose)
            if not await leases.acquire([tag for tag in plan.to_make if tag not in leases]):
                break
    await leases.keep_only(plan.to_make)
    return LeasedRows(project, own_rows, snapshot, read_at, plan)


def _failed(store: ProjectStore) -> set[Tag]:
    """The failed tags of all runs, to see whether anything is left to be done about them; none if they are many."""
    failed = {failure.tag for failure in store.failures()}
    return failed if len(failed) <= FAILED_LISTED else set()
