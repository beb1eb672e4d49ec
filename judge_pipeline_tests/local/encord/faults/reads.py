"""Calls that change nothing, and that the SDK repeats."""

from collections.abc import Callable
from uuid import uuid4

from encord.orm.storage import StorageItemType

from judge_pipeline_tests.local.encord.faults.desk import Desk
from judge_pipeline_tests.local.encord.faults.sdk_call import FOLDER, STAGE, Attempt, SdkCall


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
