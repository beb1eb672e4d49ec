"""Writes that the SDK sends once, whatever happens to the response."""

from uuid import uuid4

import requests
from encord.http.bundle import Bundle
from encord.objects import OntologyStructure
from encord.orm.dataset import DataLinkDuplicatesBehavior, StorageLocation
from encord.orm.storage import DataUploadItems, DataUploadText, StorageItemType
from encord.utilities.project_user import ProjectUserRole

from judge_pipeline_tests.local.encord.faults.sandbox import Sandbox
from judge_pipeline_tests.local.encord.faults.sdk_call import FOLDER, Attempt, SdkCall


def create_folder(sandbox: Sandbox) -> Attempt:
    name = str(uuid4())
    return Attempt(
        lambda: sandbox.client.create_storage_folder(name),
        lambda: len(list(sandbox.client.list_storage_folders(search=name))),
    )


def create_dataset(sandbox: Sandbox) -> Attempt:
    title = str(uuid4())
    return Attempt(
        lambda: sandbox.client.create_dataset(title, StorageLocation.CORD_STORAGE, create_backing_folder=False),
        lambda: len(sandbox.client.get_datasets(title_eq=title)),
    )


def create_ontology(sandbox: Sandbox) -> Attempt:
    title = str(uuid4())
    return Attempt(
        lambda: sandbox.client.create_ontology(title, structure=OntologyStructure()),
        lambda: len(sandbox.client.get_ontologies(title_eq=title)),
    )


def create_project(sandbox: Sandbox) -> Attempt:
    title, ontology = str(uuid4()), sandbox.seed.ontology_hash
    return Attempt(
        lambda: sandbox.client.create_project(title, [sandbox.seed.dataset_hash], ontology_hash=ontology),
        lambda: len(list(sandbox.client.list_projects(title_eq=title))),
    )


def register_uploads(sandbox: Sandbox) -> Attempt:
    folder = sandbox.new_folder()
    slot = folder._get_upload_signed_urls(StorageItemType.PLAIN_TEXT, 1)[0]
    requests.put(slot.signed_url, data=b"a caption", timeout=10).raise_for_status()
    text = DataUploadText(object_url=slot.object_key, placeholder_item_uuid=slot.item_uuid, title="a.txt")
    uploads = DataUploadItems(text=[text])
    return Attempt(
        lambda: folder.add_private_data_to_folder_start(None, uploads),  # type: ignore[arg-type]
        lambda: len(list(folder.list_items())),
    )


def patch_item(sandbox: Sandbox) -> Attempt:
    item = sandbox.new_item()
    return Attempt(
        lambda: item.update(client_metadata={"Tag": "x"}),
        lambda: int(sandbox.client.get_storage_item(item.uuid).client_metadata == {"Tag": "x"}),
    )


def patch_items(sandbox: Sandbox) -> Attempt:
    item = sandbox.new_item()

    def update() -> None:
        with Bundle() as bundle:
            item.update(client_metadata={"Tag": "x"}, bundle=bundle)

    return Attempt(update, lambda: int(sandbox.client.get_storage_item(item.uuid).client_metadata == {"Tag": "x"}))


def patch_folder(sandbox: Sandbox) -> Attempt:
    folder = sandbox.new_folder()
    return Attempt(
        lambda: folder.update(description="changed"),
        lambda: int(sandbox.client.get_storage_folder(folder.uuid).description == "changed"),
    )


def delete_folder(sandbox: Sandbox) -> Attempt:
    folder = sandbox.new_folder()
    return Attempt(folder.delete, lambda: 1 - len(list(sandbox.client.list_storage_folders(search=folder.name))))


def link_items(sandbox: Sandbox) -> Attempt:
    item, dataset = sandbox.new_item(), sandbox.dataset
    return Attempt(
        lambda: dataset.link_items([item.uuid], DataLinkDuplicatesBehavior.SKIP),
        lambda: sum(len(found.data_hashes) for found in item.get_summary().accessible_datasets),
    )


def unlink_rows(sandbox: Sandbox) -> Attempt:
    data_hash, dataset = sandbox.new_row().data_hash, sandbox.dataset
    return Attempt(
        lambda: dataset.delete_data([data_hash]),
        lambda: 1 - len(sandbox.project.list_label_rows_v2(data_hashes=[data_hash])),
    )


def initialise_labels(sandbox: Sandbox) -> Attempt:
    row = sandbox.new_row()
    return Attempt(
        row.initialise_labels,
        lambda: int(sandbox.project.list_label_rows_v2(data_hashes=[row.data_hash])[0].label_hash is not None),
    )


def complete_row(sandbox: Sandbox) -> Attempt:
    row = sandbox.new_row()
    row.initialise_labels()

    def is_complete() -> int:
        node = sandbox.project.list_label_rows_v2(data_hashes=[row.data_hash])[0].workflow_graph_node
        return int(node is not None and node.title == "Complete")

    return Attempt(row.workflow_complete, is_complete)


def attach_dataset(sandbox: Sandbox) -> Attempt:
    new = sandbox.client.create_dataset(str(uuid4()), StorageLocation.CORD_STORAGE, create_backing_folder=False)
    project = sandbox.project
    return Attempt(lambda: project.add_datasets([new.dataset_hash]), lambda: attached(sandbox, new.dataset_hash))


def detach_dataset(sandbox: Sandbox) -> Attempt:
    new = sandbox.client.create_dataset(str(uuid4()), StorageLocation.CORD_STORAGE, create_backing_folder=False)
    project = sandbox.project
    project.add_datasets([new.dataset_hash])
    return Attempt(lambda: project.remove_datasets([new.dataset_hash]), lambda: 1 - attached(sandbox, new.dataset_hash))


def attached(sandbox: Sandbox, dataset_hash: str) -> int:
    return sum(str(found.dataset_hash) == dataset_hash for found in sandbox.project.list_datasets())


def add_user(sandbox: Sandbox) -> Attempt:
    project = sandbox.project
    project.remove_users(["colleague@example.com"])
    return Attempt(
        lambda: project.add_users(["colleague@example.com"], ProjectUserRole.ANNOTATOR),
        lambda: sum(user.user_email == "colleague@example.com" for user in sandbox.project.list_users()),
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
