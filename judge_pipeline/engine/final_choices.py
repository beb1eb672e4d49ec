"""Final choice sync: reads what people have decided in Encord since the last sync, and stores it with the captions it is about."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from judge_pipeline.domain.final_choice import FinalAnswer, FinalChoice, Observation, Review, updated_choice
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.store.store import ProjectStore

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject
    from judge_pipeline.engine.batch_context import BatchContext
    from judge_pipeline.engine.leases import RunLeases

FINAL_CHOICES = "final_choices"

OVERLAP = timedelta(minutes=1)
"""Encord reports the time of a save in whole seconds, and a save may become visible after one that began later."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)

LEASE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far labels have been read: those of this classification saved until `edited_at`, by Encord's clock."""

    final_choice: str
    edited_at: datetime

    @classmethod
    def read(cls, text: str | None, roles: JudgeOntology) -> "Cursor | None":
        """The cursor in a text; None if there is none, or if it is about another classification."""
        found = json.loads(text) if text else {}
        if found.get("final_choice") != roles.final_choice.feature_hash:
            return None
        return cls(found["final_choice"], datetime.fromisoformat(found["edited_at"]))

    def __str__(self) -> str:
        return json.dumps({"final_choice": self.final_choice, "edited_at": self.edited_at.isoformat()})


@dataclass(frozen=True, slots=True)
class EncordChoices:
    """What Encord holds about each image, next to what was `known` before.

    When `is_complete`, every image of the project has been seen. The next sync starts at `cursor`.
    """

    observations: Mapping[Tag, Observation]
    known: Mapping[Tag, FinalChoice]
    is_complete: bool
    cursor: Cursor

    @property
    def changes(self) -> dict[Tag, FinalChoice | None]:
        """The new value of each choice that has changed; None where a decision no longer exists."""
        found = {tag: updated_choice(tag, self.known.get(tag), seen) for tag, seen in self.observations.items()}
        changed = {tag: choice for tag, choice in found.items() if choice != self.known.get(tag)}
        if self.is_complete:
            changed |= dict.fromkeys(self.known.keys() - self.observations.keys())
        return changed


def sync_final_choices(
    project: "EncordProject", store: ProjectStore, roles: JudgeOntology, *, holder: str
) -> tuple[EncordChoices, dict[Tag, FinalChoice | None]]:
    """Brings the store up to date with Encord; returns what Encord holds, and what has changed."""
    since = Cursor.read(store.sync_cursors.get(FINAL_CHOICES), roles)
    found = fetch_choices(project, store, roles, since, is_complete=True)
    return found, save_changes(store, found, holder=holder)


def fetch_choices(
    project: "EncordProject", store: ProjectStore, roles: JudgeOntology, since: Cursor | None, *, is_complete: bool
) -> EncordChoices:
    """Lists the rows in one request, all or those saved since, and reads the labels of those saved since.

    Images that share a Tag are skipped, as everywhere. An incomplete fetch does not see every caption: it shows whether
    there is something new, and must not be saved.
    """
    begin = since.edited_at - OVERLAP if since else None
    known = store.results(FINAL_CHOICES, FinalChoice)
    snapshot = project.snapshot(edited_after=None if is_complete else begin)
    images = {tag: row for tag, row in snapshot.images.items() if tag not in snapshot.conflicts}
    to_read = {tag: row for tag, row in images.items() if _is_saved_since(row, begin)}
    answers = _answers_on(project, to_read, roles)
    edits = [row.edited_at for row in images.values() if row.edited_at]
    newest = max(edits, default=NEVER)
    return EncordChoices(
        observations=_observations(project, store, snapshot, answers, known, read=to_read.keys(), tags=images.keys()),
        known=known,
        is_complete=is_complete,
        cursor=Cursor(roles.final_choice.feature_hash, max(newest, since.edited_at) if since else newest),
    )


def save_changes(store: ProjectStore, found: EncordChoices, *, holder: str) -> dict[Tag, FinalChoice | None]:
    """Stores what has changed, and returns it.

    A tag that a run or the review page has worked on since the fetch began is left to the next sync, which then starts
    where this one did.
    """
    changed = found.changes
    leases = store.leases.acquire(list(changed), holder=holder, seconds=LEASE_SECONDS)
    try:
        known = store.results(FINAL_CHOICES, FinalChoice, list(leases))
        now = {tag: changed[tag] for tag in leases if known.get(tag) == found.known.get(tag)}
        store.save_results(FINAL_CHOICES, {leases[tag]: choice for tag, choice in now.items() if choice is not None})
        store.delete_results(FINAL_CHOICES, [tag for tag, choice in now.items() if choice is None])
    finally:
        store.leases.release(list(leases.values()))
    if now.keys() == changed.keys():
        store.sync_cursors.save(FINAL_CHOICES, str(found.cursor))
    return now


def save_answers_before_change(batch: "BatchContext", leases: "RunLeases", tags: Sequence[Tag]) -> None:
    """Stores the answers on these images with the captions they were given for, before a run changes those captions.

    Costs one request for every 500 images that have labels, otherwise none.

    Raises:
        LeaseLost: another run has one of the tags.
    """
    rows = {tag: row for tag in tags if (row := batch.snapshot.images[tag]).label_hash is not None}
    if not rows:
        return
    answers = _answers_on(batch.project, rows, batch.judge_ontology)
    known = batch.store.results(FINAL_CHOICES, FinalChoice, list(answers))
    seen = _observations(
        batch.project, batch.store, batch.snapshot, answers, known, read=answers.keys(), tags=answers.keys()
    )
    found = {tag: updated_choice(tag, known.get(tag), observed) for tag, observed in seen.items()}
    changed = {tag: choice for tag, choice in found.items() if choice is not None and choice != known.get(tag)}
    batch.store.save_results(FINAL_CHOICES, {leases[tag]: choice for tag, choice in changed.items()})


def _answers_on(
    project: "EncordProject", rows: Mapping[Tag, ProjectRow], roles: JudgeOntology
) -> dict[Tag, FinalAnswer]:
    found = project.final_choices.answers(rows.values(), roles)
    return {tag: found[row.data_hash] for tag, row in rows.items() if row.data_hash in found}


def _observations(
    project: "EncordProject",
    store: ProjectStore,
    snapshot: ProjectSnapshot,
    answers: Mapping[Tag, FinalAnswer],
    known: Mapping[Tag, FinalChoice],
    *,
    read: Collection[Tag],
    tags: Collection[Tag],
) -> dict[Tag, Observation]:
    """What Encord holds about these images, with the captions next to each; only images in `read` have a current answer.

    For a new answer whose captions the store does not have as linked, Encord says when the captions were created. Answers
    on a row before its captions are recorded as linked were stored by the run that linked them.
    """
    new = [tag for tag in tags if _is_new(known.get(tag), answers.get(tag))]
    linked = store.results("linked_text_items", LinkedTextItems, new)
    texts = {tag: snapshot.text_item_uuids(tag) for tag in tags}
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
        tag: Observation(
            Review.at(snapshot.images[tag].kind), answers.get(tag), tag in read, texts[tag], since.get(tag)
        )
        for tag in tags
    }


def _is_new(known: FinalChoice | None, answer: FinalAnswer | None) -> bool:
    """Whether it is not yet known for which captions an answer was given."""
    if known is None or known.label is None:
        return answer is not None
    return known.given_for is None or (answer is not None and not known.matches(answer))


def _is_saved_since(row: ProjectRow, begin: datetime | None) -> bool:
    if row.label_hash is None:
        return False
    return begin is None or row.edited_at is None or row.edited_at >= begin
