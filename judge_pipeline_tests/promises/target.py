"""The Encord under test: a project to work in, and a temporary folder that leaves nothing behind."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from encord import EncordUserClient, Project
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.storage import StorageFolder
from PIL import Image

from judge_pipeline.encord_project.connection import Connection
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.texts import NewText

FOLDER_NAME = "judge-pipeline promises"

SETTLING_SECONDS = 30
"""As long as the pipeline itself waits for a change to show up."""

T = TypeVar("T")


@dataclass(frozen=True)
class EncordTarget:
    """A project of some Encord, and a storage folder in it that belongs to one test."""

    connection: Connection
    project_hash: str
    dataset_hash: str
    folder_uuid: UUID
    files: Path

    def sdk(self) -> EncordUserClient:
        """The official SDK's client, as the pipeline creates it."""
        return self.connection.client()

    def project(self) -> Project:
        """The project, freshly read through the SDK."""
        return self.sdk().get_project(self.project_hash)

    def pipeline(self) -> EncordProject:
        """The project as the pipeline opens it."""
        return EncordProject.open(self.connection, self.project_hash)

    def folder(self) -> StorageFolder:
        """The test's own folder."""
        return self.sdk().get_storage_folder(self.folder_uuid)

    def images(self, count: int, *, metadata: dict[str, object] | None = None) -> list[str]:
        """Uploads small images; returns the items' uuids in order."""
        folder = self.folder()
        uuids = []
        for number in range(count):
            path = self.files / f"{uuid4()}.png"
            Image.new("RGB", (64, 48), (40 * number, 90, 200)).save(path)
            uuids.append(str(folder.upload_image(path, title=path.name, client_metadata=metadata)))
        return uuids

    def texts(self, *texts: NewText) -> list[str]:
        """Uploads texts in one batch; returns the items' uuids in order."""
        pipeline = self.pipeline()
        reservations = pipeline.reserve_text_uploads(self.folder_uuid, len(texts))
        uploads = list(zip(reservations, texts, strict=True))
        assert pipeline.put_texts(uploads) == {}
        created = pipeline.register_texts(self.folder_uuid, uploads)
        assert created.done.keys() == {reservation.item_uuid for reservation in reservations}
        return [reservation.item_uuid for reservation in reservations]

    def linked_images(self, count: int) -> list[str]:
        """Uploads and links small images; returns their data hashes in order."""
        items = self.images(count)
        data_hash_of = self.pipeline().link_items(self.dataset_hash, items).done
        return [data_hash_of[item] for item in items]

    def rows(self, data_hashes: Sequence[str]) -> list[LabelRowV2]:
        """Label rows through the SDK, in the order of `data_hashes`."""
        found = self.project().list_label_rows_v2(data_hashes=list(data_hashes), include_client_metadata=True)
        return sorted(found, key=lambda row: data_hashes.index(row.data_hash))

    def rows_of_items(self, items: Sequence[str]) -> list[LabelRowV2]:
        """All label rows of some items."""
        return [row for row in self.project().list_label_rows_v2() if str(row.backing_item_uuid) in items]

    def stages(self, data_hashes: Sequence[str]) -> list[str]:
        """The stage titles of some rows."""
        return [row.workflow_graph_node.title for row in self.rows(data_hashes) if row.workflow_graph_node]


def soon(read: Callable[[], T], expected: object) -> T:
    """Reads until the expected value appears, for as long as the pipeline would wait; returns the last value."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


@contextmanager
def opened_target(connection: Connection, project_hash: str, files: Path) -> Iterator[EncordTarget]:
    """A project with a temporary folder; rows, items and folder are removed at the end, even after a failure."""
    client = connection.client()
    project = client.get_project(project_hash)
    datasets = [client.get_dataset(found.dataset_hash, include_data_rows=False) for found in project.list_datasets()]
    linkable = [dataset.dataset_hash for dataset in datasets if dataset.backing_folder_uuid is None]
    assert linkable, f"project {project.title!r} has no dataset to link to; attach one that is not a mirror"
    with ExitStack() as leaving:
        folder = client.create_storage_folder(f"{FOLDER_NAME} {uuid4()}")
        leaving.callback(folder.delete)
        leaving.callback(_delete_items, folder)
        leaving.callback(_unlink_items, client, folder)
        yield EncordTarget(connection, project_hash, linkable[0], folder.uuid, files)


def _unlink_items(client: EncordUserClient, folder: StorageFolder) -> None:
    for item in folder.list_items():
        for dataset in item.get_summary().accessible_datasets:
            client.get_dataset(dataset.dataset_hash, include_data_rows=False).delete_data(
                [str(data_hash) for data_hash in dataset.data_hashes]
            )


def _delete_items(folder: StorageFolder) -> None:
    items = [item.uuid for item in folder.list_items()]
    if items:
        folder.delete_storage_items(items)
