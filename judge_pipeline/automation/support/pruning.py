"""What is old enough to be deleted: ended runs, discarded answers, thumbnails of archived images."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from judge_pipeline.assets.partitions import known_tags
from judge_pipeline.automation.support.tag_runs import JOBS as TAG_JOBS
from judge_pipeline.dagster_events.run_retention import delete_run, ended_runs, give_back_space, shown_runs
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.pipeline_names import PipelineNames
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.store import ProjectStore

JOBS = (*TAG_JOBS, "register_images", "read_final_choices", "write_report", "prune")
OTHER_ASSETS = ("ontology", "final_choices", "report", "preference_pairs", "best_captions")


@dataclass(frozen=True, slots=True)
class OldData:
    """What can go. `shown` runs are as old and stay; `problem` is why runs cannot be told apart, and then all stay."""

    before: datetime
    runs: Sequence[str]
    shown: int
    discarded_answers: int
    thumbnails: Sequence[Tag]
    problem: str = ""

    def __str__(self) -> str:
        stay = f" ({self.shown} older ones stay: Dagster shows their results)" if self.shown else ""
        return (
            f"{len(self.runs)} ended runs with their events{stay}, {self.discarded_answers} discarded answers, "
            f"{len(self.thumbnails)} thumbnails of archived images"
        )


def find_old_data(
    store: ProjectStore, instance: dg.DagsterInstance, names: PipelineNames, *, before: datetime
) -> OldData:
    """What is older than that moment; deletes nothing."""
    partitioned = [dg.AssetKey(names.asset(asset)) for asset in ASSET_TYPES]
    assets = {*partitioned, *(dg.AssetKey(names.asset(asset)) for asset in OTHER_ASSETS)}
    live = known_tags(instance, names)
    ended = list(ended_runs(instance, before=before, jobs={names.of(job) for job in JOBS}, assets=assets))
    problem = ""
    try:
        shown = shown_runs(instance, partitioned=partitioned, live=live)
    except Exception as error:  # a changed Dagster can fail in any way; no run is deleted that may be needed
        shown = set(ended)
        problem = (
            f"no run is deleted, because this version of Dagster keeps its events in another form ({error!r:.200})"
        )
    back = set(live)
    return OldData(
        before=before,
        runs=[run_id for run_id in ended if run_id not in shown],
        shown=len(shown.intersection(ended)),
        discarded_answers=store.retention.discarded_answers(before=before),
        thumbnails=[tag for tag in store.retention.archived_thumbnails(before=before) if tag not in back],
        problem=problem,
    )


def delete_old_data(old: OldData, store: ProjectStore, instance: dg.DagsterInstance) -> None:
    """Deletes it; each part may be repeated after a kill."""
    store.retention.delete_discarded_answers(before=old.before)
    store.retention.delete_thumbnails(old.thumbnails)
    for run_id in old.runs:
        delete_run(instance, run_id)
    if old.runs:
        give_back_space(instance)
