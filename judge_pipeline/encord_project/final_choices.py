"""What people have answered in Final Choice, read for many label rows in a few requests."""

from collections.abc import Iterable
from datetime import UTC

from encord.common.time_parser import parse_datetime
from encord.orm.project import ClassificationAnswerEntry
from encord.project import Project

from judge_pipeline.domain.board import Row
from judge_pipeline.domain.final_choice import FinalAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology


def read_answers(project: Project, rows: Iterable[Row], roles: JudgeOntology) -> dict[str, FinalAnswer]:
    """The answers by data hash; a request for 500 rows. Rows that nobody has opened yet have none."""
    label_hashes = [row.label_hash for row in rows if row.label_hash is not None]
    found: dict[str, FinalAnswer] = {}
    for labels in project.get_label_classifications(list(label_hashes)):
        for entry in labels.classification_answers.values():
            if entry.feature_hash == roles.final_choice.feature_hash and (answer := _answer(entry, roles)):
                found[str(labels.data_uuid)] = answer
    return found


def _answer(entry: ClassificationAnswerEntry, roles: JudgeOntology) -> FinalAnswer | None:
    root = roles.final_choice.root
    labels = {option.feature_hash: option.label for option in root.options}
    for given in entry.classifications:
        if given.feature_hash == root.feature_hash and isinstance(given.answers, list) and given.answers:
            chosen = given.answers[0]
            label = labels.get(chosen.get("featureHash"), chosen.get("name", ""))  # an archived option keeps its name
            at = entry.last_edited_at or entry.created_at
            return FinalAnswer(
                label=label,
                choice=roles.read_choice(label),
                by=entry.last_edited_by or entry.created_by,
                at=parse_datetime(at).astimezone(UTC).isoformat() if at else None,
            )
    return None
