"""What model batches mean for tags: a visit to their servers, which tags wait, and which can go on."""

from collections.abc import Sequence

import dagster as dg

from judge_pipeline.automation.support.failed_tags import TRANSIENT_KINDS
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.model_batches.visit import Visit, visit_batches
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.ready_tags import ReadyTag
from judge_pipeline.store.store import ProjectStore, Store


def waiting_tags(pipeline: PipelineResources) -> set[Tag]:
    """The tags that wait for a model batch: a run could not go on with them."""
    with pipeline.open_store() as store:
        return store.questions.waiting_tags()


def visit(pipeline: PipelineResources, instance: dg.DagsterInstance, *, seconds: float | None = None) -> Visit:
    """Recovers, polls and collects the batches, for at most so many seconds.

    A run that this instance does not know is over unless its heart beats: it is another instance's, or was deleted.

    Raises:
        StoreError: the store cannot be used.
    """
    store = Store.open(pipeline.database_url)
    try:
        alive = store.heartbeats.alive()

        def is_over(run_id: str) -> bool:
            run = instance.get_run_by_id(run_id)
            return run.is_finished if run else run_id not in alive

        return visit_batches(pipeline, store.project(pipeline.project_hash), is_over=is_over, seconds=seconds)
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
