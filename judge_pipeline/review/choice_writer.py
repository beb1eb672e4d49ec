"""Saves a reviewer's choice in Encord and the store, approves it, or undoes it; each is safe to repeat after a crash."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import Asked, Drawing
from judge_pipeline.domain.final_choice import TIE, FinalAnswer, FinalChoice, Opinion, Review
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import StageKind
from judge_pipeline.encord_project.clock import label_time
from judge_pipeline.encord_project.criterion_labels import CriterionChanges
from judge_pipeline.encord_project.errors import EncordError, RowRefused
from judge_pipeline.encord_project.final_choices import new_answer_hash
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.review.comparison import Answer, Comparison
from judge_pipeline.review.errors import AlreadyAnswered, ImageBusy, NothingToUndo
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import ProjectStore

FINAL_CHOICES = "final_choices"

WRITE_CHOICE = "final_choice"
"""The intent that marks an answer in Encord as given here, in case the page dies before the store has it."""

LEASE_SECONDS = 60.0
"""Enough for six requests to Encord; a page that is killed in between blocks an image no longer than this."""


@dataclass(frozen=True, slots=True)
class ChoiceWriter:
    """Writes one reviewer's choices. `reviewer` is an e-mail address; without it, it is the key's user according to Encord.

    With `approves`, the tasks of the image and its texts are approved together with the answer.
    """

    project: EncordProject
    records: ProjectStore
    roles: JudgeOntology
    reviewer: str | None
    approves: bool
    holder: str
    now: Callable[[], datetime]

    def save(
        self,
        comparison: Comparison,
        answer: Answer,
        criteria: CriterionChanges | None = None,
        *,
        asked: Asked = Asked(),  # noqa: B008 (immutable)
    ) -> FinalChoice:
        """Writes the answer to Encord, if the ontology has an option for it, and stores it as a blind choice for these captions.

        An answer for an earlier caption is replaced, even by the same option. The `criteria` are written in the same save,
        and how the person was `asked` is kept with the answer.

        Raises:
            AlreadyAnswered: there is another answer, which stays; or the captions have been replaced.
            ImageBusy: a run is working on the image and may write to the same row.
        """
        with self.lease(comparison.tag, comparison.image) as lease:
            known = self.known(comparison.tag)
            outdated = None if known is None or known.is_given_for(comparison.text_uuids) else known
            if known is not None and known.label is not None and outdated is None:
                if known.blind and known.label == answer.label:
                    return known
                raise already_answered(comparison.image, known.decided_by)
            written = self._intended(comparison, answer, asked)
            self.write(comparison, answer, lease, written, outdated=outdated, criteria=criteria)
            by = self.reviewer or self._author_in_encord(comparison)
            choice = _new_choice(comparison.tag, answer, by=by, written=written)
            self.records.save_result(FINAL_CHOICES, lease, choice)
            self.records.clear_intent(WRITE_CHOICE, lease)
            return choice

    def approve(self, tag: Tag, rows: Sequence[ProjectRow]) -> str | None:
        """Approves the tasks of an image and its texts (`rows`, the image first) in review; returns why that failed.

        The answer is kept whatever happens here; a repeated call completes an earlier one.
        """
        image = rows[0]
        try:
            with self.lease(tag, image) as lease:
                waiting = self.project.approve([row.data_hash for row in rows])
                known = self.known(tag)
                if known is not None and image.data_hash not in waiting:
                    self.records.save_result(FINAL_CHOICES, lease, replace(known, review=Review.APPROVED))
        except (ImageBusy, EncordError) as error:
            return str(error)
        stages = ", ".join(sorted({repr(stage) for stage in waiting.values()}))
        return f"{len(waiting)} of the {len(rows)} tasks of {image.title!r} are still in {stages}" if waiting else None

    def undo(self, tag: Tag, rows: Sequence[ProjectRow], criteria: CriterionChanges | None = None) -> None:
        """Undoes the answer, its `criteria` and the approval of an image and its texts. Later changes by others stay.

        Raises:
            NothingToUndo: the answer was not given here, or a person has moved the image since.
            AlreadyAnswered: there is another answer now.
        """
        image = rows[0]
        with self.lease(tag, image):
            known = self.known(tag)
            if known is None or known.label is None or not known.blind:
                raise NothingToUndo(f"{image.title!r} has no answer that was given on this page")
            if self.approves:
                self.project.reopen_for_review([row.data_hash for row in rows])
            try:
                other = self.project.final_choices.remove(image, known.label, self.roles, criteria)
            except RowRefused as error:
                raise NothingToUndo(f"{error}; undo the answer in Encord") from None
            if other is not None:
                raise already_answered(image, other.by)
            self.records.delete_results(FINAL_CHOICES, [tag])

    def recover_interrupted(self, tags: Collection[Tag], images: Mapping[Tag, ProjectRow]) -> int:
        """Stores the blind choices that an interrupted page had already written to Encord; returns their number."""
        begun = self.records.intents(WRITE_CHOICE, list(tags))
        if not begun:
            return 0
        labels = self.project.final_choices.read([images[tag] for tag in begun], self.roles)
        leases = self.records.leases.acquire(list(begun), holder=self.holder, seconds=LEASE_SECONDS)
        recovered: dict[Lease, FinalChoice] = {}
        try:
            for tag, lease in leases.items():
                found = labels.get(images[tag].data_hash)
                answer = found.answer if found else None
                if answer is None and begun[tag]["label"] == TIE:
                    answer = FinalAnswer(TIE, None)  # which Encord cannot hold: the row has been cleared
                if answer and answer.answer_hash in (begun[tag]["answer_hash"], None):
                    recovered[lease] = _recovered_choice(tag, answer, begun[tag], Review.at(images[tag].kind))
            self.records.save_results(FINAL_CHOICES, recovered)
            self.records.clear_intents(WRITE_CHOICE, list(leases.values()))
        finally:
            self.records.leases.release(list(leases.values()))
        return len(recovered)

    def _intended(self, comparison: Comparison, answer: Answer, asked: Asked) -> Mapping[str, Any]:
        """What is about to be written; the same as before if an interrupted save was about to write this answer."""
        begun = self.intent(comparison.tag)
        if begun.get("label") == answer.label and begun.get("given_for") == list(comparison.text_uuids):
            return begun
        return {
            "label": answer.label,
            "answer_hash": new_answer_hash(),
            "by": self.reviewer,
            "at": self.now().isoformat(),
            "given_for": list(comparison.text_uuids),
            **asdict(asked),
            "judgement_version": self._judgement_version(comparison.tag),
        }

    def write(
        self,
        comparison: Comparison,
        answer: Answer,
        lease: Lease,
        intended: Mapping[str, Any],
        *,
        outdated: FinalChoice | None,
        criteria: CriterionChanges | None = None,
        is_always_intended: bool = False,
    ) -> None:
        """Writes the answer to Encord, with an intent before it if Encord will hold it or if it `is_always_intended`.

        Raises:
            AlreadyAnswered: there is another answer than the `outdated` one and those of interrupted saves; nothing was written.
        """
        begun = self.intent(lease.tag)
        if answer.option is not None or is_always_intended:
            self.records.save_intent(WRITE_CHOICE, lease, intended)
        try:
            other = self.project.final_choices.write(
                comparison.image,
                comparison.texts.values(),
                answer.option,
                self.roles,
                answer_hash=intended["answer_hash"],
                at=datetime.fromisoformat(intended["at"]),
                replaces=begun.get("answer_hash"),
                outdated=outdated,
                criteria=criteria,
            )
        except RowRefused as error:
            self.records.clear_intent(WRITE_CHOICE, lease)
            raise AlreadyAnswered(str(error)) from None
        if other is not None:
            self.records.clear_intent(WRITE_CHOICE, lease)
            raise already_answered(comparison.image, other.by)

    def _author_in_encord(self, comparison: Comparison) -> str | None:
        labels = self.project.final_choices.read([comparison.image], self.roles).get(comparison.image.data_hash)
        return labels.answer.by if labels and labels.answer else None

    def _judgement_version(self, tag: Tag) -> str | None:
        judgement = self.records.results("judgements", Judgement, [tag]).get(tag)
        return None if judgement is None else judgement.version

    def intent(self, tag: Tag) -> Mapping[str, Any]:
        """What an interrupted save was about to write; empty if there was none."""
        return self.records.intents(WRITE_CHOICE, [tag]).get(tag, {})

    def known(self, tag: Tag) -> FinalChoice | None:
        """What the store has about an image."""
        return self.records.results(FINAL_CHOICES, FinalChoice, [tag]).get(tag)

    @contextmanager
    def lease(self, tag: Tag, image: ProjectRow) -> Iterator[Lease]:
        """One writer per row: a run that judges again, or another page, must not save the same labels at the same time."""
        taken = self.records.leases.acquire([tag], holder=self.holder, seconds=LEASE_SECONDS)
        if tag not in taken:
            raise ImageBusy(f"{image.title!r} is in use by a run or another page; it will come again later")
        try:
            yield taken[tag]
        finally:
            self.records.leases.release([taken[tag]])


def unapproved(snapshot: ProjectSnapshot, known: Mapping[Tag, FinalChoice], *, overlap: float) -> list[Tag]:
    """The images with a settled blind choice for their current captions, and at least one of their tasks in review."""
    return [
        tag
        for tag, choice in known.items()
        if choice.blind
        and choice.label is not None
        and choice.is_settled(overlap=overlap)
        and choice.is_given_for(snapshot.text_item_uuids(tag))
        and any(row.kind is StageKind.REVIEW for row in snapshot.rows_of(tag))
    ]


def already_answered(image: ProjectRow, by: str | None) -> AlreadyAnswered:
    """The error about an image that someone has answered."""
    return AlreadyAnswered(f"{by or 'someone else'} has already answered {image.title!r}; their answer stays")


def _new_choice(tag: Tag, answer: Answer, *, by: str | None, written: Mapping[str, Any]) -> FinalChoice:
    return FinalChoice(
        tag,
        answer.choice,
        answer.label,
        Review.OPEN,
        blind=True,
        decided_by=by,
        decided_at=written["at"],
        given_for=tuple(written["given_for"]),
        **in_encord(answer, written),
        **_provenance(written),
    )


def _recovered_choice(tag: Tag, answer: FinalAnswer, begun: Mapping[str, Any], review: Review) -> FinalChoice:
    return FinalChoice(
        tag,
        answer.choice,
        answer.label,
        review,
        blind=True,
        decided_by=begun["by"] or answer.by,
        decided_at=begun["at"],
        given_for=tuple(begun["given_for"]) if "given_for" in begun else None,
        answer_hash=answer.answer_hash,
        saved_at=answer.at,
        **_provenance(begun),
    )


def in_encord(answer: Answer, written: Mapping[str, Any]) -> dict[str, Any]:
    """By what the answer is recognised in Encord again; nothing if Encord cannot hold it."""
    if answer.option is None:
        return {"answer_hash": None, "saved_at": None}
    return {"answer_hash": written["answer_hash"], "saved_at": label_time(datetime.fromisoformat(written["at"]))}


def _provenance(written: Mapping[str, Any]) -> dict[str, Any]:
    """How the person was asked; an answer begun by an earlier version does not say."""
    return {
        "drawn": Drawing(written["drawn"]) if written.get("drawn") else None,
        **{name: written.get(name) for name in ("round", "sitting", "judgement_version")},
        "opinions": tuple(Opinion(**_opinion_fields(each)) for each in written.get("opinions", ())),
        "is_adjudicated": bool(written.get("opinions")),
    }


def _opinion_fields(opinion: Mapping[str, Any]) -> dict[str, Any]:
    return {**opinion, "choice": None if opinion["choice"] is None else Captioner(opinion["choice"])}
