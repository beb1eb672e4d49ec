"""Every class of call that the pipeline and its neighbours make: whether the SDK repeats it, and what a repetition does."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import requests
from encord.exceptions import AuthorisationError, GenericServerError, InvalidArgumentsError, UnknownException
from encord.http.bundle import Bundle
from encord.objects import OntologyStructure
from encord.orm.dataset import DataLinkDuplicatesBehavior, StorageLocation
from encord.orm.project import ProjectStatus
from encord.orm.storage import DataUploadItems, DataUploadText, StorageItemType
from encord.utilities.project_user import ProjectUserRole

from judge_pipeline_tests.local_encord.faults.desk import Desk


@dataclass(frozen=True)
class Attempt:
    """One call, ready to be made, and how often its effect is there."""

    make: Callable[[], object]
    effects: Callable[[], int] = lambda: 1


@dataclass(frozen=True)
class SdkCall:
    """A call of the SDK. `again` is what a repetition after the effect raises, None when it is harmless."""

    name: str
    operation: str
    prepare: Callable[[Desk], Attempt]
    is_retried: bool
    is_read: bool = False
    again: type[Exception] | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def server_error(self) -> type[Exception]:
        """What the SDK makes of a status that it does not repeat, or has repeated often enough; each protocol has its own."""
        return GenericServerError if self.operation.startswith("v1 ") else UnknownException


def read(name: str, operation: str, prepare: Callable[[Desk], Callable[[], object]]) -> SdkCall:
    return SdkCall(name, operation, lambda desk: Attempt(prepare(desk)), is_retried=True, is_read=True)


def read_labels(desk: Desk) -> Callable[[], object]:
    row = desk.new_row()
    row.initialise_labels()
    return lambda: row.initialise_labels(overwrite=True)


def read_classifications(desk: Desk) -> Callable[[], object]:
    row, project = desk.new_row(), desk.project
    row.initialise_labels()
    label_hash = str(row.label_hash)
    return lambda: list(project.get_label_classifications([label_hash]))


def list_tasks(desk: Desk) -> Callable[[], object]:
    stage = desk.project.workflow.get_stage(name="LLM1")
    return lambda: list(stage.get_tasks())


def list_rows(desk: Desk) -> Callable[[], object]:
    project = desk.project
    return lambda: project.list_label_rows_v2(data_hashes=[str(uuid4())])


def reserve_uploads(desk: Desk) -> Callable[[], object]:
    folder = desk.new_folder()
    return lambda: folder._get_upload_signed_urls(StorageItemType.PLAIN_TEXT, 2)


def proceed(desk: Desk) -> Attempt:
    task = desk.new_task()
    return Attempt(lambda: task.proceed("First caption"), lambda: len(desk.tasks(task.data_hash, "LLM2")))


def move_task(desk: Desk) -> Attempt:
    task = desk.new_task()
    there = desk.project.workflow.get_stage(name="LLM as Judge")
    return Attempt(
        lambda: task.move(destination_stage_uuid=there.uuid), lambda: len(desk.tasks(task.data_hash, there.title))
    )


def delete_items(desk: Desk) -> Attempt:
    item = desk.new_item()
    return Attempt(item.delete, lambda: 1 - len(list(item.parent_folder().list_items())))


def move_items(desk: Desk) -> Attempt:
    item, folder = desk.new_item(), desk.new_folder()
    return Attempt(lambda: item.move_to_folder(folder.uuid), lambda: len(list(folder.list_items())))


def move_folder(desk: Desk) -> Attempt:
    folder, parent = desk.new_folder(), desk.new_folder()
    return Attempt(lambda: folder.move_to_folder(parent.uuid), lambda: len(list(parent.list_subfolders())))


def set_priority(desk: Desk) -> Attempt:
    row = desk.new_row()
    hashes = [row.data_hash]
    return Attempt(
        lambda: row.set_priority(0.875),
        lambda: int(desk.project.list_label_rows_v2(data_hashes=hashes)[0].priority == 0.875),
    )


def set_status(desk: Desk) -> Attempt:
    project = desk.project
    project.set_status(ProjectStatus.IN_PROGRESS)
    return Attempt(
        lambda: project.set_status(ProjectStatus.IN_REVIEW),
        lambda: int(desk.project.status == ProjectStatus.IN_REVIEW),
    )


def save_ontology(desk: Desk) -> Attempt:
    ontology = desk.client.create_ontology(str(uuid4()), structure=OntologyStructure())
    ontology.description = "changed"
    return Attempt(
        ontology.save, lambda: int(desk.client.get_ontology(ontology.ontology_hash).description == "changed")
    )


def save_labels(desk: Desk) -> Attempt:
    row = desk.new_row()
    row.initialise_labels()
    choice = next(found for found in row.ontology_structure.classifications if found.title == "Final Choice")
    instance = choice.create_instance(range_only=True)
    instance.set_answer(choice.attributes[0].options[0])
    row.add_classification_instance(instance)

    def saved() -> int:
        read_again = desk.project.list_label_rows_v2(data_hashes=[row.data_hash])[0]
        read_again.initialise_labels()
        return len(read_again.get_classification_instances())

    return Attempt(row.save, saved)


def create_folder(desk: Desk) -> Attempt:
    name = str(uuid4())
    return Attempt(
        lambda: desk.client.create_storage_folder(name),
        lambda: len(list(desk.client.list_storage_folders(search=name))),
    )


def create_dataset(desk: Desk) -> Attempt:
    title = str(uuid4())
    return Attempt(
        lambda: desk.client.create_dataset(title, StorageLocation.CORD_STORAGE, create_backing_folder=False),
        lambda: len(desk.client.get_datasets(title_eq=title)),
    )


def create_ontology(desk: Desk) -> Attempt:
    title = str(uuid4())
    return Attempt(
        lambda: desk.client.create_ontology(title, structure=OntologyStructure()),
        lambda: len(desk.client.get_ontologies(title_eq=title)),
    )


def create_project(desk: Desk) -> Attempt:
    title, ontology = str(uuid4()), desk.seed.ontology_hash
    return Attempt(
        lambda: desk.client.create_project(title, [desk.seed.dataset_hash], ontology_hash=ontology),
        lambda: len(list(desk.client.list_projects(title_eq=title))),
    )


def register_uploads(desk: Desk) -> Attempt:
    folder = desk.new_folder()
    slot = folder._get_upload_signed_urls(StorageItemType.PLAIN_TEXT, 1)[0]
    requests.put(slot.signed_url, data=b"a caption", timeout=10).raise_for_status()
    text = DataUploadText(object_url=slot.object_key, placeholder_item_uuid=slot.item_uuid, title="a.txt")
    uploads = DataUploadItems(text=[text])
    return Attempt(
        lambda: folder.add_private_data_to_folder_start(None, uploads),  # type: ignore[arg-type]
        lambda: len(list(folder.list_items())),
    )


def patch_item(desk: Desk) -> Attempt:
    item = desk.new_item()
    return Attempt(
        lambda: item.update(client_metadata={"Tag": "x"}),
        lambda: int(desk.client.get_storage_item(item.uuid).client_metadata == {"Tag": "x"}),
    )


def patch_items(desk: Desk) -> Attempt:
    item = desk.new_item()

    def update() -> None:
        with Bundle() as bundle:
            item.update(client_metadata={"Tag": "x"}, bundle=bundle)

    return Attempt(update, lambda: int(desk.client.get_storage_item(item.uuid).client_metadata == {"Tag": "x"}))


def patch_folder(desk: Desk) -> Attempt:
    folder = desk.new_folder()
    return Attempt(
        lambda: folder.update(description="changed"),
        lambda: int(desk.client.get_storage_folder(folder.uuid).description == "changed"),
    )


def delete_folder(desk: Desk) -> Attempt:
    folder = desk.new_folder()
    return Attempt(folder.delete, lambda: 1 - len(list(desk.client.list_storage_folders(search=folder.name))))


def link_items(desk: Desk) -> Attempt:
    item, dataset = desk.new_item(), desk.dataset
    return Attempt(
        lambda: dataset.link_items([item.uuid], DataLinkDuplicatesBehavior.SKIP),
        lambda: sum(len(found.data_hashes) for found in item.get_summary().accessible_datasets),
    )


def unlink_rows(desk: Desk) -> Attempt:
    data_hash, dataset = desk.new_row().data_hash, desk.dataset
    return Attempt(
        lambda: dataset.delete_data([data_hash]),
        lambda: 1 - len(desk.project.list_label_rows_v2(data_hashes=[data_hash])),
    )


def initialise_labels(desk: Desk) -> Attempt:
    row = desk.new_row()
    return Attempt(
        row.initialise_labels,
        lambda: int(desk.project.list_label_rows_v2(data_hashes=[row.data_hash])[0].label_hash is not None),
    )


def complete_row(desk: Desk) -> Attempt:
    row = desk.new_row()
    row.initialise_labels()

    def is_complete() -> int:
        node = desk.project.list_label_rows_v2(data_hashes=[row.data_hash])[0].workflow_graph_node
        return int(node is not None and node.title == "Complete")

    return Attempt(row.workflow_complete, is_complete)


def attach_dataset(desk: Desk) -> Attempt:
    new = desk.client.create_dataset(str(uuid4()), StorageLocation.CORD_STORAGE, create_backing_folder=False)
    project = desk.project
    return Attempt(lambda: project.add_datasets([new.dataset_hash]), lambda: attached(desk, new.dataset_hash))


def detach_dataset(desk: Desk) -> Attempt:
    new = desk.client.create_dataset(str(uuid4()), StorageLocation.CORD_STORAGE, create_backing_folder=False)
    project = desk.project
    project.add_datasets([new.dataset_hash])
    return Attempt(lambda: project.remove_datasets([new.dataset_hash]), lambda: 1 - attached(desk, new.dataset_hash))


def attached(desk: Desk, dataset_hash: str) -> int:
    return sum(str(found.dataset_hash) == dataset_hash for found in desk.project.list_datasets())


def add_user(desk: Desk) -> Attempt:
    project = desk.project
    project.remove_users(["colleague@example.com"])
    return Attempt(
        lambda: project.add_users(["colleague@example.com"], ProjectUserRole.ANNOTATOR),
        lambda: sum(user.user_email == "colleague@example.com" for user in desk.project.list_users()),
    )


FOLDER = "storage/folders/{folder}"
STAGE = "projects/{project}/workflow/stages/{stage}"

READS = (
    read("get_project", "GET projects/{project}", lambda desk: lambda: desk.project),
    read("get_tasks", f"GET {STAGE}/tasks", list_tasks),
    read(
        "get_storage_items",
        "POST storage/items/get-bulk",
        lambda desk: lambda: desk.client.get_storage_items([desk.text]),
    ),
    read("get_label_classifications", "POST projects/{project}/label-rows/classifications", read_classifications),
    read("upload-signed-urls", f"POST {FOLDER}/upload-signed-urls", reserve_uploads),
    read("list_label_rows_v2", "v1 GET labelrowmetadata", list_rows),
    read("initialise_labels of a row that has some", "v1 GET labelrow", read_labels),
)
"""`upload-signed-urls` is among them: what it hands out is not seen by anybody else."""

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

WRITES_SENT_ONCE = (
    SdkCall("create_storage_folder", "POST storage/folders", create_folder, is_retried=False),
    SdkCall("create_dataset", "POST datasets", create_dataset, is_retried=False),
    SdkCall("create_ontology", "POST ontologies", create_ontology, is_retried=False),
    SdkCall("upload job", f"POST {FOLDER}/data-upload-jobs", register_uploads, is_retried=False),
    SdkCall("item.update", f"PATCH {FOLDER}/items/{{item}}", patch_item, is_retried=False),
    SdkCall("item.update in a bundle", "PATCH storage/items/patch-bulk", patch_items, is_retried=False),
    SdkCall("folder.update", f"PATCH {FOLDER}", patch_folder, is_retried=False),
    SdkCall("folder.delete", f"DELETE {FOLDER}", delete_folder, is_retried=False),
    SdkCall("initialise_labels", "v1 PUT labelrow", initialise_labels, is_retried=False),
    SdkCall("link_items", "v1 POST datasetlinkitems", link_items, is_retried=False),
    SdkCall("delete_data", "v1 DELETE video", unlink_rows, is_retried=False),
    SdkCall("create_project", "v1 POST project", create_project, is_retried=False),
    SdkCall("add_datasets", "v1 POST projectdataset", attach_dataset, is_retried=False),
    SdkCall("remove_datasets", "v1 DELETE projectdataset", detach_dataset, is_retried=False),
    SdkCall("add_users", "v1 POST projectusers", add_user, is_retried=False),
    SdkCall("workflow_complete", "v1 POST labelworkflowgraphnode", complete_row, is_retried=False),
)

CALLS = READS + RETRIED_WRITES + WRITES_SENT_ONCE

ONE_OF_EACH_CLASS = tuple(
    call
    for call in CALLS
    if call.name in ("get_project", "list_label_rows_v2", "proceed", "save", "item.update", "link_items")
)
"""For what takes its time, or does not depend on more than the class."""
