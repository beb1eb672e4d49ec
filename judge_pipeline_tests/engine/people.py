"""What people do in Encord's label editor and task queues, through the SDK."""

from collections.abc import Mapping
from uuid import uuid4

from encord.objects import Classification, ClassificationInstance
from encord.objects.attributes import RadioAttribute
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.utilities.project_user import ProjectUserRole
from encord.workflow import AgentStage, AnnotationStage, ReviewStage, Workflow

from judge_pipeline.encord_project.image_answers import answers_on, put_answer, remove_answer
from judge_pipeline_tests.engine.encord_state import image_row
from judge_pipeline_tests.engine.trial import Trial


def open_row(trial: Trial, colour: str) -> LabelRowV2:
    """The label row of an image, as the editor opens it."""
    row = image_row(trial.seed, colour)
    row.initialise_labels(overwrite=True)
    return row


def choose(trial: Trial, colour: str, option: str) -> None:
    """Sets Final Choice, replacing an earlier one, and saves."""
    row = open_row(trial, colour)
    _clear_choice(row)
    classification = row.ontology_structure.get_child_by_title("Final Choice", type_=Classification)
    radio = classification.attributes[0]
    assert isinstance(radio, RadioAttribute)
    instance = classification.create_instance()
    instance.set_answer({each.label: each for each in radio.options}[option])
    put_answer(row, instance)
    row.save()


def clear_choice(trial: Trial, colour: str) -> None:
    """Removes Final Choice and saves."""
    row = open_row(trial, colour)
    _clear_choice(row)
    row.save()


def _clear_choice(row: LabelRowV2) -> None:
    for instance in list(answers_on(row)):
        if instance.classification_name == "Final Choice":
            remove_answer(row, instance)


def move(trial: Trial, colour: str, stage: str, pathway: str) -> None:
    """Moves an image out of an agent stage by hand."""
    _move(trial.seed.project().workflow, colour, stage, pathway)


def _move(workflow: Workflow, colour: str, stage: str, pathway: str) -> None:
    (task,) = workflow.get_stage(name=stage, type_=AgentStage).get_tasks(data_title=f"{colour}.png")
    task.proceed(pathway_name=pathway)


def move_to_human_review(trial: Trial, colour: str) -> None:
    """Moves an image past all agent stages."""
    workflow = trial.seed.project().workflow
    for stage, pathway in (("LLM1", "First caption"), ("LLM2", "Second caption"), ("LLM as Judge", "LLM Ruling")):
        _move(workflow, colour, stage, pathway)


def approve(trial: Trial, colour: str) -> None:
    """Moves an image from Human Review to Complete."""
    review = trial.seed.project().workflow.get_stage(name="Human Review", type_=ReviewStage)
    (task,) = review.get_tasks(data_title=f"{colour}.png")
    task.approve()


def reject(trial: Trial, colour: str) -> None:
    """Moves an image from Human Review to Archive."""
    review = trial.seed.project().workflow.get_stage(name="Human Review", type_=ReviewStage)
    (task,) = review.get_tasks(data_title=f"{colour}.png")
    task.reject()


def complete(trial: Trial, colour: str) -> None:
    """Moves an image to Complete without the pipeline."""
    move_to_human_review(trial, colour)
    approve(trial, colour)


def send(trial: Trial, name: str, stage: str) -> None:
    """Moves the task of a picture or text, by its title's beginning, to any stage by hand."""
    workflow = trial.seed.project().workflow
    destination = workflow.get_stage(name=stage).uuid
    moved = 0
    for each in workflow.stages:
        for task in each.get_tasks():
            if task.data_title.startswith(name):
                task.move(destination_stage_uuid=destination)
                moved += 1
    assert moved == 1, f"{moved} tasks begin with {name!r}"


def submit(trial: Trial, stage: str, *colours: str) -> None:
    """Submits these pictures, or all rows, from an annotation stage."""
    annotation = trial.seed.project().workflow.get_stage(name=stage, type_=AnnotationStage)
    for task in list(annotation.get_tasks()):
        if not colours or task.data_title.partition(".")[0] in colours:
            task.submit()


def text_title(trial: Trial, colour: str, data_type: str) -> str:
    """The title of a picture's text item."""
    return f"{trial.tags[colour]}-{data_type}.txt"


def correct(
    trial: Trial, colour: str, classification: str, attribute: str, option: str, *, as_pipeline: bool = False
) -> None:
    """Gives another answer to one attribute of a label, and saves, as another user than the pipeline unless `as_pipeline`."""
    row = open_row(trial, colour) if as_pipeline else _open_row_as_another_user(trial, colour)
    (instance,) = [each for each in answers_on(row) if each.classification_name == classification]
    _answer(instance, row, classification, attribute, option)
    row.save()


def replace_label(trial: Trial, colour: str, classification: str, answers: Mapping[str, str]) -> None:
    """Deletes a label and adds one of the person's own with these options by attribute, as the same user as the pipeline."""
    row = open_row(trial, colour)
    (old,) = [each for each in answers_on(row) if each.classification_name == classification]
    remove_answer(row, old)
    instance = row.ontology_structure.get_child_by_title(classification, type_=Classification).create_instance()
    for attribute, option in answers.items():
        _answer(instance, row, classification, attribute, option)
    put_answer(row, instance)
    row.save()


def _open_row_as_another_user(trial: Trial, colour: str) -> LabelRowV2:
    user = trial.seed.server.another_user(f"{uuid4()}@example.com")
    trial.seed.project().add_users([user.email], ProjectUserRole.ANNOTATOR)
    (row,) = user.client().get_project(trial.seed.project_hash).list_label_rows_v2(data_title_eq=f"{colour}.png")
    row.initialise_labels()
    return row


def _answer(
    instance: ClassificationInstance, row: LabelRowV2, classification: str, attribute: str, option: str
) -> None:
    found = row.ontology_structure.get_child_by_title(classification, type_=Classification)
    radio = found.get_child_by_title(attribute, type_=RadioAttribute)
    instance.set_answer({each.label: each for each in radio.options}[option], radio, overwrite=True)
