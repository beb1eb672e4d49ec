"""One session of a reviewer: which image comes next, the answers so far, and undo."""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import Order
from judge_pipeline.domain.final_choice import FinalAnswer, FinalChoice
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.criterion_labels import CriterionChanges
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.review.choice_writer import FINAL_CHOICES, ChoiceWriter
from judge_pipeline.review.comparison import Answer, Comparison, Side
from judge_pipeline.review.criterion_picks import CriterionPicks, has_nested
from judge_pipeline.review.errors import (
    AlreadyAnswered,
    ImageBusy,
    NothingToUndo,
    ReviewerChanged,
    ReviewError,
)
from judge_pipeline.review.fetched_comparisons import FetchedComparisons
from judge_pipeline.review.further_opinions import adjudicate, save_opinion, withdraw_opinion
from judge_pipeline.review.reviewers import checked_reviewer
from judge_pipeline.review.sitting import Sitting, open_sitting

ROWS_AT_ONCE = 50
"""Rows whose labels are read together, to skip those answered in Encord."""

CLAIMABLE = 200
"""Images at the head of the queue among which a tab claims one."""

REDRAWN_AFTER = 25
"""Answers after which the weights of a stratified drawing are updated."""

CLAIM_SECONDS = 300.0
"""How long an image that one tab has fetched is reserved for it."""


