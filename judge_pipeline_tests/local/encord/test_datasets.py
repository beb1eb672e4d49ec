"""Datasets: what linking returns, what unlinking removes, what can be listed."""

from pathlib import Path

import pytest
import requests
from encord.constants.enums import DataType
from encord.exceptions import AuthorisationError, InvalidArgumentsError
from encord.orm.dataset import DataLinkDuplicatesBehavior, DatasetAccessSettings, StorageLocation
from encord.utilities.project_user import ProjectUserRole

from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.seed_project import SeedProject
from judge_pipeline_tests.servers import LocalEncord


def test_skip_returns_only_the_new_rows(seed: SeedProject, photographs: list[Path]) -> None:
    items = seed.add_images(photographs[:2])
    dataset = seed.client().get_dataset(seed.dataset_hash)
    assert dataset.link_items(items) == []
    new = seed.client().get_storage_folder(seed.folder_uuid).upload_image(photographs[2])
    linked = dataset.link_items([items[0], new, new], DataLinkDuplicatesBehavior.SKIP)
    assert [row.backing_item_uuid for row in linked] == [new]
    assert len(seed.project().list_label_rows_v2()) == 3


def test_duplicate_adds_rows_and_tasks_every_time(seed: SeedProject, photographs: list[Path]) -> None:
    items = seed.add_images(photographs[:1])
    dataset = seed.client().get_dataset(seed.dataset_hash)
    linked = dataset.link_items(items, DataLinkDuplicatesBehavior.DUPLICATE)
    assert [row.backing_item_uuid for row in linked] == items
    rows = seed.project().list_label_rows_v2()
    assert [row.backing_item_uuid for row in rows] == items * 2
    assert len({row.task_uuid for row in rows}) == 2


def test_unlinking_deletes_tasks_and_labels_but_keeps_the_item(seed: SeedProject, photographs: list[Path]) -> None:
    item = seed.add_images(photographs[:1])[0]
    project = seed.project()
    row = project.list_label_rows_v2()[0]
    row.initialise_labels()
    dataset = seed.client().get_dataset(seed.dataset_hash)
    dataset.delete_data(row.data_hash)
    assert project.list_label_rows_v2() == []
    assert seed.client().get_storage_item(item).uuid == item
    dataset.link_items([item])
    again = project.list_label_rows_v2()[0]
    assert again.label_hash is None
    assert again.data_hash != row.data_hash


def test_unlinking_can_delete_the_item_as_encords_documentation_says(
    seed: SeedProject, photographs: list[Path]
) -> None:
    seed.server.control("POST", "config", json={"delete_data_deletes_files": True})
    kept, deleted = seed.add_images(photographs[:2])
    dataset = seed.client().get_dataset(seed.dataset_hash)
    twin = dataset.link_items([kept], DataLinkDuplicatesBehavior.DUPLICATE)[0]
    hashes = [row.data_hash for row in seed.project().list_label_rows_v2() if row.data_hash != twin.uid]
    dataset.delete_data(hashes)
    assert seed.client().get_storage_item(kept).uuid == kept
    with pytest.raises(AuthorisationError):
        seed.client().get_storage_item(deleted)


def test_deleting_an_item_deletes_its_rows(seed: SeedProject, photographs: list[Path]) -> None:
    items = seed.add_images(photographs[:2])
    seed.client().get_storage_folder(seed.folder_uuid).delete_storage_items([items[0]])
    assert [row.backing_item_uuid for row in seed.project().list_label_rows_v2()] == items[1:]


def test_rows_are_listed_with_the_requested_fields(seed: SeedProject, photographs: list[Path], tmp_path: Path) -> None:
    seed.add_images(photographs[:1])
    text = add_texts(seed, tmp_path, 1)[0]
    client = seed.client()
    bare = client.get_dataset(seed.dataset_hash, include_data_rows=False)
    assert [row.title for row in bare.list_data_rows(title_like="text%")] == ["text-000.txt"]
    assert [row.uid for row in bare.list_data_rows(data_types=[DataType.PLAIN_TEXT])] == [text]
    assert [row.uid for row in bare.list_data_rows(data_hashes=[text])] == [text]
    with_metadata = client.get_dataset(seed.dataset_hash, DatasetAccessSettings(fetch_client_metadata=True))
    image, caption = with_metadata.data_rows
    assert (image.data_type, image.width, image.file_type) == (DataType.IMAGE, 494, "image/jpeg")
    assert caption.data_type == DataType.PLAIN_TEXT
    assert dict(caption.client_metadata or {}) == {"Data Type": "Text_8B"}


