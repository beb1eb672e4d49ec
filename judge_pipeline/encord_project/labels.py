"""Judgements as classification instances on label rows, next to people's labels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from encord.objects import Classification, ClassificationInstance
from encord.objects.attributes import Attribute
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.project import Project

from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.correction import FoundLabel
from judge_pipeline.domain.ontology import Ontology
from judge_pipeline.domain.workflow import Workflow
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.image_answers import answers_on, put_answer, remove_answer
from judge_pipeline.encord_project.judge_labels import judge_labels_of
from judge_pipeline.encord_project.label_saves import save_label_rows
from judge_pipeline.encord_project.row_by_row import RowByRow
from judge_pipeline.encord_project.rows import list_editable_rows, to_row
from judge_pipeline.encord_project.write_guard import before_write

IsPersons = Callable[[str, FoundLabel], bool]
"""Whether a label of the row with this data hash is a person's."""


@dataclass(frozen=True, slots=True)
class UnsavedRows:
    """The rows whose answers were not saved, by data hash: the stage of each that a person has finished, or why.

    `refused` may name a row that was saved: it needs a look, because something that others saved then may be lost.
    `theirs` holds the judge's labels that stayed as they were because they are people's, by data hash, of all rows.
    """

    finished: Mapping[str, str]
    refused: Mapping[str, RowRefused]
    theirs: Mapping[str, tuple[FoundLabel, ...]] = field(default_factory=dict)


def save_answers(
    project: Project,
    workflow: Workflow,
    answers: Mapping[str, Sequence[ClassificationAnswer]],
    cleared: Sequence[str],
    row_by_row: RowByRow,
    *,
    ontology: Ontology,
    is_persons: IsPersons,
) -> UnsavedRows:
    """Reads the current rows, replaces answered and `cleared` classifications (by feature hash), saves; seven requests.

    What people have answered and drawn otherwise stays, also if they do so during the save, and so does what is a person's
    by `is_persons`: an answer of ours that they have corrected or replaced. Rows that a person has finished are skipped.
    """
    theirs: dict[str, tuple[FoundLabel, ...]] = {}
    listed = {label_row.data_hash: label_row for label_row in list_editable_rows(project, list(answers))}
    rows = [to_row(label_row, workflow) for label_row in listed.values()]
    finished = {row.data_hash: row.stage for row in rows if row.kind.is_finished}
    gone = {
        data_hash: RowRefused("its row is no longer in the project; was the image unlinked or deleted?")
        for data_hash in answers
        if data_hash not in listed
    }

    def change(label_row: LabelRowV2) -> bool:
        replaced = {*cleared, *(answer.feature_hash for answer in answers[label_row.data_hash])}
        replaceable = [each for each in ontology.classifications if each.feature_hash in replaced]
        found = judge_labels_of(label_row.to_encord_dict(), replaceable)
        persons = tuple(label for label in found if is_persons(label_row.data_hash, label))
        theirs[label_row.data_hash] = persons
        replaced -= {label.answer.feature_hash for label in persons}
        _remove(label_row, replaced)
        for answer in (each for each in answers[label_row.data_hash] if each.feature_hash in replaced):
            put_answer(label_row, _instance(label_row, answer), manual_annotation=False)
        return True

    def save(data_hashes: Sequence[str]) -> dict[str, RowRefused | None]:
        overwritten = save_label_rows(project, [listed[data_hash] for data_hash in data_hashes], change)
        return {each: RowRefused(overwritten[each]) if each in overwritten else None for each in data_hashes}

    to_save = {data_hash: row for data_hash, row in listed.items() if data_hash not in finished}
    new = {data_hash: row for data_hash, row in to_save.items() if row.label_hash is None}
    uncreated = initialise_labels(project, new, row_by_row)
    unsaved = row_by_row.each("saving judgements", [each for each in to_save if each not in uncreated], save).refused
    return UnsavedRows(
        finished,
        {**gone, **uncreated, **unsaved},
        {data_hash: labels for data_hash, labels in theirs.items() if labels},
    )


def initialise_labels(
    project: Project, label_rows: Mapping[str, LabelRowV2], row_by_row: RowByRow
) -> Mapping[str, RowRefused]:
    """Reads the labels of rows, by data hash, and creates the sets that are missing; returns why rows cannot be read."""

    def initialise(data_hashes: Sequence[str]) -> dict[str, None]:
        with project.create_bundle() as bundle:
            for data_hash in data_hashes:
                label_rows[data_hash].initialise_labels(bundle=bundle, overwrite=True)
            before_write()
        return dict.fromkeys(data_hashes)

    return row_by_row.each("reading labels", list(label_rows), initialise).refused


def _remove(label_row: LabelRowV2, feature_hashes: set[str]) -> None:
    for instance in list(answers_on(label_row)):
        if instance.feature_hash in feature_hashes:
            remove_answer(label_row, instance)


def _instance(label_row: LabelRowV2, answer: ClassificationAnswer) -> ClassificationInstance:
    classification = label_row.ontology_structure.get_child_by_hash(answer.feature_hash, type_=Classification)
    instance = ClassificationInstance(classification, classification_hash=answer.label_hash or None)
    for attribute_answer in answer.answers:
        _set_answer(instance, classification, attribute_answer)
    for static_answer in instance.get_all_static_answers():
        static_answer.is_manual_annotation = False
    return instance


def _set_answer(instance: ClassificationInstance, classification: Classification, answer: AttributeAnswer) -> None:
    attribute = classification.get_child_by_hash(answer.feature_hash, type_=Attribute)
    options = {option.feature_node_hash: option for option in getattr(attribute, "options", ())}
    match answer.value:
        case ChosenOption(feature_hash=chosen):
            instance.set_answer(options[chosen], attribute)
        case str() | float() | int() as plain:
            instance.set_answer(plain, attribute)
        case chosen_options:
            instance.set_answer([options[option.feature_hash] for option in chosen_options], attribute)
