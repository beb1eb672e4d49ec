"""One sitting at the review: which image comes next, what has been answered, and the way back."""

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalAnswer, FinalChoice
from judge_pipeline.domain.judge_opinion import JudgeOpinion
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordRefused, RowRefused
from judge_pipeline.encord_project.final_choices import ChoiceLabels
from judge_pipeline.models.image_preparation import UnreadableImage
from judge_pipeline.review.comparison import Comparison, Side
from judge_pipeline.review.decisions import Desk
from judge_pipeline.review.errors import AnsweredMeanwhile, AtWork, NothingToUndo, ReviewError, UnknownImage
from judge_pipeline.review.pictures import Pictures, for_browser

ROWS_AT_ONCE = 50
"""Rows whose labels are looked at together, to pass over those that somebody has answered in Encord."""

CLAIM_SECONDS = 300.0
"""How long an image that one tab has fetched is kept from the others."""


@dataclass(slots=True)
class Session:
    """The state of a sitting; Encord and the store have all that matters once it is over. Threads may share it.

    `asked_again` are answers that stand in Encord and were given for an earlier caption: they keep no image from being shown.
    """

    desk: Desk
    snapshot: ProjectSnapshot
    queue: list[Tag]
    asked_again: Mapping[Tag, FinalChoice] = field(default_factory=dict)
    pictures: Pictures = field(default_factory=Pictures)
    answered: dict[Tag, Captioner | None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _labels: dict[Tag, ChoiceLabels] = field(default_factory=dict)
    _comparisons: dict[Tag, Comparison] = field(default_factory=dict)
    _claims: dict[Tag, tuple[str, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, *, tab: str, without: Collection[Tag]) -> Comparison | None:
        """The next image for a tab that has those in `without` already; None when nothing is left.

        One that cannot be shown is left to a later sitting, and told of.
        """
        while (tag := self._claim(tab, set(without))) is not None:
            try:
                return self.comparison(tag)
            except RowRefused as error:
                self._drop(tag, error)
        return None

    def comparison(self, tag: Tag) -> Comparison:
        """The image with its captions, fetched where it is not at hand.

        Raises:
            UnknownImage: it is not of this project. RowRefused: one of the three files cannot be read.
        """
        if tag not in self._comparisons:
            self._comparisons[tag] = self._fetch(tag)
        return self._comparisons[tag]

    def picture(self, tag: Tag) -> bytes:
        """The image as JPEG. Raises as `comparison`."""
        file = self.pictures.get(tag)
        if file is None:
            self._comparisons.pop(tag, None)
            self.comparison(tag)
            file = self.pictures.get(tag)
        if file is None:
            raise UnknownImage(f"the image of {tag} is not at hand; load the page again")
        return file

    def answer(self, tag: Tag, side: Side) -> dict[str, Any]:
        """Takes an answer; returns what the judge said, and what stood in the way of an approval.

        Raises:
            ReviewError, EncordError, StoreError: nothing is answered; the image comes again where that makes sense.
        """
        comparison = self.comparison(tag)
        answer = comparison.answer(side, self.desk.roles)
        try:
            self.desk.decide(comparison, answer)
        except AtWork:
            self.later(tag)
            raise
        except AnsweredMeanwhile:
            with self._lock:
                self._leave(tag)
            raise
        warning = self.desk.approve(tag, comparison.rows) if self.desk.approves else None
        with self._lock:
            self.answered[tag] = answer.choice
            self._leave(tag)
        return {"judge": comparison.revealed(self.desk.roles), "warning": warning}

    def undo(self) -> Comparison:
        """Takes the last answer of this sitting back; its image is the next one again.

        Raises:
            NothingToUndo, AnsweredMeanwhile, AtWork: the answer stays, or somebody's own does.
        """
        with self._lock:
            if not self.answered:
                raise NothingToUndo("nothing has been answered in this sitting")
            tag = next(reversed(self.answered))
        comparison = self.comparison(tag)
        try:
            self.desk.take_back(tag, comparison.rows)
        except AtWork:
            raise
        except ReviewError:
            with self._lock:
                self.answered.pop(tag, None)
            raise
        with self._lock:
            self.answered.pop(tag, None)
            self.queue.insert(0, tag)
        return comparison

    def later(self, tag: Tag) -> None:
        """Puts an image behind all others."""
        with self._lock:
            if tag in self.queue:
                self.queue.remove(tag)
                self.queue.append(tag)

    def progress(self) -> dict[str, Any]:
        """How many were answered in this sitting, how many are left, and what could not be shown."""
        with self._lock:
            return {"answered": len(self.answered), "left": len(self.queue), "problems": self.problems}

    def _claim(self, tab: str, without: set[Tag]) -> Tag | None:
        """The first image of the queue that this tab does not have; those that another fetched a short while ago come last."""
        while True:
            with self._lock:
                free = [tag for tag in self.queue if tag not in without]
                free.sort(key=lambda tag: self._is_anothers(tag, tab))
                unread = [tag for tag in free if tag not in self._labels][:ROWS_AT_ONCE]
                if not free:
                    return None
                if free[0] in self._labels:
                    self._claims[free[0]] = (tab, time.monotonic())
                    return free[0]
            if len(unread) == 1:
                self._read_or_drop(unread[0])
            else:
                self._read_labels(unread)

    def _is_anothers(self, tag: Tag, tab: str) -> bool:
        holder, since = self._claims.get(tag, (tab, 0.0))
        return holder != tab and time.monotonic() - since < CLAIM_SECONDS

    def _read_labels(self, tags: Sequence[Tag]) -> None:
        rows = {tag: self.snapshot.images[tag] for tag in tags}
        try:
            found = self.desk.project.final_choices.read(rows.values(), self.desk.roles)
        except EncordRefused as error:  # what is refused for all is refused for one that has left the project since
            if len(tags) == 1:
                raise RowRefused(f"{rows[tags[0]].title!r} cannot be read: {error}") from None
            for tag in tags:
                self._read_or_drop(tag)
            return
        with self._lock:
            for tag, row in rows.items():
                self._labels[tag] = found.get(row.data_hash, ChoiceLabels())
                if self._is_answered(tag, self._labels[tag].answer):
                    self._leave(tag)

    def _is_answered(self, tag: Tag, answer: FinalAnswer | None) -> bool:
        earlier = self.asked_again.get(tag)
        return answer is not None and not (earlier is not None and earlier.is_held(answer))

    def _read_or_drop(self, tag: Tag) -> None:
        try:
            self._read_labels([tag])
        except RowRefused as error:
            self._drop(tag, error)

    def _fetch(self, tag: Tag) -> Comparison:
        image = self.snapshot.images.get(tag)
        texts = {captioner: self.snapshot.texts.get((tag, captioner)) for captioner in Captioner}
        there = {captioner: row for captioner, row in texts.items() if row is not None}
        if image is None or len(there) < len(texts):
            raise UnknownImage(f"no image of {self.desk.project.title!r} with two captions has the Tag {tag}")
        if tag not in self._labels:
            self._read_labels([tag])
        files = self.desk.project.download_files([image, *there.values()])
        try:
            self.pictures.keep(tag, for_browser(files[image.item_uuid]))
        except UnreadableImage as error:
            raise RowRefused(f"{image.title!r} cannot be shown: {error}") from None
        captions = {
            captioner: files[row.item_uuid].decode("utf-8", errors="replace").strip()
            for captioner, row in there.items()
        }
        labels = self._labels.get(tag)
        return Comparison(tag, image, there, captions, labels.opinion if labels else JudgeOpinion())

    def _drop(self, tag: Tag, error: RowRefused) -> None:
        with self._lock:
            self.problems.append(str(error))
            self._leave(tag)

    def _leave(self, tag: Tag) -> None:
        if tag in self.queue:
            self.queue.remove(tag)
        self._claims.pop(tag, None)
