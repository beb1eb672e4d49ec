"""The judge's labels as found on label rows, with the hashes that mark them."""

from collections.abc import Iterator, Sequence
from typing import Any

from encord.orm.project import ClassificationAnswerEntry
from encord.project import Project

from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import Attribute, AttributeKind, Classification

JudgeLabels = dict[str, ClassificationAnswer]
"""A row's labels by the feature hash of their classification."""


def read_judge_labels(project: Project, label_hashes: Sequence[str], roles: JudgeOntology) -> dict[str, JudgeLabels]:
    """The judge's labels by data hash; one request per 500 rows."""
    judged = {each.feature_hash: each for each in (roles.for_8b, roles.for_16b, *roles.others, roles.choice)}
    found: dict[str, JudgeLabels] = {}
    for labels in project.get_label_classifications(list(label_hashes)):
        entries = [entry for entry in labels.classification_answers.values() if entry.feature_hash in judged]
        answers = [_answer(entry, judged[str(entry.feature_hash)]) for entry in entries]
        found[str(labels.data_uuid)] = {answer.feature_hash: answer for answer in answers}
    return found


def _answer(entry: ClassificationAnswerEntry, classification: Classification) -> ClassificationAnswer:
    given = {each.feature_hash: each.answers for each in entry.classifications}
    return ClassificationAnswer(
        classification.feature_hash,
        classification.title,
        tuple(_attribute_answers(classification.root, given)),
        label_hash=entry.classification_hash,
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