@dataclass(slots=True)
class Session:
    """The state of a session; everything that must outlive it is in Encord and the store. Thread-safe.

    `expected` are the answers that Encord may hold of images that are shown all the same: given for an earlier caption, or
    by another reviewer. In `second` are the images that a further reviewer is asked about.
    `reviewers` are the names to pick from, and `decided` counts the images of the project that had an answer before this
    reviewer's.
    """

    writer: ChoiceWriter
    comparisons: FetchedComparisons
    queue: list[Tag]
    sitting: Sitting
    expected: Mapping[Tag, FinalChoice] = field(default_factory=dict)
    second: set[Tag] = field(default_factory=set)
    reviewers: list[str] = field(default_factory=list)
    decided: int = 0
    answered: dict[Tag, Captioner | None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    picks: CriterionPicks = field(default_factory=CriterionPicks)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, *, tab: str, without: Collection[Tag]) -> Comparison | None:
        """The next image for a tab that already has those in `without`; None when nothing is left.

        An image that cannot be shown is skipped in this session and listed under `problems`.
        """
        while (tag := self._claim(tab, set(without))) is not None:
            try:
                return self.comparisons.get(tag)
            except RowRefused as error:
                self._skip(tag, error)
        return None

    def change_reviewer(self, name: str) -> None:
        """Goes on in another name; answers so far stay.

        Raises:
            InvalidReviewer: it cannot be anyone's name.
        """
        name = checked_reviewer(name)
        with self._lock:
            if name == self.writer.reviewer:
                return
            self.writer = replace(self.writer, reviewer=name)
            if name not in self.reviewers:
                self.reviewers.append(name)
            if self.sitting.overlap and not self.sitting.adjudicates:
                self._ask_second_opinions(name)
            self.decided += len(self.answered)
            self.answered.clear()
            self.picks.clear()

    def answer(
        self,
        tag: Tag,
        side: Side,
        *,
        criteria: Mapping[str, Collection[str]] | None = None,
        reviewer: str | None = None,
    ) -> dict[str, Any]:
        """Saves an answer, and what has changed in `criteria` (options by classification, both by feature hash).

        Returns what the judge said, why an approval failed, which criteria someone else has answered in the meantime, and
        where the others are answered in Encord.

        Raises:
            ReviewerChanged: the answer is given by `reviewer`, but the session goes on in another name.
            ReviewError, EncordError, StoreError: nothing was answered; the image comes again if that makes sense.
        """
        writer = self.writer
        if reviewer is not None and reviewer != writer.reviewer:
            raise ReviewerChanged(
                f"another tab has changed who reviews to {writer.reviewer!r}; the answer was not saved"
            )
        comparison = self.comparisons.get(tag)
        answer = comparison.answer(side, writer.roles)
        try:
            changes = self.picks.changes(comparison, criteria or {}, writer.roles)
            choice = self._save(writer, comparison, answer, changes)
        except ImageBusy:
            self.later(tag)
            raise
        except AlreadyAnswered:
            with self._lock:
                self._remove(tag)
                self.picks.forget(tag)
            raise
        approves = writer.approves and choice.is_settled(overlap=self.sitting.overlap)
        warning = writer.approve(tag, comparison.rows) if approves else None
        with self._lock:
            if writer is self.writer:
                self.answered[tag] = answer.choice
            else:  # the reviewer has changed during the save
                self.decided += 1
            self._remove(tag)
        editor = writer.project.item_url(comparison.image.data_hash) if has_nested(writer.roles) else None
        if self.sitting.order is Order.STRATIFIED and len(self.answered) % REDRAWN_AFTER == 0:
            self._redraw()
        return {"judge": comparison.revealed(writer.roles), "warning": warning, "kept": changes.kept, "editor": editor}

    def undo(self) -> Comparison:
        """Undoes the last answer of this session; its image comes next again.

        Raises:
            NothingToUndo, AlreadyAnswered, ImageBusy: the answer, or someone else's, stays.
        """
        with self._lock:
            if not self.answered:
                raise NothingToUndo("nothing has been answered in this session")
            tag = next(reversed(self.answered))
        comparison = self.comparisons.get(tag)
        try:
            if self.sitting.adjudicates:
                raise NothingToUndo("an adjudicated answer stays; change it in Encord's editor if it is wrong")
            if tag in self.second:
                withdraw_opinion(self.writer, comparison)
            else:
                changes = self.picks.changes(comparison, {}, self.writer.roles)
                self.writer.undo(tag, comparison.rows, changes)
        except ImageBusy:
            raise
        except ReviewError:
            with self._lock:
                self.answered.pop(tag, None)
            raise
        comparison = self.comparisons.with_present_criteria(tag)
        with self._lock:
            self.answered.pop(tag, None)
            self.queue.insert(0, tag)
            self.picks.forget(tag)
        return comparison

    def close(self) -> None:
        """Releases the images that the tabs of this session show."""
        self.writer.records.draws.release(self.writer.holder)

    def later(self, tag: Tag) -> None:
        """Moves an image to the end of the queue."""
        with self._lock:
            if tag in self.queue:
                self.queue.remove(tag)
                self.queue.append(tag)

    def progress(self) -> dict[str, Any]:
        """The numbers of images answered by this reviewer and left, and what could not be shown."""
        with self._lock:
            return {"answered": len(self.answered), "left": len(self.queue), "problems": self.problems}

    def project_progress(self) -> dict[str, int]:
        """How many images of the project there are, and how many have an answer, by any reviewer."""
        with self._lock:
            return {"decided": self.decided + len(self.answered), "images": len(self.comparisons.snapshot.images)}

    @property
    def outdated(self) -> set[Tag]:
        """The images whose answer was given for an earlier caption."""
        return {
            tag
            for tag, choice in self.expected.items()
            if not choice.is_given_for(self.comparisons.snapshot.text_item_uuids(tag))
        }

    def _save(
        self, writer: ChoiceWriter, comparison: Comparison, answer: Answer, changes: CriterionChanges
    ) -> FinalChoice:
        asked = self.sitting.asked(comparison.tag)
        if self.sitting.adjudicates:
            return adjudicate(writer, comparison, answer)
        if comparison.tag in self.second:
            return save_opinion(writer, comparison, answer, asked)
        return writer.save(comparison, answer, changes, asked=asked)

    def _redraw(self) -> None:
        """Updates the weights by the answers so far, and the order with them."""
        known = self.writer.records.results(FINAL_CHOICES, FinalChoice)
        snapshot = self.comparisons.snapshot
        sitting = open_sitting(
            self.writer.records,
            snapshot,
            known,
            order=self.sitting.order,
            now=self.writer.now(),
            overlap=self.sitting.overlap,
        )
        with self._lock:
            self.sitting = replace(sitting, name=self.sitting.name)
            self.queue[:] = self.sitting.in_order(self.queue)

    def _ask_second_opinions(self, reviewer: str) -> None:
        """Puts the images into the queue that this reviewer is asked about as well, instead of the last one's."""
        known = self.writer.records.results(FINAL_CHOICES, FinalChoice)
        first = set(self.queue) - self.second
        queue, self.second = self.sitting.queue(self.comparisons.snapshot, known, reviewer=reviewer)
        self.expected = {**self.expected, **{tag: known[tag] for tag in self.second}}
        self.queue[:] = [tag for tag in queue if tag in self.second or tag in first]

    def _claim(self, tab: str, without: set[Tag]) -> Tag | None:
        """The first image of the queue that this tab does not have; those that another tab has just fetched come last.

        Claims are in the store: two reviewers on two machines are rarely asked about the same image.
        """
        while True:
            with self._lock:
                free = [tag for tag in self.queue if tag not in without][:CLAIMABLE]
                unread = [tag for tag in free if tag not in self.comparisons.labels][:ROWS_AT_ONCE]
            if not free:
                return None
            tag = self.writer.records.draws.claim(free, holder=f"{self.writer.holder} {tab}", seconds=CLAIM_SECONDS)
            if tag in self.comparisons.labels:
                return tag
            self._read_labels([tag, *(other for other in unread if other != tag)])

    def _read_labels(self, tags: Sequence[Tag]) -> None:
        """Reads the labels of these images; those that cannot be read, or that someone has answered, leave the queue."""
        for tag, refusal in self.comparisons.read_labels(tags).items():
            self._skip(tag, refusal)
        labels = self.comparisons.labels
        with self._lock:
            for tag in tags:
                if tag in labels and self._is_answered(tag, labels[tag].answer):
                    self._remove(tag)

    def _is_answered(self, tag: Tag, answer: FinalAnswer | None) -> bool:
        expected = self.expected.get(tag)
        return answer is not None and not (expected is not None and expected.matches(answer))

    def _skip(self, tag: Tag, error: RowRefused) -> None:
        with self._lock:
            self.problems.append(str(error))
            self._remove(tag)

    def _remove(self, tag: Tag) -> None:
        if tag in self.queue:
            self.queue.remove(tag)
