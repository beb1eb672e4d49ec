"""Judgements as classification instances on label rows, next to people's labels."""

from collections.abc import Mapping, Sequence

from encord.objects import Classification, ClassificationInstance
from encord.objects.attributes import Attribute
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.project import Project

from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.workflow import Workflow
from judge_pipeline.encord_project.rows import list_label_rows, to_rows
from judge_pipeline.encord_project.write_guard import before_write


def save_answers(
    project: Project,
    workflow: Workflow,
    answers: Mapping[str, Sequence[ClassificationAnswer]],
    cleared: Sequence[str],
) -> dict[str, str]:
    """Reads the current rows, replaces answered and `cleared` classifications (by feature hash), saves; four requests.

    Answers that people have given to other classifications are saved back with the row. Rows that a person has finished
    are skipped: returns the stage title of each, by data hash.
    """
    listed = list_label_rows(project, list(answers))
    finished = {row.data_hash: row.stage for row in to_rows(listed, workflow) if row.kind.is_finished}
    label_rows = [label_row for label_row in listed if label_row.data_hash not in finished]
    with project.create_bundle() as bundle:
        for label_row in label_rows:
            label_row.initialise_labels(bundle=bundle)
        before_write()
    with project.create_bundle() as bundle:
        for label_row in label_rows:
            replaced = {*cleared, *(answer.feature_hash for answer in answers[label_row.data_hash])}
            _remove(label_row, replaced)
            for answer in answers[label_row.data_hash]:
                label_row.add_classification_instance(_instance(label_row, answer))
            label_row.save(bundle=bundle)
        before_write()
    return finished


def _remove(label_row: LabelRowV2, feature_hashes: set[str]) -> None:
    for instance in list(label_row.get_classification_instances()):
        if instance.feature_hash in feature_hashes:
            label_row.remove_classification(instance)


def _instance(label_row: LabelRowV2, answer: ClassificationAnswer) -> ClassificationInstance:
    classification = label_row.ontology_structure.get_child_by_hash(answer.feature_hash, type_=Classification)
    instance = classification.create_instance()
    instance.set_for_frames(0, manual_annotation=False)
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
