"""Calls without effect, which the SDK retries."""

from collections.abc import Callable
from uuid import uuid4

from encord.orm.storage import StorageItemType

from judge_pipeline_tests.local.encord.faults.sandbox import Sandbox
from judge_pipeline_tests.local.encord.faults.sdk_call import FOLDER, STAGE, Attempt, SdkCall


def read(name: str, operation: str, prepare: Callable[[Sandbox], Callable[[], object]]) -> SdkCall:
    return SdkCall(name, operation, lambda sandbox: Attempt(prepare(sandbox)), is_retried=True, is_read=True)


def read_labels(sandbox: Sandbox) -> Callable[[], object]:
    row = sandbox.new_row()
    row.initialise_labels()
    return lambda: row.initialise_labels(overwrite=True)


def read_classifications(sandbox: Sandbox) -> Callable[[], object]:
    row, project = sandbox.new_row(), sandbox.project
    row.initialise_labels()
    label_hash = str(row.label_hash)
    return lambda: list(project.get_label_classifications([label_hash]))


def list_tasks(sandbox: Sandbox) -> Callable[[], object]:
    stage = sandbox.project.workflow.get_stage(name="LLM1")
    return lambda: list(stage.get_tasks())


def list_rows(sandbox: Sandbox) -> Callable[[], object]:
    project = sandbox.project
    return lambda: project.list_label_rows_v2(data_hashes=[str(uuid4())])


def reserve_uploads(sandbox: Sandbox) -> Callable[[], object]:
    folder = sandbox.new_folder()
    return lambda: folder._get_upload_signed_urls(StorageItemType.PLAIN_TEXT, 2)


READS = (
    read("get_project", "GET projects/{project}", lambda sandbox: lambda: sandbox.project),
    read("get_tasks", f"GET {STAGE}/tasks", list_tasks),
    read(
        "get_storage_items",
        "POST storage/items/get-bulk",
        lambda sandbox: lambda: sandbox.client.get_storage_items([sandbox.text]),
    ),
    read("get_label_classifications", "POST projects/{project}/label-rows/classifications", read_classifications),
    read("upload-signed-urls", f"POST {FOLDER}/upload-signed-urls", reserve_uploads),
    read("list_label_rows_v2", "v1 GET labelrowmetadata", list_rows),
    read("initialise_labels of a row that has some", "v1 GET labelrow", read_labels),
)
"""Includes `upload-signed-urls`: the URLs it returns are visible to no one else."""
