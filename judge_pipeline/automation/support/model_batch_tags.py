"""What model batches mean for tags: which wait, which can go on, and which runs will not submit what they have noted."""

from collections.abc import Sequence

import dagster as dg

from judge_pipeline.automation.support.failed_tags import TRANSIENT_KINDS
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.ready_tags import ReadyTag
from judge_pipeline.store.store import ProjectStore, Store


def waiting_tags(pipeline: PipelineResources) -> set[Tag]:
    """The tags that wait for a model batch: a run could not go on with them."""
    with pipeline.open_store() as store:
        return store.questions.waiting_tags()


def free_questions_of_ended_runs(pipeline: PipelineResources, instance: dg.DagsterInstance) -> int:
    """Frees the noted questions of runs that are over, since they will not submit them; returns how many.

    A run that this instance does not know is over unless its heart beats: it is another instance's, or was deleted.
    """
    store = Store.open(pipeline.database_url)
    try:
        questions = store.project(pipeline.project_hash).questions
        over, alive = [], store.heartbeats.alive()
        for run_id in questions.noting_runs():
            run = instance.get_run_by_id(run_id)
            if run.is_finished if run else run_id not in alive:
                over.append(run_id)
        return questions.free(over) if over else 0
    finally:
        store.close()


def tags_to_continue(store: ProjectStore) -> list[ReadyTag]:
    """The ready tags that a run can go on with: no run holds them, and none has a permanent failure at another asset.

    Such a failure is for a person to retry, and everything that the tag has waited for is kept until then.
    """
    ready = store.ready_tags.with_news()
    if not ready:
        return []
    held = store.leases.held()
    failed: dict[Tag, set[str]] = {}
    for failure in store.failures([each.tag for each in ready]):
        if failure.kind not in TRANSIENT_KINDS:
            failed.setdefault(failure.tag, set()).add(failure.asset)
    return [each for each in ready if each.tag not in held and not failed.get(each.tag, set()) - each.purposes]


def still_wanted(tags: Sequence[Tag], snapshot: ProjectSnapshot) -> list[Tag]:
    """Those of these tags whose image is in the project and not finished."""
    return [tag for tag in tags if (row := snapshot.images.get(tag)) and not row.kind.is_finished]
