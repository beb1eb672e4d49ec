"""Writes that the SDK retries: harmless the second time, or refused."""

from uuid import uuid4

from encord.exceptions import AuthorisationError, InvalidArgumentsError
from encord.objects import OntologyStructure
from encord.orm.project import ProjectStatus

from judge_pipeline_tests.local.encord.faults.sandbox import Sandbox
from judge_pipeline_tests.local.encord.faults.sdk_call import FOLDER, STAGE, Attempt, SdkCall


def proceed(sandbox: Sandbox) -> Attempt:
    task = sandbox.new_task()
    return Attempt(lambda: task.proceed("First caption"), lambda: len(sandbox.tasks(task.data_hash, "LLM2")))


def move_task(sandbox: Sandbox) -> Attempt:
    task = sandbox.new_task()
    there = sandbox.project.workflow.get_stage(name="LLM as Judge")
    return Attempt(
        lambda: task.move(destination_stage_uuid=there.uuid), lambda: len(sandbox.tasks(task.data_hash, there.title))
    )


def delete_items(sandbox: Sandbox) -> Attempt:
    item = sandbox.new_item()
    return Attempt(item.delete, lambda: 1 - len(list(item.parent_folder().list_items())))


def move_items(sandbox: Sandbox) -> Attempt:
    item, folder = sandbox.new_item(), sandbox.new_folder()
    return Attempt(lambda: item.move_to_folder(folder.uuid), lambda: len(list(folder.list_items())))


def move_folder(sandbox: Sandbox) -> Attempt:
    folder, parent = sandbox.new_folder(), sandbox.new_folder()
    return Attempt(lambda: folder.move_to_folder(parent.uuid), lambda: len(list(parent.list_subfolders())))


def set_priority(sandbox: Sandbox) -> Attempt:
    row = sandbox.new_row()
    hashes = [row.data_hash]
    return Attempt(
        lambda: row.set_priority(0.875),
        lambda: int(sandbox.project.list_label_rows_v2(data_hashes=hashes)[0].priority == 0.875),
    )


def set_status(sandbox: Sandbox) -> Attempt:
    project = sandbox.project
    project.set_status(ProjectStatus.IN_PROGRESS)
    return Attempt(
        lambda: project.set_status(ProjectStatus.IN_REVIEW),
        lambda: int(sandbox.project.status == ProjectStatus.IN_REVIEW),
    )


def save_ontology(sandbox: Sandbox) -> Attempt:
    ontology = sandbox.client.create_ontology(str(uuid4()), structure=OntologyStructure())
    ontology.description = "changed"
    return Attempt(
        ontology.save, lambda: int(sandbox.client.get_ontology(ontology.ontology_hash).description == "changed")
    )


def save_labels(sandbox: Sandbox) -> Attempt:
    row = sandbox.new_row()
    row.initialise_labels()
    choice = next(found for found in row.ontology_structure.classifications if found.title == "Final Choice")
    instance = choice.create_instance(range_only=True)
    instance.set_answer(choice.attributes[0].options[0])
    row.add_classification_instance(instance)

    def saved() -> int:
        read_again = sandbox.project.list_label_rows_v2(data_hashes=[row.data_hash])[0]
        read_again.initialise_labels()
        return len(read_again.get_classification_instances())

    return Attempt(row.save, saved)


RETRIED_WRITES = (
    SdkCall("proceed", f"POST {STAGE}/actions", proceed, is_retried=True, again=InvalidArgumentsError),
    SdkCall("move", f"POST {STAGE}/move-tasks", move_task, is_retried=True, again=InvalidArgumentsError),
    SdkCall("delete items", f"POST {FOLDER}/items/delete", delete_items, is_retried=True, again=AuthorisationError),
    SdkCall("move items", f"POST {FOLDER}/items/move", move_items, is_retried=True, again=InvalidArgumentsError),
    SdkCall("move folder", "POST storage/folders/move", move_folder, is_retried=True),
    SdkCall("set_priority", "POST projects/{project}/priorities", set_priority, is_retried=True),
    SdkCall("set_status", "PUT projects/{project}/status", set_status, is_retried=True),
    SdkCall("ontology.save", "PUT ontologies/{ontology}", save_ontology, is_retried=True),
    SdkCall("save", "v1 POST labelrow", save_labels, is_retried=True),
)
