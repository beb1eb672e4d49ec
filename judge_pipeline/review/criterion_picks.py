"""What the reviewer has answered to the ontology's own questions in this session, next to their choices."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from judge_pipeline.domain.human_criteria import human_criteria, is_flat, is_offered
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import AttributeKind
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.encord_project.criterion_labels import CriterionChange, CriterionChanges
from judge_pipeline.encord_project.final_choices import new_answer_hash
from judge_pipeline.review.comparison import Comparison
from judge_pipeline.review.errors import UnknownCriterion


@dataclass(slots=True)
class CriterionPicks:
    """All that was sent for each image, whether or not Encord has it: a repeated answer replaces it, and undo takes it back.

    By image and criterion: the hash of each attempt, and its options.
    """

    _tried: dict[Tag, dict[str, set[tuple[str, frozenset[str]]]]] = field(default_factory=dict)

    def changes(
        self, comparison: Comparison, picked: Mapping[str, Collection[str]], roles: JudgeOntology
    ) -> CriterionChanges:
        """The changes that make the image's answers what was shown, but for those in `picked`, by feature hash.

        Raises:
            UnknownCriterion: something was picked that the page does not offer.
        """
        offered = {each.feature_hash: each for each in human_criteria(roles) if is_flat(each)}
        wanted = {criterion: frozenset(options) for criterion, options in picked.items()}
        for criterion, options in wanted.items():
            known = offered.get(criterion)
            if (
                known is None
                or not is_offered(known, comparison.criteria.get(criterion))
                or not options <= {option.feature_hash for option in known.root.options}
                or (known.root.kind is AttributeKind.RADIO and len(options) > 1)
            ):
                raise UnknownCriterion("this review does not offer one of the answers to the criteria; reload the page")
        tried = self._tried.setdefault(comparison.tag, {})
        changes = []
        for criterion in sorted(wanted.keys() | tried.keys()):
            shown = comparison.criteria.get(criterion)
            options = wanted.get(criterion, shown.options if shown else frozenset())
            before = tried.setdefault(criterion, set())
            change = CriterionChange(offered[criterion], options, shown, new_answer_hash(), frozenset(before))
            before.add((change.answer_hash, options))
            changes.append(change)
        return CriterionChanges(changes)

    def forget(self, tag: Tag) -> None:
        """After undo, or when someone else has answered the image."""
        self._tried.pop(tag, None)

    def clear(self) -> None:
        """For another reviewer."""
        self._tried.clear()


def described(roles: JudgeOntology) -> dict[str, Any]:
    """The questions as the page shows them, and the titles of those that only Encord's editor can answer."""
    criteria = human_criteria(roles)
    return {
        "criteria": [
            {
                "id": each.feature_hash,
                "title": visible_line(each.title),
                "several": each.root.kind is AttributeKind.CHECKLIST,
                "options": [
                    {"id": option.feature_hash, "label": visible_line(option.label)} for option in each.root.options
                ],
            }
            for each in criteria
            if is_flat(each)
        ],
        "in_editor": [visible_line(each.title) for each in criteria if not is_flat(each)],
    }


def has_nested(roles: JudgeOntology) -> bool:
    """Whether some of the criteria can only be answered in Encord's editor."""
    return not all(map(is_flat, human_criteria(roles)))
