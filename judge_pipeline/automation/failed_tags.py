"""Which tags have failed: by the store, which knows why, and by Dagster, which also knows of runs that were killed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import dagster as dg

from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.assets.tag_assets import SPECS
from judge_pipeline.automation.partition_ranges import RANGE_END, RANGE_START
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.tag_failure import TagFailure
from judge_pipeline.domain.workflow import FINISHED_STAGES
from judge_pipeline.encord_project.errors import EncordUnavailable, EncordUnreachable, StorageBusy
from judge_pipeline.models.errors import ModelUnavailable
from judge_pipeline.store.store import ProjectStore

FAILED: Final = "FAILED"
"""A partition's status in Dagster: planned by a run that has ended without it."""

PASSING = frozenset(
    {error.__name__ for error in (ModelUnavailable, EncordUnavailable, EncordUnreachable, StorageBusy)}
    | {"NotMaterialized"}  # of a run of some assets; one of all of them makes what was not there
)
"""Kinds of failure that may pass by themselves; a damaged image, a refusal or an unusable answer does not."""

RUNS_LOOKED_AT = 1000
"""Of the runs that failed last; what none of them has planned has an unknown time."""


@dataclass(frozen=True, slots=True)
class FailedTag:
    """A tag whose last attempt did not come to its end. `failed_at` is None where nobody knows it any more.

    `may_pass` says that the same attempt may succeed later with nothing mended.
    """

    tag: Tag
    title: str
    reasons: tuple[str, ...]
    failed_at: datetime | None
    may_pass: bool


@dataclass(frozen=True, slots=True)
class _FailedRun:
    """A run that ended too early, and the range of partitions that it had planned."""

    run_id: str
    ended_at: datetime
    first: str
    last: str


def failed_tags(
    records: ProjectStore, instance: dg.DagsterInstance, snapshot: ProjectSnapshot, *, since: datetime | None = None
) -> list[FailedTag]:
    """The failed tags of images that are on their way, in the project's order; `since` leaves earlier failures out.

    An image that is gone, or that a person has finished, has nothing left to fail.
    """
    by_tag: dict[Tag, list[TagFailure]] = {}
    for failure in records.failures():
        by_tag.setdefault(failure.tag, []).append(failure)
    keys = instance.get_dynamic_partitions(TAGS.name or "")
    unexplained = _failed_in_dagster(instance, keys) - by_tag.keys()
    runs = _last_run_of(unexplained, keys, instance) if unexplained else {}
    found = []
    for tag, row in snapshot.images.items():
        if row.stage in FINISHED_STAGES:
            continue
        if tag in by_tag:
            failed = _of_failures(tag, by_tag[tag])
        elif tag in unexplained:
            failed = _of_run(tag, row.title, runs.get(tag))
        else:
            continue
        if since is None or (failed.failed_at is not None and failed.failed_at >= since):
            found.append(failed)
    return found


def _failed_in_dagster(instance: dg.DagsterInstance, keys: Sequence[str]) -> set[Tag]:
    return {
        Tag(tag)
        for spec in SPECS
        for tag, status in (instance.get_status_by_partition(spec.key, keys, TAGS) or {}).items()
        if status is not None and status.value == FAILED
    }


def _of_failures(tag: Tag, failures: Sequence[TagFailure]) -> FailedTag:
    return FailedTag(
        tag,
        failures[0].title,
        tuple(f"{failure.asset}: {failure.message}" for failure in failures),
        max(datetime.fromisoformat(failure.failed_at) for failure in failures),
        may_pass=all(failure.kind in PASSING for failure in failures),
    )


def _of_run(tag: Tag, title: str, run: _FailedRun | None) -> FailedTag:
    reason = (
        f"run {run.run_id} ended before this tag was done" if run else "an earlier run ended before this tag was done"
    )
    return FailedTag(tag, title, (reason,), run.ended_at if run else None, may_pass=True)


def _last_run_of(tags: Collection[Tag], keys: Sequence[str], instance: dg.DagsterInstance) -> Mapping[Tag, _FailedRun]:
    """The last failed run whose range held each tag: a few queries, where asking tag by tag would take one each."""
    position = {key: index for index, key in enumerate(keys)}
    waiting = {position[tag]: tag for tag in tags if tag in position}
    found: dict[Tag, _FailedRun] = {}
    for run in _failed_runs(instance):
        if not waiting:
            break
        if run.first in position and run.last in position:
            held = [index for index in waiting if position[run.first] <= index <= position[run.last]]
            found |= {waiting.pop(index): run for index in held}
    return found


def _failed_runs(instance: dg.DagsterInstance) -> Iterator[_FailedRun]:
    """The last first."""
    ended = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])
    for record in instance.get_run_records(ended, limit=RUNS_LOOKED_AT):
        run = record.dagster_run
        if RANGE_START in run.tags and RANGE_END in run.tags:
            at = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else record.update_timestamp
            yield _FailedRun(run.run_id, at, run.tags[RANGE_START], run.tags[RANGE_END])
