"""Which tags have failed: the store knows why, and Dagster also knows about the tags of killed runs."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import dagster as dg

from judge_pipeline.assets.partitions import known_tags, partitions_of
from judge_pipeline.automation.support.partition_ranges import RANGE_END, RANGE_START
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.tag_failure import TagFailure
from judge_pipeline.encord_project.errors import EncordUnavailable, EncordUnreachable, StorageBusy
from judge_pipeline.engine.own_rows import index_added_rows, indexed_rows
from judge_pipeline.models.errors import ModelUnavailable
from judge_pipeline.store.store import ProjectStore

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject

FAILED: Final = "FAILED"
"""Dagster's status of a partition that a finished run had planned and did not materialise."""

TRANSIENT_KINDS = frozenset(
    {error.__name__ for error in (ModelUnavailable, EncordUnavailable, EncordUnreachable, StorageBusy)}
    | {"NotMaterialized"}  # a run of some assets lacked its input; a run of all of them makes it
)
"""Kinds of failure that a later attempt may not meet again, unlike a damaged image, a refusal or an unusable answer."""

MAX_RUNS_SEARCHED = 1000
"""The latest failed runs; a tag that none of them had planned gets no time."""


@dataclass(frozen=True, slots=True)
class FailedTag:
    """A tag whose last attempt failed or was cut short. `failed_at` is None when it is unknown.

    `is_transient`: the same attempt may succeed later without any fix.
    """

    tag: Tag
    title: str
    reasons: tuple[str, ...]
    failed_at: datetime | None
    is_transient: bool


@dataclass(frozen=True, slots=True)
class _FailedRun:
    """A failed run, and the range of partitions that it had planned."""

    run_id: str
    ended_at: datetime
    first: str
    last: str


def failed_tags(
    records: ProjectStore,
    instance: dg.DagsterInstance,
    project: "EncordProject",
    *,
    since: datetime | None = None,
    names: PipelineNames = UNPREFIXED,
) -> list[FailedTag]:
    """The failed tags, as a rule in the project's order; with `since`, only later failures. Reads their rows in Encord.

    Leaves out images that are gone, that a person has finished, or that wait for one or for a model batch.
    """
    by_tag: dict[Tag, list[TagFailure]] = {}
    for failure in records.failures():
        by_tag.setdefault(failure.tag, []).append(failure)
    keys = known_tags(instance, names)
    unexplained = failed_in_dagster(instance, keys, names) - by_tag.keys()
    runs = _latest_runs(unexplained, keys, instance) if unexplained else {}
    index_added_rows(project, records)
    snapshot = project.snapshot_of(indexed_rows(project, records, {*by_tag, *unexplained}))
    found, waiting = [], records.questions.waiting_tags()
    for tag, row in snapshot.images.items():
        if row.kind.is_finished or tag in waiting:
            continue
        if tag in by_tag:
            failed = _from_failures(tag, by_tag[tag])
        elif tag in unexplained and not row.kind.waits_for_person:
            failed = _from_run(tag, row.title, runs.get(tag))
        else:
            continue
        if since is None or (failed.failed_at is not None and failed.failed_at >= since):
            found.append(failed)
    return found


def failed_in_dagster(instance: dg.DagsterInstance, keys: Sequence[str], names: PipelineNames) -> set[Tag]:
    """Those of these tags of which Dagster shows any asset as failed."""
    partitions = partitions_of(names)
    return {
        Tag(tag)
        for asset in ASSET_TYPES
        for tag, status in (
            instance.get_status_by_partition(dg.AssetKey(names.asset(asset)), keys, partitions) or {}
        ).items()
        if status is not None and status.value == FAILED
    }


def _from_failures(tag: Tag, failures: Sequence[TagFailure]) -> FailedTag:
    return FailedTag(
        tag,
        failures[0].title,
        tuple(f"{failure.asset}: {failure.message}" for failure in failures),
        max(datetime.fromisoformat(failure.failed_at) for failure in failures),
        is_transient=all(failure.kind in TRANSIENT_KINDS for failure in failures),
    )


def _from_run(tag: Tag, title: str, run: _FailedRun | None) -> FailedTag:
    reason = (
        f"run {run.run_id} ended before this tag was done" if run else "an earlier run ended before this tag was done"
    )
    return FailedTag(tag, title, (reason,), run.ended_at if run else None, is_transient=True)


def _latest_runs(tags: Collection[Tag], keys: Sequence[str], instance: dg.DagsterInstance) -> Mapping[Tag, _FailedRun]:
    """The latest failed run that covers each tag, in a few queries instead of one per tag."""
    position = {key: index for index, key in enumerate(keys)}
    missing = {position[tag]: tag for tag in tags if tag in position}
    found: dict[Tag, _FailedRun] = {}
    for run in _failed_runs(instance):
        if not missing:
            break
        if run.first in position and run.last in position:
            covered = [index for index in missing if position[run.first] <= index <= position[run.last]]
            found |= {missing.pop(index): run for index in covered}
    return found


def _failed_runs(instance: dg.DagsterInstance) -> Iterator[_FailedRun]:
    """Latest first."""
    ended = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])
    for record in instance.get_run_records(ended, limit=MAX_RUNS_SEARCHED):
        run = record.dagster_run
        if RANGE_START in run.tags and RANGE_END in run.tags:
            at = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else record.update_timestamp
            yield _FailedRun(run.run_id, at, run.tags[RANGE_START], run.tags[RANGE_END])
