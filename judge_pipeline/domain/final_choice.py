"""What a person decided about one image."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import ARCHIVE, COMPLETE

TIE = "(tie)"
"""The label of a tie that Encord does not hold, because the ontology has no option for one."""


SCRIPTED = "a script, not a person"
"""In the place of the e-mail address of who decided, for the choices of a demonstration."""


class Review(StrEnum):
    """Where an image stands in the Human Review of its workflow."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"

    @classmethod
    def at(cls, stage_title: str) -> "Review":
        """What it means that an image stands in this stage."""
        return {COMPLETE: cls.APPROVED, ARCHIVE: cls.REJECTED}.get(stage_title, cls.OPEN)


@dataclass(frozen=True, slots=True)
class FinalChoice:
    """A person's answer to `Final Choice`, and what became of the review.

    `label` is the chosen option as the ontology spells it, or `TIE`; None when nothing is chosen. `choice` is the captioner that it
    names; None beside a label is a tie. `blind` is True where the person saw neither the captioners' names nor the judge's
    opinion before answering. `decided_at` is UTC in ISO 8601; it and `decided_by`, an e-mail address, are None where
    Encord does not tell.

    `given_for` are the storage items of the captions that lay beside the image when the answer was given, 8B first; None is not
    known yet. `by_times` is True where nobody watched and the times that Encord tells had to say so. `answer_hash` and
    `saved_at` are Encord's name and time of the answer, by which the same one is known again.
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

    def is_given_for(self, texts: tuple[str, ...] | None) -> bool:
        """Whether the answer is about these captions, by their storage items; None are captions that lie nowhere yet."""
        return self.label is None or self.given_for is None or self.given_for == texts

    def matches(self, answer: "FinalAnswer") -> bool:
        """Whether what stands in Encord is this very answer, and not the same option chosen once more.

        Times are compared for being the same and never for their order: they come from the clock of whoever has saved.
        """
        return (
            self.label == answer.label
            and (None in (self.answer_hash, answer.answer_hash) or self.answer_hash == answer.answer_hash)
            and (None in (self.saved_at, answer.at) or self.saved_at == answer.at)
        )

    def without_answer(self) -> "FinalChoice | None":
        """What is left of it where the answer does not count: the end of the review, if it has ended."""
        return None if self.review is Review.OPEN else FinalChoice(self.tag, None, None, self.review)

    @property
    def is_scripted(self) -> bool:
        """Whether a demonstration's script has decided, so that the choice is nobody's opinion."""
        return self.decided_by == SCRIPTED

    @property
    def is_tie(self) -> bool:
        """Whether an option was chosen that names neither captioner."""
        return self.label is not None and self.choice is None


@dataclass(frozen=True, slots=True)
class FinalAnswer:
    """What stands in `Final Choice` on an image's label row; `answer_hash` is the name that its writer gave it.

    `by` and `at` are None where Encord does not tell.
    """

    label: str
    choice: Captioner | None
    by: str | None = None
    at: str | None = None
    answer_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """An image as a look at Encord finds it; `answer` counts where `is_read`, elsewhere it is as it was before.

    `texts` are the storage items of the captions beside it, 8B first. `texts_since` is when the younger of them was made, by
    Encord's clock; None where the store has watched since then, so that a new answer can only be about them.
    """

    review: Review
    answer: FinalAnswer | None = None
    is_read: bool = False
    texts: tuple[str, ...] = ()
    texts_since: datetime | None = None


def updated_choice(tag: Tag, known: FinalChoice | None, seen: Observation) -> FinalChoice | None:
    """What is known of a choice after a look; None when nothing is decided.

    An answer stays with the captions for which it was given, until it is given anew. One that was given blind stays blind while
    Encord holds the same one for the same captions, whoever saves the row later; so does a tie that Encord never held. What
    a person has taken away in Encord is gone.
    """
    if seen.answer is None:
        if known is not None and (known.label == TIE or (known.label is not None and not seen.is_read)):
            return _matched(replace(known, review=seen.review), seen)
        return None if seen.review is Review.OPEN else FinalChoice(tag, None, None, seen.review)
    answer = seen.answer
    if known is not None and (
        known.matches(answer) or (known.blind and known.label == answer.label and known.is_given_for(seen.texts))
    ):
        same = replace(known, review=seen.review, answer_hash=answer.answer_hash, saved_at=answer.at)
        return _matched(same, seen)
    found = FinalChoice(tag, answer.choice, answer.label, seen.review, decided_by=answer.by, decided_at=answer.at)
    return _matched(replace(found, answer_hash=answer.answer_hash, saved_at=answer.at), seen)


def _matched(choice: FinalChoice, seen: Observation) -> FinalChoice:
    """The choice with its captions, where they are not known yet: those that are there, unless it is older than they are."""
    if choice.given_for is not None:
        return choice
    if seen.texts_since is None:
        return replace(choice, given_for=seen.texts)
    is_older = choice.decided_at is not None and datetime.fromisoformat(choice.decided_at) < seen.texts_since
    return replace(choice, given_for=() if is_older else seen.texts, by_times=True)
