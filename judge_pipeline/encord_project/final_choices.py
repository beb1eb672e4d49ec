"""What stands on label rows about the choice between two captions: the person's answer, and the judge's opinion."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from encord.common.time_parser import parse_datetime
from encord.orm.project import ClassificationAnswerEntry
from encord.project import Project

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judge_opinion import JudgeOpinion
from judge_pipeline.domain.ontology import Attribute, AttributeKind
from judge_pipeline.domain.project_snapshot import ProjectRow


@dataclass(frozen=True, slots=True)
class ChoiceLabels:
    """The labels of one row that matter to whoever chooses; `answer` is None where nobody has."""

    answer: FinalAnswer | None = None
    opinion: JudgeOpinion = field(default_factory=JudgeOpinion)


def read_choices(project: Project, rows: Iterable[ProjectRow], roles: JudgeOntology) -> dict[str, ChoiceLabels]:
    """The labels by data hash; a request for 500 rows. Rows that nobody has opened yet are left out."""
    label_hashes = [row.label_hash for row in rows if row.label_hash is not None]
    return {
        str(labels.data_uuid): _labels(list(labels.classification_answers.values()), roles)
        for labels in project.get_label_classifications(list(label_hashes))
    }


def _labels(entries: Sequence[ClassificationAnswerEntry], roles: JudgeOntology) -> ChoiceLabels:
    by_hash = {entry.feature_hash: entry for entry in entries}
    choice = _chosen(by_hash.get(roles.choice.feature_hash), roles.choice.root)
    grades = {
        captioner: tuple(_grades(by_hash.get(classification.feature_hash), classification.root))
        for captioner in Captioner
        for classification in [roles.classification_for(captioner)]
    }
    return ChoiceLabels(
        _answer(by_hash.get(roles.final_choice.feature_hash), roles),
        JudgeOpinion(
            roles.read_choice(choice) if choice else None, grades[Captioner.LLM_8B], grades[Captioner.LLM_16B]
        ),
    )


def _answer(entry: ClassificationAnswerEntry | None, roles: JudgeOntology) -> FinalAnswer | None:
    label = _chosen(entry, roles.final_choice.root)
    if entry is None or label is None:
        return None
    at = entry.last_edited_at or entry.created_at
    return FinalAnswer(
        label=label,
        choice=roles.read_choice(label),
        by=entry.last_edited_by or entry.created_by,
        at=written_time(parse_datetime(at)) if at else None,
        answer_hash=entry.classification_hash,
    )


def written_time(moment: datetime) -> str:
    """A time of a label as we write it: UTC in whole seconds, which is all that every one of Encord's forms of it tells."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def _grades(entry: ClassificationAnswerEntry | None, root: Attribute) -> Iterator[tuple[str, str]]:
    """The radios under the root that are answered; the root itself where there is none."""
    nested = [
        (attribute.title, label)
        for option in root.options
        for attribute in option.attributes
        if attribute.kind is AttributeKind.RADIO and (label := _chosen(entry, attribute))
    ]
    if nested:
        yield from nested
    elif label := _chosen(entry, root):
        yield root.title, label


def _chosen(entry: ClassificationAnswerEntry | None, radio: Attribute) -> str | None:
    """The label of the chosen option; one that was archived since keeps the name that the answer carries."""
    labels = {option.feature_hash: option.label for option in radio.options}
    for given in entry.classifications if entry else ():
        if given.feature_hash == radio.feature_hash and isinstance(given.answers, list) and given.answers:
            chosen = given.answers[0]
            return str(labels.get(chosen.get("featureHash"), chosen.get("name", "")))
    return None
