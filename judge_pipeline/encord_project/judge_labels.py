"""The judge's labels as found on label rows: what they say, the hashes that mark them, and whether a person has edited them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from encord.common.time_parser import parse_datetime
from encord.orm.project import ClassificationAnswerEntry
from encord.project import Project

from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.correction import FoundLabel
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import Attribute, AttributeKind, Classification
from judge_pipeline.encord_project.clock import label_time


def read_judge_labels(
    project: Project, label_hashes: Sequence[str], roles: JudgeOntology
) -> dict[str, tuple[FoundLabel, ...]]:
    """The judge's labels by data hash; one request per 500 rows."""
    return {
        str(labels.data_uuid): judge_labels_in(labels.classification_answers.values(), roles.judged)
        for labels in project.get_label_classifications(list(label_hashes))
    }


def judge_labels_in(
    entries: Iterable[ClassificationAnswerEntry], classifications: Iterable[Classification]
) -> tuple[FoundLabel, ...]:
    """The labels of these classifications among a row's, with what Encord reports about their authors."""
    by_hash = {each.feature_hash: each for each in classifications}
    return tuple(_found(entry, by_hash[entry.feature_hash]) for entry in entries if entry.feature_hash in by_hash)


def judge_labels_of(labels: Mapping[str, Any], classifications: Iterable[Classification]) -> tuple[FoundLabel, ...]:
    """The same from a label row as the SDK saves it."""
    entries = map(ClassificationAnswerEntry.from_dict, labels["classification_answers"].values())
    return judge_labels_in(entries, classifications)


def _found(entry: ClassificationAnswerEntry, classification: Classification) -> FoundLabel:
    given = {each.feature_hash: each.answers for each in entry.classifications}
    at = entry.last_edited_at or entry.created_at
    return FoundLabel(
        ClassificationAnswer(
            classification.feature_hash,
            classification.title,
            tuple(_attribute_answers(classification.root, given)),
            label_hash=entry.classification_hash,
        ),
        is_by_hand=bool(entry.manual_annotation),
        is_edited=entry.last_edited_by not in (None, entry.created_by),
        at=label_time(parse_datetime(at)) if at else None,
    )


def _attribute_answers(attribute: Attribute, given: dict[str, Any]) -> Iterator[AttributeAnswer]:
    value = given.get(attribute.feature_hash)
    if value in (None, "", []):
        return
    match attribute.kind:
        case AttributeKind.TEXT:
            yield AttributeAnswer(attribute.feature_hash, attribute.title, str(value))
        case AttributeKind.NUMERIC:
            yield AttributeAnswer(attribute.feature_hash, attribute.title, float(value))
        case kind:
            hashes = [chosen.get("featureHash") for chosen in value]
            options = [option for option in attribute.options if option.feature_hash in hashes]
            chosen = tuple(ChosenOption(option.feature_hash, option.label) for option in options)
            if chosen:
                one_or_all = chosen[0] if kind is AttributeKind.RADIO else chosen
                yield AttributeAnswer(attribute.feature_hash, attribute.title, one_or_all)
            for option in options:
                for nested in option.attributes:
                    yield from _attribute_answers(nested, given)
