"""A look at Encord for what people have decided since the last one, and how its findings come into the store."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from judge_pipeline.domain.final_choice import FinalChoice, Sighting, settled
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.sightings import sightings_of
from judge_pipeline.store.store import ProjectStore

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject

FINAL_CHOICES = "final_choices"

OVERLAP = timedelta(minutes=1)
"""Encord tells the time of a save in whole seconds, and a save may be seen later than one that began after it."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)

LEASE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a look has read: labels saved until `edited_at` by Encord's clock, for this classification."""

    final_choice: str
    edited_at: datetime

    @classmethod
    def read(cls, text: str | None, roles: JudgeOntology) -> "Cursor | None":
        """The cursor in a text; None where there is none, or where another classification was read."""
        found = json.loads(text) if text else {}
        if found.get("final_choice") != roles.final_choice.feature_hash:
            return None
        return cls(found["final_choice"], datetime.fromisoformat(found["edited_at"]))

    def __str__(self) -> str:
        return json.dumps({"final_choice": self.final_choice, "edited_at": self.edited_at.isoformat()})


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of each image. A look that `is_whole` has seen all there are; `cursor` is where the next one begins.

    `known` is what was known when it began.
    """

    sightings: Mapping[Tag, Sighting]
    known: Mapping[Tag, FinalChoice]
    is_whole: bool
    cursor: Cursor

    @property
    def changes(self) -> dict[Tag, FinalChoice | None]:
        """What is to be kept in the place of what is known; None where a decision is there no more."""
        settling = {tag: settled(tag, self.known.get(tag), seen) for tag, seen in self.sightings.items()}
        changed = {tag: choice for tag, choice in settling.items() if choice != self.known.get(tag)}
        if self.is_whole:
            changed |= dict.fromkeys(self.known.keys() - self.sightings.keys())
        return changed


def catch_up(
    project: "EncordProject", records: ProjectStore, roles: JudgeOntology, *, holder: str
) -> tuple[Look, dict[Tag, FinalChoice | None]]:
    """Brings the store up to what people have decided by now; returns what was seen, and what has changed by it."""
    since = Cursor.read(records.sync_cursors.get(FINAL_CHOICES), roles)
    found = look(project, records, roles, since, is_whole=True)
    return found, keep(records, found, holder=holder)


def look(
    project: "EncordProject", records: ProjectStore, roles: JudgeOntology, since: Cursor | None, *, is_whole: bool
) -> Look:
    """Lists the rows in one request, all or those saved since, and reads the labels of what was saved since.

    Images that share a Tag are passed over, as everywhere. A look that is not whole sees not every caption: it tells that
    there is something new, and is not to be kept.
    """
    begin = since.edited_at - OVERLAP if since else None
    known = records.results(FINAL_CHOICES, FinalChoice)
    snapshot = project.snapshot(edited_after=None if is_whole else begin)
    images = {tag: row for tag, row in snapshot.images.items() if tag not in snapshot.conflicts}
    to_read = {tag: row for tag, row in images.items() if _is_saved_since(row, begin)}
    found = project.final_choices.answers(to_read.values(), roles)
    answers = {tag: found[row.data_hash] for tag, row in to_read.items() if row.data_hash in found}
    edits = [row.edited_at for row in images.values() if row.edited_at]
    newest = max(edits, default=NEVER)
    return Look(
        sightings=sightings_of(project, records, snapshot, answers, known, read=to_read.keys(), tags=images.keys()),
        known=known,
        is_whole=is_whole,
        cursor=Cursor(roles.final_choice.feature_hash, max(newest, since.edited_at) if since else newest),
    )


def keep(records: ProjectStore, found: Look, *, holder: str) -> dict[Tag, FinalChoice | None]:
    """Records what has changed, and returns it.

    A tag on which a run or the review page is at work, or has been since the look began, is left for the next look, which then
    begins where this one did.
    """
    changed = found.changes
    leases = records.leases.acquire(list(changed), holder=holder, seconds=LEASE_SECONDS)
    try:
        known = records.results(FINAL_CHOICES, FinalChoice, list(leases))
        now = {tag: changed[tag] for tag in leases if known.get(tag) == found.known.get(tag)}
        records.save_results(FINAL_CHOICES, {leases[tag]: choice for tag, choice in now.items() if choice is not None})
        records.delete_results(FINAL_CHOICES, [tag for tag, choice in now.items() if choice is None])
    finally:
        records.leases.release(list(leases.values()))
    if now.keys() == changed.keys():
        records.sync_cursors.save(FINAL_CHOICES, str(found.cursor))
    return now


def _is_saved_since(row: ProjectRow, begin: datetime | None) -> bool:
    if row.label_hash is None:
        return False
    return begin is None or row.edited_at is None or row.edited_at >= begin
