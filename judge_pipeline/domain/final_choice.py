"""The Final Choice: what a person decided about one image."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import Drawing
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import StageKind

TIE = "(tie)"
"""The label of a tie that Encord cannot hold because the ontology has no option for it."""


SCRIPTED = "a script, not a person"
"""Stands in `decided_by` for choices made by the demo's script."""


class Review(StrEnum):
    """How far an image has come in the workflow's review. Encord reports the stage, so any final stage but Complete is a rejection."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"

    @classmethod
    def at(cls, kind: StageKind) -> "Review":
        """The review state of an image in a stage of this kind."""
        return {StageKind.COMPLETE: cls.APPROVED, StageKind.ARCHIVE: cls.REJECTED}.get(kind, cls.OPEN)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one of several reviewers said about an image, blind. `label` is as in `FinalChoice`; `at` is UTC in ISO 8601."""

    reviewer: str
    choice: Captioner | None
    label: str
    at: str
    sitting: str | None = None


@dataclass(frozen=True, slots=True)
class FinalChoice:
    """A person's answer to `Final Choice`, and the state of the review.

    `label` is the chosen option as the ontology spells it, or `TIE`; None if nothing is chosen. `choice` is the captioner
    that it names; None with a label is a tie. `blind` is True if the person saw neither the captioners' names nor the
    judge's opinion before answering. `decided_at` is UTC in ISO 8601, `decided_by` an e-mail address; both are None if
    Encord does not report them.

    `given_for` holds the storage items of the captions that the answer is about, 8B first; None if not known yet.
    `by_times` is True if they could only be inferred from Encord's times. `answer_hash` and `saved_at` are Encord's
    identifier and time of the answer, by which it is recognised again.

    `drawn` says why the person was asked; None for answers of earlier versions, which did not keep it. `round` is the round
    of drawing, None unless it was drawn, and `sitting` names the session of the review page. `judgement_version` is the
    version of the judgement at that time. `opinions` are what several reviewers said, the first one's included; empty if
    only one was asked. `is_adjudicated` is True if the label settles their differences.
    """

    tag: Tag
    choice: Captioner | None
    label: str | None
    review: Review
    blind: bool = False
    decided_by: str | None = None
    decided_at: str | None = None
    given_for: tuple[str, ...] | None = None
    by_times: bool = False
    answer_hash: str | None = None
    saved_at: str | None = None
    drawn: Drawing | None = None
    round: int | None = None
    sitting: str | None = None
    judgement_version: str | None = None
    opinions: tuple[Opinion, ...] = ()
    is_adjudicated: bool = False

    def is_given_for(self, texts: tuple[str, ...] | None) -> bool:
        """Whether the answer is about the captions in these storage items; None means that no captions are linked yet."""
        return self.label is None or self.given_for is None or self.given_for == texts

    def matches(self, answer: "FinalAnswer") -> bool:
        """Whether the answer in Encord is this one, and not the same option chosen again.

        Times are only compared for equality, never for order: they come from the clock of the person who saved.
        """
        return (
            self.label == answer.label
            and (None in (self.answer_hash, answer.answer_hash) or self.answer_hash == answer.answer_hash)
            and (None in (self.saved_at, answer.at) or self.saved_at == answer.at)
        )

    def without_answer(self) -> "FinalChoice | None":
        """The choice without its answer: only the end of the review remains, if it has ended."""
        return None if self.review is Review.OPEN else FinalChoice(self.tag, None, None, self.review)

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Who has given an opinion, the first one first."""
        return tuple(opinion.reviewer for opinion in self.opinions) or ((self.decided_by,) if self.decided_by else ())

    def wants_second_opinion_of(self, reviewer: str, *, overlap: float) -> bool:
        """Whether this reviewer is asked as well: a hash of the Tag picks the share `overlap` of the images."""
        return self._is_shown_twice(overlap) and len(self.reviewers) == 1 and reviewer not in self.reviewers

    def is_settled(self, *, overlap: float) -> bool:
        """Whether no further reviewer's opinion and no adjudication is awaited."""
        return not self.is_disputed and (len(self.opinions) > 1 or not self._is_shown_twice(overlap))

    def _is_shown_twice(self, overlap: float) -> bool:
        lot = int.from_bytes(hashlib.sha256(f"second opinion {self.tag}".encode()).digest()[:8]) / 2**64
        return lot < overlap and self.blind and self.is_by_person

    def with_opinion(self, opinion: Opinion) -> "FinalChoice":
        """The choice with a further reviewer's opinion, which changes the label of neither."""
        first = Opinion(
            self.decided_by or "unknown", self.choice, self.label or "", self.decided_at or "", self.sitting
        )
        return replace(self, opinions=(*(self.opinions or (first,)), opinion))

    def without_opinion_of(self, reviewer: str) -> "FinalChoice":
        """The choice without this further reviewer's opinion."""
        left = tuple(opinion for opinion in self.opinions if opinion.reviewer != reviewer)
        return replace(self, opinions=left if len(left) > 1 else ())

    @property
    def is_disputed(self) -> bool:
        """Whether reviewers differ, and no one has adjudicated."""
        return not self.is_adjudicated and len({opinion.label for opinion in self.opinions}) > 1

    @property
    def is_scripted(self) -> bool:
        """Whether the demo's script decided, so that the choice is not a person's opinion."""
        return self.decided_by == SCRIPTED

    @property
    def is_by_person(self) -> bool:
        """Whether a person has answered."""
        return self.label is not None and not self.is_scripted

    @property
    def is_tie(self) -> bool:
        """Whether the chosen option names neither captioner."""
        return self.label is not None and self.choice is None


