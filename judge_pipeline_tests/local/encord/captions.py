"""Uploads caption texts for tests."""

from pathlib import Path
from uuid import UUID

from encord.http.utils import CloudUploadSettings
from encord.orm.storage import DataUploadItems, UploadLongPollingState
from encord.storage import StorageFolder

from judge_pipeline_tests.seed_project import SeedProject

IMPATIENT_UPLOADS = CloudUploadSettings(backoff_factor=0.01)
"""The SDK's upload retries, without the waits between them; the client's own settings do not apply to uploads."""


def upload_texts(folder: StorageFolder, tmp_path: Path, texts: dict[str, str]) -> list[UUID]:
    """Upload texts by title; returns the items' uuids in order."""
    uuids = []
    for title, text in texts.items():
        path = tmp_path / title
        path.write_text(text)
        metadata = {"Data Type": "Text_8B"}
        uuids.append(
            folder.upload_text(path, title=title, client_metadata=metadata, cloud_upload_settings=IMPATIENT_UPLOADS)
        )
    return uuids


def store(folder: StorageFolder, files: DataUploadItems) -> UploadLongPollingState:
    """Run an upload job for files already put to signed URLs, as the SDK's own uploads do: without integration."""
    job = folder.add_private_data_to_folder_start(None, files)  # type: ignore[arg-type]
    return folder.add_private_data_to_folder_get_result(job)


def add_texts(seed: SeedProject, tmp_path: Path, count: int) -> list[str]:
    """Upload and link some texts; returns their data hashes in order."""
    client = seed.client()
    texts = {f"text-{number:03d}.txt": f"caption {number}" for number in range(count)}
    items = upload_texts(client.get_storage_folder(seed.folder_uuid), tmp_path, texts)
    dataset = client.get_dataset(seed.dataset_hash, include_data_rows=False)
    return [row.uid for row in dataset.link_items(items)]
