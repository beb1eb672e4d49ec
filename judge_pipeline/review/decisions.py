"""An answer brought to Encord and the store, approved, or taken back: each safe to repeat where it was cut short."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from judge_pipeline.domain.final_choice import FinalAnswer, FinalChoice, Review
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import REVIEW
from judge_pipeline.encord_project.errors import EncordError, RowRefused
from judge_pipeline.encord_project.final_choices import label_time, new_answer_hash
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.review.comparison import Answer, Comparison
from judge_pipeline.review.errors import AnsweredMeanwhile, AtWork, NothingToUndo
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import ProjectStore

FINAL_CHOICES = "final_choices"

WRITTEN = "final_choice"
"""The effect whose intent says that an answer in Encord was given here, before the store can say so."""

LEASE_SECONDS = 60.0
"""Some six requests to Encord; a page that is killed in between keeps an image from others no longer than this."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one reviewer's answers go. Without `reviewer`, an e-mail address, Encord's word for the key's user counts.

    With `approves` the image's task and its texts' are approved together with the answer.
    """

    project: EncordProject
    records: ProjectStore
    roles: JudgeOntology
    reviewer: str | None
    approves: bool
    holder: str
    now: Callable[[], datetime]

    def decide(self, comparison: Comparison, answer: Answer) -> FinalChoice:
        """Writes the answer to Encord, where the ontology has a word for it, and keeps it as given blind for these captions.

        An answer that was given for an earlier caption is replaced, also by the same one.

        Raises:
            AnsweredMeanwhile: another answer stands there, and stays; or the captions are not beside the image any more.
            AtWork: a run has the image, which may write on the same row.
        """
        with self._lease(comparison.tag, comparison.image) as lease:
            known = self._known(comparison.tag)
            outdated = None if known is None or known.is_given_for(comparison.text_uuids) else known
            if known is not None and known.label is not None and outdated is None:
                if known.blind and known.label == answer.label:
                    return known
                raise _answered(comparison.image, known.decided_by)
            written = self._write(comparison, answer, lease, outdated)
            by = self.reviewer or self._who_answered(comparison)
            choice = _given(comparison.tag, answer, by=by, written=written)
            self.records.save_result(FINAL_CHOICES, lease, choice)
            self.records.clear_intent(WRITTEN, lease)
            return choice

    def approve(self, tag: Tag, rows: Sequence[ProjectRow]) -> str | None:
        """Approves what of an image and its texts (`rows`, the image first) is in Human Review; says what is in the way.

        The answer is kept whatever happens here, and the same call completes what one before it has begun.
        """
        image = rows[0]
        try:
            with self._lease(tag, image) as lease:
                waiting = self.project.approve([row.data_hash for row in rows])
                known = self._known(tag)
                if known is not None and image.data_hash not in waiting:
                    self.records.save_result(FINAL_CHOICES, lease, replace(known, review=Review.APPROVED))
        except (AtWork, EncordError) as error:
            return str(error)
        return (
            f"{len(waiting)} of the {len(rows)} tasks of {image.title!r} are still in {REVIEW!r}" if waiting else None
        )

    def take_back(self, tag: Tag, rows: Sequence[ProjectRow]) -> None:
        """Undoes answer and approval of an image and its texts. What somebody has changed since stays as it is.

        Raises:
            NothingToUndo: it is no answer that was given here, or a person has moved the image since.
            AnsweredMeanwhile: another answer stands there now.
        """
        image = rows[0]
        with self._lease(tag, image):
            known = self._known(tag)
            if known is None or known.label is None or not known.blind:
                raise NothingToUndo(f"{image.title!r} has no answer that was given here")
            if self.approves:
                self.project.reopen_for_review([row.data_hash for row in rows])
            try:
                there = self.project.final_choices.remove(image, known.label, self.roles)
            except RowRefused as error:
                raise NothingToUndo(f"{error}; take the answer back in Encord") from None
            if there is not None:
                raise _answered(image, there.by)
            self.records.delete_results(FINAL_CHOICES, [tag])

    def finish(self, tags: Collection[Tag], images: Mapping[Tag, ProjectRow]) -> int:
        """Keeps as given blind what an interrupted page had written to Encord already; returns how many."""
        begun = self.records.intents(WRITTEN, list(tags))
        if not begun:
            return 0
        labels = self.project.final_choices.read([images[tag] for tag in begun], self.roles)
        leases = self.records.leases.acquire(list(begun), holder=self.holder, seconds=LEASE_SECONDS)
        finished: dict[Lease, FinalChoice] = {}
        try:
            for tag, lease in leases.items():
                found = labels.get(images[tag].data_hash)
                if found and found.answer and found.answer.answer_hash == begun[tag]["answer_hash"]:
                    finished[lease] = _as_begun(tag, found.answer, begun[tag], Review.at(images[tag].stage))
            self.records.save_results(FINAL_CHOICES, finished)
            self.records.clear_intents(WRITTEN, list(leases.values()))
        finally:
            self.records.leases.release(list(leases.values()))
        return len(finished)

    def _write(
        self, comparison: Comparison, answer: Answer, lease: Lease, outdated: FinalChoice | None
    ) -> Mapping[str, Any]:
        """Brings the answer to Encord; returns what was written down about it before."""
        begun = self.records.intents(WRITTEN, [lease.tag]).get(lease.tag, {})
        is_repeated = begun.get("label") == answer.label and begun.get("given_for") == list(comparison.text_uuids)
        detail: Mapping[str, Any] = {
            "label": answer.label,
            "answer_hash": new_answer_hash(),
            "by": self.reviewer,
            "at": self.now().isoformat(),
            "given_for": list(comparison.text_uuids),
        }
        if is_repeated:
            detail = begun
        if answer.option is not None:
            self.records.save_intent(WRITTEN, lease, detail)
        try:
            there = self.project.final_choices.write(
                comparison.image,
                comparison.texts.values(),
                answer.option,
                self.roles,
                answer_hash=detail["answer_hash"],
                at=datetime.fromisoformat(detail["at"]),
                replaces=begun.get("answer_hash"),
                outdated=outdated,
            )
        except RowRefused as error:
            self.records.clear_intent(WRITTEN, lease)
            raise AnsweredMeanwhile(str(error)) from None
        if there is not None:
            self.records.clear_intent(WRITTEN, lease)
            raise _answered(comparison.image, there.by)
        return detail

    def _who_answered(self, comparison: Comparison) -> str | None:
        labels = self.project.final_choices.read([comparison.image], self.roles).get(comparison.image.data_hash)
        return labels.answer.by if labels and labels.answer else None

    def _known(self, tag: Tag) -> FinalChoice | None:
        return self.records.results(FINAL_CHOICES, FinalChoice, [tag]).get(tag)

    @contextmanager
    def _lease(self, tag: Tag, image: ProjectRow) -> Iterator[Lease]:
        """One writer a row: neither a run that judges again nor another page saves the same labels at the same time."""
        taken = self.records.leases.acquire([tag], holder=self.holder, seconds=LEASE_SECONDS)
        if tag not in taken:
            raise AtWork(f"{image.title!r} is being worked on by a run or another page; it comes again later")
        try:
            yield taken[tag]
        finally:
            self.records.leases.release([taken[tag]])


def unapproved(snapshot: ProjectSnapshot, known: Mapping[Tag, FinalChoice]) -> list[Tag]:
    """The images that were answered blind, for the captions beside them, and of whose three tasks some are in Human Review."""
    return [
        tag
        for tag, choice in known.items()
        if choice.blind
        and choice.label is not None
        and choice.is_given_for(snapshot.text_uuids(tag))
        and any(row.stage == REVIEW for row in snapshot.rows(tag))
    ]


def _answered(image: ProjectRow, by: str | None) -> AnsweredMeanwhile:
    return AnsweredMeanwhile(f"{by or 'somebody'} has answered {image.title!r} meanwhile; their answer stays")


def _given(tag: Tag, answer: Answer, *, by: str | None, written: Mapping[str, Any]) -> FinalChoice:
    is_there = answer.option is not None
    return FinalChoice(
        tag,
        answer.choice,
        answer.label,
        Review.OPEN,
        blind=True,
        decided_by=by,
        decided_at=written["at"],
        given_for=tuple(written["given_for"]),
        answer_hash=written["answer_hash"] if is_there else None,
        saved_at=label_time(datetime.fromisoformat(written["at"])) if is_there else None,
    )


def _as_begun(tag: Tag, answer: FinalAnswer, begun: Mapping[str, Any], review: Review) -> FinalChoice:
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
    )
