"""What `run` has to do, and whether everything is in place in Encord afterwards."""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module

import dagster as dg

from judge_pipeline.assets.partitions import add_tags, known_tags
from judge_pipeline.automation.register_images import LISTED_IMAGES, image_table
from judge_pipeline.automation.support.model_batch_tags import waiting_tags
from judge_pipeline.automation.support.partition_ranges import spanned_keys
from judge_pipeline.automation.support.pending_tags import (
    archived_tags,
    judged_tags,
    missing_tags,
    new_tags,
    up_to_date_tags,
)
from judge_pipeline.cli.support.background import in_background
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.row_findings import row_findings
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.batch_opening import check_models
from judge_pipeline.engine.discovery import Discovery, discover
from judge_pipeline.engine.own_rows import index_added_rows, indexed_rows
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.run_batch import discard_void_failures

MAX_STUCK_NAMES = 5

MAX_CHANGED_LINES = 50

NOTHING_SEEN = Discovery(ProjectSnapshot(), (), ())


@dataclass(frozen=True, slots=True)
class PendingWork:
    """What was seen, and the pipeline's work: `missing`, without those `waiting` for model batches.

    Of the tags that runs of the missing might span, those in `done` cost nothing more. `model_remarks` are what the check of the
    models left open, and images that there is no room for.
    """

    project: EncordProject
    seen: Discovery
    done: set[Tag]
    missing: list[Tag]
    is_all_judged: bool
    ontology_version: str
    model_remarks: Sequence[str] = ()
    waiting: Collection[Tag] = ()


def find_work(
    pipeline: PipelineResources,
    instance: dg.DagsterInstance,
    project: EncordProject,
    *,
    size: int,
    limit: int | None = None,
) -> PendingWork:
    """Checks the project, adds partitions for new images, and checks the models if any work is left for runs of `size` tags.

    Raises:
        EncordUnusable, OntologyMismatch, EndpointUnusable: a setting is wrong; no model was called.
    """
    ontology_version = pipeline.titles.roles_in(project.ontology).version
    known, judged = known_tags(instance), judged_tags(pipeline)
    if not known or not judged.all.issuperset(known):
        in_background(partial(import_module, "judge_pipeline.models.sdk_connection"))  # while Encord is waited for
    with pipeline.open_store() as store:
        seen = discover(project, store, known)
        new = new_tags(seen.snapshot, known, archived_tags(pipeline))
        if new.all:
            add_tags(instance, new.all)
            known = known_tags(instance)
            newest = map(Tag, known[-LISTED_IMAGES:])
            listed = indexed_rows(project, store, newest, seen.snapshot.images.values())
            instance.report_runless_asset_event(image_table(project.snapshot_of(listed), known, pipeline))
    waiting = waiting_tags(pipeline)
    missing = [tag for tag in missing_tags(seen.snapshot, judged) if tag not in waiting][:limit]
    if missing:
        project.check_active()
        first = [seen.snapshot.images[tag] for tag in missing[:size]]
        in_background(partial(project.read_ahead, first))  # while the models are checked and Dagster starts the run
    spanned = spanned_keys(known, missing, size=size)
    done = up_to_date_tags(pipeline, judged, ontology_version, among=[*missing, *spanned])
    remarks = check_models(pipeline) if not done.issuperset(missing) else []
    remarks = [new.advice, *remarks] if new.left_out else remarks
    is_all_judged = judged.all.issuperset(seen.images)
    return PendingWork(project, seen, done, missing, is_all_judged, ontology_version, remarks, waiting)


def check_places(
    pipeline: PipelineResources,
    project: EncordProject,
    worked_on: Sequence[Tag],
    terminal: Terminal,
    seen: Discovery = NOTHING_SEEN,
) -> bool:
    """Prints who waits for a person and what is not where it belongs in Encord; False if anything is not.

    What has failed or waits for a model batch is reported elsewhere. It is about all images that were seen; those that runs have
    worked on since are read again. Forgets the failures of those that are gone or finished.
    """
    with pipeline.open_store() as store:
        snapshot = seen.snapshot
        if worked_on:
            begun = time.monotonic()
            indexed = in_background(partial(index_added_rows, project, store))
            rows = indexed_rows(project, store, worked_on)
            indexed()
            rows = indexed_rows(project, store, worked_on, rows)
            if pipeline.recent:
                pipeline.recent.keep_rows(rows, read_at=begun)
            snapshot = snapshot.updated(worked_on, project.snapshot_of(rows))
        discard_void_failures(store, snapshot, {*seen.read, *worked_on})
        refreshing = store.refreshes.unfinished("linked_text_items")
        linked = {
            tag: texts
            for tag, texts in store.results("linked_text_items", LinkedTextItems, list(snapshot.images)).items()
            if tag not in refreshing
        }
        elsewhere = {failure.tag for failure in store.failures()} | store.questions.waiting_tags()
        standing = [tag for tag in worked_on if (row := snapshot.images.get(tag)) and row.kind.is_agent_stage]
        stuck = [
            snapshot.images[tag].title for tag in standing if tag not in elsewhere and not store.leases.holders([tag])
        ]
    waiting = Counter(row.stage for row in snapshot.images.values() if row.kind.waits_for_person)
    for stage, count in waiting.items():
        terminal.print(f"{count} images wait for a person in {stage!r}.")
    if stuck:
        names = ", ".join(map(repr, stuck[:MAX_STUCK_NAMES])) + (", …" if len(stuck) > MAX_STUCK_NAMES else "")
        terminal.print(f"{len(stuck)} images still stand in an agent stage: {names}; run this again.", style="red")
    changed = row_findings(snapshot, linked).changed
    for sentence in changed[:MAX_CHANGED_LINES]:
        terminal.print(sentence, style="red")
    return not (stuck or changed)
