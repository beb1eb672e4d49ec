"""A comparison: one image and its two captions; the Tag decides which of them is on the left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from judge_pipeline.domain.blinding import Blinding, shown_left
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import TIE
from judge_pipeline.domain.human_criteria import CriterionAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judge_opinion import JudgeOpinion
from judge_pipeline.domain.ontology import Option
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible


class JudgeShown(StrEnum):
    """When a reviewer sees what the judge said about an image that they have answered."""

    KEY = "key"
    MOMENT = "moment"
    NEVER = "never"


class Side(StrEnum):
    """A reviewer's answer."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a side means: `option` is written to Encord; None for a tie if the ontology has no option for it."""

    choice: Captioner | None
    label: str
    option: Option | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`captions` are the texts in Encord; `opinion` is never shown before the answer, people's answers to `criteria` are."""

    tag: Tag
    image: ProjectRow
    texts: Mapping[Captioner, ProjectRow]
    captions: Mapping[Captioner, str]
    opinion: JudgeOpinion
    criteria: Mapping[str, CriterionAnswer] = field(default_factory=dict)

    @property
    def left(self) -> Captioner:
        """The captioner whose caption is on the left."""
        return shown_left(self.tag)

    @property
    def rows(self) -> tuple[ProjectRow, ...]:
        """The image and its texts, whose three tasks are approved together."""
        return (self.image, *self.texts.values())

    @property
    def text_uuids(self) -> tuple[str, ...]:
        """The storage items of the captions that are shown, 8B first."""
        return tuple(self.texts[captioner].item_uuid for captioner in Captioner)

    def answer(self, side: Side, roles: JudgeOntology) -> Answer:
        """What a side means in Final Choice."""
        if side is Side.TIE:
            option = roles.tie_option
            return Answer(None, option.label if option else TIE, option)
        choice = self.left if side is Side.LEFT else self.left.other
        option = roles.final_option(choice)
        return Answer(choice, option.label, option)

    def side_of(self, captioner: Captioner | None) -> Side | None:
        """The side that a captioner's caption is on."""
        if captioner is None:
            return None
        return Side.LEFT if captioner is self.left else Side.RIGHT

    def blind(self) -> dict[str, Any]:
        """All that a reviewer sees before they answer."""
        shown: dict[str, Any] = {
            "tag": self.tag,
            "left": visible(self.captions[self.left]),
            "right": visible(self.captions[self.left.other]),
        }
        if self.criteria:
            shown["criteria"] = {criterion: sorted(answer.options) for criterion, answer in self.criteria.items()}
        return shown

    def revealed(self, roles: JudgeOntology) -> dict[str, Any] | None:
        """What the judge said about the two sides, with the captioners' names still hidden; None if it said nothing."""
        if not self.opinion.is_there:
            return None
        hide = Blinding(roles, self.left).hide
        grades = {
            captioner: [[hide(criterion), hide(label)] for criterion, label in self.opinion.grades_of(captioner)]
            for captioner in Captioner
        }
        return {
            "choice": self.side_of(self.opinion.choice),
            "corrected": self.opinion.is_corrected,
            "left": grades[self.left],
            "right": grades[self.left.other],
        }