@dataclass(frozen=True, slots=True)
class FinalAnswer:
    """The answer to `Final Choice` on an image's label row; `answer_hash` is the identifier that its writer gave it.

    `by` and `at` are None if Encord does not report them.
    """

    label: str
    choice: Captioner | None
    by: str | None = None
    at: str | None = None
    answer_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """An image as a sync finds it in Encord. `answer` counts only if `is_read`; otherwise it is unchanged.

    `texts` are the storage items of its linked captions, 8B first. `texts_since` is when the newer of them was created, by
    Encord's clock; None if the store has been in sync since then, so that a new answer can only be about them.
    """

    review: Review
    answer: FinalAnswer | None = None
    is_read: bool = False
    texts: tuple[str, ...] = ()
    texts_since: datetime | None = None
    judgement_version: str | None = None


def updated_choice(tag: Tag, known: FinalChoice | None, seen: Observation) -> FinalChoice | None:
    """The choice after a sync; None when nothing is decided.

    An answer stays with its captions until it is given again. A blind answer stays blind as long as Encord holds the same
    one for the same captions, no matter who saves the row later; so does a tie that Encord never held. An answer that a
    person removes in Encord is gone.
    """
    if seen.answer is None:
        if known is not None and (known.label == TIE or (known.label is not None and not seen.is_read)):
            return _with_captions(replace(known, review=seen.review), seen)
        return None if seen.review is Review.OPEN else FinalChoice(tag, None, None, seen.review)
    answer = seen.answer
    if known is not None and (
        known.matches(answer) or (known.blind and known.label == answer.label and known.is_given_for(seen.texts))
    ):
        same = replace(known, review=seen.review, answer_hash=answer.answer_hash, saved_at=answer.at)
        return _with_captions(same, seen)
    found = FinalChoice(
        tag,
        answer.choice,
        answer.label,
        seen.review,
        decided_by=answer.by,
        decided_at=answer.at,
        answer_hash=answer.answer_hash,
        saved_at=answer.at,
        drawn=Drawing.BY_HAND,
        judgement_version=seen.judgement_version,
        opinions=known.opinions if known is not None and known.is_given_for(seen.texts) else (),
    )
    return _with_captions(found, seen)


def _with_captions(choice: FinalChoice, seen: Observation) -> FinalChoice:
    """Fills in the captions if they are unknown: the present ones, unless the choice is older than they are."""
    if choice.given_for is not None:
        return choice
    if seen.texts_since is None:
        return replace(choice, given_for=seen.texts)
    is_older = choice.decided_at is not None and datetime.fromisoformat(choice.decided_at) < seen.texts_since
    return replace(choice, given_for=() if is_older else seen.texts, by_times=True)
