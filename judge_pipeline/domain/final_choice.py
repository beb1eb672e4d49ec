"""What a person decided about one image."""

from dataclasses import dataclass
from enum import StrEnum

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.tag import Tag


class Review(StrEnum):
    """Where an image stands in the Human Review of its workflow."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class FinalChoice:
    """A person's answer to `Final Choice`, and what became of the review.

    `label` is the chosen option as the ontology spells it, None when nothing is chosen. `choice` is the captioner that it
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
    def is_tie(self) -> bool:
        """Whether an option was chosen that names neither captioner."""
        return self.label is not None and self.choice is None
