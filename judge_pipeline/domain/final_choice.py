"""What a person decided about one image."""

from dataclasses import dataclass, replace
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
    """

    tag: Tag
    choice: Captioner | None
    label: str | None
    review: Review
    blind: bool = False
    decided_by: str | None = None
    decided_at: str | None = None

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
class Sighting:
    """An image as a look at Encord finds it; `answer` counts where `is_read`, elsewhere it is as it was before."""

    review: Review
    answer: FinalAnswer | None = None
    is_read: bool = False


def settled(tag: Tag, known: FinalChoice | None, seen: Sighting) -> FinalChoice | None:
    """What is known of a choice after a look; None when nothing is decided.

    An answer that was given blind stays blind while Encord holds the same one, whoever saves the row later; so does a tie
    that Encord never held. What a person has taken away in Encord is gone.
    """
    if seen.answer is not None:
        if known is not None and known.blind and known.label == seen.answer.label:
            return replace(known, review=seen.review)
        answer = seen.answer
        return FinalChoice(tag, answer.choice, answer.label, seen.review, decided_by=answer.by, decided_at=answer.at)
    if known is not None and (known.label == TIE or (known.label is not None and not seen.is_read)):
        return replace(known, review=seen.review)
    return None if seen.review is Review.OPEN else FinalChoice(tag, None, None, seen.review)