def test_an_upload_into_a_dataset_creates_item_and_row(seed: SeedProject, photographs: list[Path]) -> None:
    dataset = seed.client().get_dataset(seed.dataset_hash)
    with pytest.raises(InvalidArgumentsError, match="required for an ordinary dataset"):
        dataset.upload_image(photographs[0])
    dataset.upload_image(photographs[0], title="alone", folder=seed.folder_uuid)
    row = seed.project().list_label_rows_v2()[0]
    assert (row.data_title, row.data_type) == ("alone", DataType.IMAGE)
    mirror = seed.client().create_dataset("Mirror", StorageLocation.CORD_STORAGE, create_backing_folder=True)
    mirrored = seed.client().get_dataset(mirror.dataset_hash)
    with pytest.raises(InvalidArgumentsError, match="not allowed for a mirror dataset"):
        mirrored.upload_image(photographs[0], folder=seed.folder_uuid)
    mirrored.upload_image(photographs[0])
    assert len(mirrored.list_data_rows()) == 1


def test_datasets_are_found_by_title_and_time(seed: SeedProject) -> None:
    client = seed.client()
    client.create_dataset("Other", StorageLocation.CORD_STORAGE, "described", create_backing_folder=False)

    def titles(**wanted: str) -> list[str]:
        return [found["dataset"].title for found in client.get_datasets(**wanted)]  # type: ignore[arg-type]

    assert titles() == ["Photographs", "Other"]
    assert titles(title_eq="Other") == ["Other"]
    assert titles(title_like="Photo%") == ["Photographs"]
    assert titles(desc_eq="described") == ["Other"]
    assert titles(created_after="2100-01-01") == []
    assert len(titles(edited_before="2100-01-01")) == 2


def test_a_dataset_with_a_given_uuid_is_created_once(own_server: LocalEncord) -> None:
    uuid = "0da7a5e7-0000-4000-8000-000000000001"
    for title in ("First", "Renamed"):
        made = own_server.control("POST", "datasets", json={"uuid": uuid, "title": title}).json()
        assert made == {"uuid": uuid, "backing_folder_uuid": None}
    assert own_server.client().get_dataset(uuid).title == "Renamed"


def test_a_dataset_can_be_detached_from_a_project(seed: SeedProject, photographs: list[Path]) -> None:
    seed.add_images(photographs[:1])
    project = seed.project()
    project.remove_datasets([seed.dataset_hash])
    assert project.list_label_rows_v2() == []
    project.add_datasets([seed.dataset_hash])
    assert len(project.list_label_rows_v2()) == 1


def test_a_project_is_shared_with_its_images(seed: SeedProject, photographs: list[Path]) -> None:
    """A reviewer with their own key must see images without owning the folder."""
    item = seed.add_images(photographs[:1])[0]
    reviewer = seed.server.another_user("reviewer@example.com")
    seed.project().add_users(["reviewer@example.com"], ProjectUserRole.REVIEWER)
    client = reviewer.client()
    project = client.get_project(seed.project_hash)
    assert [str(row.backing_item_uuid) for row in project.list_label_rows_v2()] == [str(item)]
    assert client.get_storage_item(item, sign_url=True).get_signed_url()
    assert len(project.ontology_structure.classifications) == 4
    with pytest.raises(AuthorisationError):
        project.add_users(["reviewer@example.com"], ProjectUserRole.ADMIN)
    seed.project().remove_users(["reviewer@example.com"])
    with pytest.raises(AuthorisationError):
        client.get_project(seed.project_hash)


def test_a_row_is_changed_through_the_sdks_older_class(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 1)
    row = seed.client().get_dataset(seed.dataset_hash).data_rows[0]
    row.title = "renamed.txt"
    row.client_metadata = {"Tag": "t"}
    row.save()
    read = seed.client().get_dataset(seed.dataset_hash).data_rows[0]
    read.refetch_data(signed_url=True, client_metadata=True)
    assert (read.title, dict(read.client_metadata or {})) == ("renamed.txt", {"Tag": "t"})
    assert requests.get(str(read.signed_url), timeout=10).text == "caption 0"
    item = seed.client().get_storage_item(read.backing_item_uuid)
    assert (item.name, item.client_metadata) == ("text-000.txt", {"Tag": "t"})
