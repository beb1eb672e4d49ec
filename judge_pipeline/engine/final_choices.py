"""Final choice sync: reads what people have decided and corrected in Encord since the last sync, and stores it with its captions."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from judge_pipeline.domain.correction import Corrections, FoundLabel, KnownLabels
from judge_pipeline.domain.final_choice import FinalAnswer, FinalChoice, Observation, Review, updated_choice
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.engine.corrections import CORRECTIONS, known_labels, observed_corrections, save_corrections
from judge_pipeline.store.store import ProjectStore

if TYPE_CHECKING:
    from judge_pipeline.encord_project.final_choices import ChoiceLabels
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
    """How far labels have been read: those of these classifications saved until `edited_at`, by Encord's clock.

    `judge_ontology` is the version of the judge's classifications.
    """

    final_choice: str
    judge_ontology: str
    edited_at: datetime

    @classmethod
    def read(cls, text: str | None, roles: JudgeOntology) -> "Cursor | None":
        """The cursor in a text; None if there is none, or if it is about other classifications."""
        found = json.loads(text) if text else {}
        if cls._classifications(found) != (roles.final_choice.feature_hash, roles.version):
            return None
        return cls(*cls._classifications(found), datetime.fromisoformat(found["edited_at"]))

    @staticmethod
    def _classifications(found: Mapping[str, str]) -> tuple[str, str]:
        return found.get("final_choice", ""), found.get("judge_ontology", "")

    def __str__(self) -> str:
        return json.dumps({**asdict(self), "edited_at": self.edited_at.isoformat()})


@dataclass(frozen=True, slots=True)
class EncordChoices:
    """What Encord holds about each image, next to what was `known` before.

    When `is_complete`, every image of the project has been seen. The next sync starts at `cursor`. `corrections` are those
    that differ from the `known_corrections`; None where there are none any more.
    """

    observations: Mapping[Tag, Observation]
    known: Mapping[Tag, FinalChoice]
    is_complete: bool
    cursor: Cursor
    corrections: Mapping[Tag, Corrections | None]
    known_corrections: Mapping[Tag, Corrections]

    @property
    def changes(self) -> dict[Tag, FinalChoice | None]:
        """The new value of each choice that has changed; None where a decision no longer exists."""
        found = {tag: updated_choice(tag, self.known.get(tag), seen) for tag, seen in self.observations.items()}
        changed = {tag: choice for tag, choice in found.items() if choice != self.known.get(tag)}
        if self.is_complete:
            changed |= dict.fromkeys(self.known.keys() - self.observations.keys())
        return changed

    @property
    def changed_corrections(self) -> dict[Tag, Corrections | None]:
        """The same for the corrections."""
        gone = self.known_corrections.keys() - self.observations.keys() if self.is_complete else ()
        return {**self.corrections, **dict.fromkeys(gone)}

    @property
    def changed_tags(self) -> set[Tag]:
        """The images about which people have said something new."""
        return {*self.changes, *self.changed_corrections}


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
    labels = _labels_on(project, to_read, roles)
    known_labels_of = known_labels(store, list(labels))
    edits = [row.edited_at for row in images.values() if row.edited_at]
    newest = max(edits, default=NEVER)
    observations = _observations(
        project, store, snapshot, labels, known, known_labels_of, read=to_read.keys(), tags=images.keys()
    )
    return EncordChoices(
        observations=observations,
        known=known,
        is_complete=is_complete,
        cursor=Cursor(
            roles.final_choice.feature_hash, roles.version, max(newest, since.edited_at) if since else newest
        ),
        corrections=observed_corrections(_judged(labels), known_labels_of, observations, roles),
        known_corrections=store.results(CORRECTIONS, Corrections),
    )


def save_changes(store: ProjectStore, found: EncordChoices, *, holder: str) -> dict[Tag, FinalChoice | None]:
    """Stores what has changed, and returns the changed choices.

    A tag that a run or the review page has worked on since the fetch began is left to the next sync, which then starts
    where this one did.
    """
    choices, corrections, tags = found.changes, found.changed_corrections, found.changed_tags
    leases = store.leases.acquire(list(tags), holder=holder, seconds=LEASE_SECONDS)
    try:
        known = store.results(FINAL_CHOICES, FinalChoice, list(leases))
        known_corrections = store.results(CORRECTIONS, Corrections, list(leases))
        now = {
            tag: lease
            for tag, lease in leases.items()
            if known.get(tag) == found.known.get(tag) and known_corrections.get(tag) == found.known_corrections.get(tag)
        }
        for asset, changes in ((FINAL_CHOICES, choices), (CORRECTIONS, corrections)):
            held = {tag: value for tag, value in changes.items() if tag in now}
            store.save_results(asset, {now[tag]: value for tag, value in held.items() if value is not None})
            store.delete_results(asset, [tag for tag, value in held.items() if value is None])
    finally:
        store.leases.release(list(leases.values()))
    if now.keys() == tags:
        store.sync_cursors.save(FINAL_CHOICES, str(found.cursor))
    return {tag: choice for tag, choice in choices.items() if tag in now}


def save_answers_before_change(batch: "BatchContext", leases: "RunLeases", tags: Sequence[Tag]) -> None:
    """Stores people's answers on these images with the captions they were given for, before a run changes those captions.

    Costs one request for every 500 images that have labels, otherwise none.

    Raises:
        LeaseLost: another run has one of the tags.
    """
    rows = {tag: row for tag in tags if (row := batch.snapshot.images[tag]).label_hash is not None}
    if not rows:
        return
    labels = _labels_on(batch.project, rows, batch.judge_ontology)
    answered = [tag for tag, each in labels.items() if each.answer]
    known = batch.store.results(FINAL_CHOICES, FinalChoice, answered)
    known_of = known_labels(batch.store, list(labels))
    seen = _observations(
        batch.project, batch.store, batch.snapshot, labels, known, known_of, read=answered, tags=labels.keys()
    )
    found = {tag: updated_choice(tag, known.get(tag), seen[tag]) for tag in answered}
    changed = {tag: choice for tag, choice in found.items() if choice is not None and choice != known.get(tag)}
    batch.store.save_results(FINAL_CHOICES, {leases[tag]: choice for tag, choice in changed.items()})
    save_corrections(batch.store, leases, observed_corrections(_judged(labels), known_of, seen, batch.judge_ontology))


def _labels_on(
    project: "EncordProject", rows: Mapping[Tag, ProjectRow], roles: JudgeOntology
) -> dict[Tag, "ChoiceLabels"]:
    found = project.final_choices.read(rows.values(), roles)
    return {tag: found[row.data_hash] for tag, row in rows.items() if row.data_hash in found}


def _judged(labels: Mapping[Tag, "ChoiceLabels"]) -> dict[Tag, tuple[FoundLabel, ...]]:
    return {tag: each.judged for tag, each in labels.items()}


def _observations(
    project: "EncordProject",
    store: ProjectStore,
    snapshot: ProjectSnapshot,
    labels: Mapping[Tag, "ChoiceLabels"],
    known: Mapping[Tag, FinalChoice],
    known_labels_of: Mapping[Tag, KnownLabels],
    *,
    read: Collection[Tag],
    tags: Collection[Tag],
) -> dict[Tag, Observation]:
    """What Encord holds about these images, with the captions next to each; only images in `read` have a current answer.

    For a new answer or correction whose captions the store does not have as linked, Encord says when the captions were
    created. Those on a row before its captions are recorded as linked were stored by the run that linked them.
    """
    answers = {tag: each.answer for tag, each in labels.items() if each.answer}
    corrected = {tag for tag, each in labels.items() if any(map(known_labels_of[tag].is_new, each.judged))}
    new = [tag for tag in tags if tag in corrected or _is_new(known.get(tag), answers.get(tag))]
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
    judgements = store.results("judgements", Judgement, [tag for tag in new if tag in answers])
    return {
        tag: Observation(
            Review.at(snapshot.images[tag].kind),
            answers.get(tag),
            tag in read,
            texts[tag],
            since.get(tag),
            judgements[tag].version if tag in judgements else None,
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
