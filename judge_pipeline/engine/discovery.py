"""Discovery: the images that may be new, the pipeline's work or other than they were, without the rest of the project.

Encord says which rows stand in a stage and which were added, and nothing about what was removed, re-tagged or approved. So each
discovery also reads some of the other images again, those that were read longest ago.
"""

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import AGENT_STAGES, StageKind
from judge_pipeline.engine.own_rows import index_added_rows, index_rows, indexed_rows
from judge_pipeline.store.store import ProjectStore

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject

IMAGES_IN_TURN = 2000
"""6,000 rows cost 0.3 s of processor time, and 15 discoveries see the whole of a project of 30,000 images."""

CURSOR = "images read in turn"
"""The name of the sync cursor: the last Tag that was read in its turn."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """The snapshot of the tags that were `read`, and the `images` of the project, as far as they are known."""

    snapshot: ProjectSnapshot
    read: Collection[Tag]
    images: Collection[Tag]


def discover(
    project: "EncordProject",
    store: ProjectStore,
    known: Collection[str],
    *,
    is_bounded: bool = False,
    in_turn: int = IMAGES_IN_TURN,
) -> Discovery:
    """Reads what stands in an agent stage, was added, is to be refreshed or has failed, and the next images in turn.

    Of those that have no partition (`known` are the others) or no texts in the store, all, and those that wait for a person; when
    `is_bounded`, as a tick must be, only as many of the former and none of the latter. A store without an index reads everything.
    """
    rows = index_added_rows(project, store)
    if rows is not None:
        snapshot = project.snapshot_of(rows)
        failed = (failure.tag for failure in store.failures())
        return Discovery(snapshot, {*snapshot.images, *failed}, snapshot.images.keys())
    kinds = AGENT_STAGES if is_bounded else (*AGENT_STAGES, StageKind.OTHER)
    standing = [row for stage in project.workflow.of_kind(*kinds) for row in project.list_rows(stage=stage)]
    standing += project.list_rows(data_hashes=waiting) if (waiting := store.row_index.waiting()) else []
    index_rows(project, store, standing)
    indexed = store.row_index.all_tags()
    last = Tag(store.sync_cursors.get(CURSOR) or "")
    turn = _next(indexed, last, in_turn)
    new = indexed - set(map(Tag, known)) - store.archived.all().keys()
    tags = {*turn, *store.refreshes.unfinished("judgements"), *(failure.tag for failure in store.failures())}
    tags.update(_next(new, last, in_turn) if is_bounded else new | (indexed - store.tags_with("linked_text_items")))
    snapshot = project.snapshot_of(indexed_rows(project, store, tags, standing))
    if turn:
        store.sync_cursors.save(CURSOR, turn[-1])
    images = store.row_index.all_tags() - (tags - snapshot.images.keys())
    return Discovery(snapshot, tags | snapshot.images.keys(), images)


def _next(tags: Collection[Tag], last: Tag, count: int) -> list[Tag]:
    """The first tags after the last one, in order, which go on with the smallest."""
    ordered = sorted(tags)
    start = bisect_right(ordered, last)
    return [*ordered[start:], *ordered[:start]][:count]
