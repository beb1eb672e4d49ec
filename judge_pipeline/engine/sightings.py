"""Sightings: what stands about each image in Encord, with the captions beside it, so that an answer is matched to its own."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from judge_pipeline.domain.final_choice import FinalAnswer, FinalChoice, Review, Sighting
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.store.store import ProjectStore

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject


def sightings_of(
    project: "EncordProject",
    records: ProjectStore,
    snapshot: ProjectSnapshot,
    answers: Mapping[Tag, FinalAnswer],
    known: Mapping[Tag, FinalChoice],
    *,
    read: Collection[Tag],
    tags: Collection[Tag],
) -> dict[Tag, Sighting]:
    """Of these images; the answers of those in `read` are what stands there, an answer of another is as it was.

    When its captions were made is asked of Encord for an answer that is new here, where the store does not have these captions as
    linked: what stood on a row before captions are recorded as linked has been noted by the run that did so.
    """
    new = [tag for tag in tags if _is_new(known.get(tag), answers.get(tag))]
    linked = records.results("linked_text_items", LinkedTextItems, new)
    texts = {tag: snapshot.text_uuids(tag) for tag in tags}
    unwatched = {tag: texts[tag] for tag in new if tag not in linked or linked[tag].item_uuids != texts[tag]}
    created_at = (
        project.created_at([uuid for uuids in unwatched.values() for uuid in uuids]) if any(unwatched.values()) else {}
    )
    since = {
        tag: max(created_at[uuid] for uuid in uuids).replace(microsecond=0)
        for tag, uuids in unwatched.items()
        if uuids and created_at.keys() >= set(uuids)
    }
    return {
        tag: Sighting(Review.at(snapshot.images[tag].stage), answers.get(tag), tag in read, texts[tag], since.get(tag))
        for tag in tags
    }


def _is_new(known: FinalChoice | None, answer: FinalAnswer | None) -> bool:
    """Whether it is still to be found out for which captions an answer was given."""
    if known is None or known.label is None:
        return answer is not None
    return known.given_for is None or (answer is not None and not known.is_held(answer))
