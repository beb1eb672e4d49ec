"""The ontology's own human classifications on a label row: read, and changed in the same save as the Final Choice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from encord.common.time_parser import parse_datetime
from encord.exceptions import OntologyError
from encord.objects import Classification as EncordClassification
from encord.objects.attributes import ChecklistAttribute, RadioAttribute
from encord.objects.classification_instance import ClassificationInstance
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.objects.options import Option as EncordOption
from encord.orm.project import ClassificationAnswerEntry

from judge_pipeline.domain.human_criteria import CriterionAnswer, human_criteria, is_flat
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import Classification
from judge_pipeline.encord_project.errors import ProjectMismatch
from judge_pipeline.encord_project.image_answers import answers_on, put_answer, remove_answer


@dataclass(frozen=True, slots=True)
class CriterionChange:
    """What a reviewer wants one classification of an image to say; no `options` remove the answer.

    The new answer gets the hash `answer_hash`. `shown` is the answer that the reviewer was shown; `tried` are the hashes and
    options of earlier attempts, which may have been saved. Any other answer is someone else's.
    """

    criterion: Classification
    options: frozenset[str]
    shown: CriterionAnswer | None
    answer_hash: str
    tried: frozenset[tuple[str, frozenset[str]]] = frozenset()

    def may_replace(self, present: ClassificationInstance | None) -> bool:
        """Whether what the row has is what was shown, or what an earlier attempt has made of it."""
        if present is None:
            return self.shown is None or any(not options for _, options in self.tried)
        found = (present.classification_hash, _options_of(present))
        return found in self.tried or (self.shown is not None and found == (self.shown.answer_hash, self.shown.options))


@dataclass(slots=True)
class CriterionChanges:
    """The changes of one image. `kept` are the titles where someone else's answer stayed, once they have been saved."""

    changes: Sequence[CriterionChange]
    kept: list[str] = field(default_factory=list)

    def apply(self, label_row: LabelRowV2, at: datetime | None = None) -> bool:
        """Changes the row; True if it differs now.

        An answer as it was shown comes back with its author and times, but with a new hash: Encord's label log could not tell
        the two times it was added apart, and `save_label_rows` relies on that.
        """
        is_changed = False
        for change in self.changes:
            present = _present(label_row, change)
            if _options_of(present) == change.options or not change.may_replace(present):
                continue
            if present is not None:
                remove_answer(label_row, present)
            if change.options:
                _put(label_row, change, at)
            is_changed = True
        return is_changed

    def compare(self, label_row: LabelRowV2) -> None:
        """Sets `kept` from the row as Encord holds it."""
        self.kept = [
            change.criterion.title
            for change in self.changes
            if _options_of(_present(label_row, change)) != change.options
        ]


def criterion_answers(entries: Iterable[ClassificationAnswerEntry], roles: JudgeOntology) -> dict[str, CriterionAnswer]:
    """The answers to the flat human criteria among a row's labels, by feature hash."""
    roots = {each.feature_hash: each.root.feature_hash for each in human_criteria(roles) if is_flat(each)}
    found = {}
    for entry in entries:
        for given in entry.classifications if entry.feature_hash in roots else ():
            if given.feature_hash == roots[str(entry.feature_hash)] and isinstance(given.answers, list):
                found[str(entry.feature_hash)] = CriterionAnswer(
                    frozenset(str(chosen.get("featureHash")) for chosen in given.answers),
                    entry.classification_hash,
                    entry.created_by,
                    entry.created_at,
                    entry.last_edited_by,
                    entry.last_edited_at,
                )
    return found


def _present(label_row: LabelRowV2, change: CriterionChange) -> ClassificationInstance | None:
    for instance in answers_on(label_row):
        if instance.feature_hash == change.criterion.feature_hash:
            return instance
    return None


def _options_of(instance: ClassificationInstance | None) -> frozenset[str]:
    chosen = None if instance is None else instance.get_answer()
    if chosen is None or isinstance(chosen, str):
        return frozenset()
    return frozenset(each.feature_node_hash for each in ([chosen] if isinstance(chosen, EncordOption) else chosen))


def _put(label_row: LabelRowV2, change: CriterionChange, at: datetime | None) -> None:
    title = change.criterion.title
    try:
        classification = label_row.ontology_structure.get_child_by_hash(
            change.criterion.feature_hash, type_=EncordClassification
        )
        attribute = classification.attributes[0]
        if not isinstance(attribute, RadioAttribute | ChecklistAttribute):
            raise ProjectMismatch(f"{title!r} is no longer a radio or checklist; restart the review")
        by_hash = {option.feature_node_hash: option for option in attribute.options}
        options = [by_hash[each] for each in sorted(change.options)]
    except (OntologyError, KeyError):
        raise ProjectMismatch(
            f"{title!r} or one of its options is no longer in the ontology; restart the review"
        ) from None
    shown = change.shown
    instance = ClassificationInstance(classification, classification_hash=change.answer_hash)
    instance.set_answer(options if isinstance(attribute, ChecklistAttribute) else options[0], attribute)
    if shown is None or shown.options != change.options:
        put_answer(label_row, instance, created_at=at, last_edited_at=at)
    else:
        put_answer(
            label_row,
            instance,
            created_by=shown.created_by,
            created_at=_time(shown.created_at),
            last_edited_by=shown.edited_by,
            last_edited_at=_time(shown.edited_at),
        )


def _time(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None
