"""Mirror datasets: items join and leave them with their folder, including labels."""

from pathlib import Path
from uuid import UUID

import pytest
from encord.exceptions import InvalidArgumentsError
from encord.orm.dataset import StorageLocation

from judge_pipeline_tests.local.encord.captions import upload_texts
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import LocalEncord


@pytest.fixture
def mirror(server: LocalEncord) -> SeedProject:
    """A seed project on a mirror dataset."""
    return create_seed_project(server, is_mirror=True)


def linked(seed: SeedProject) -> list[UUID | None]:
    return [row.backing_item_uuid for row in seed.project().list_label_rows_v2()]


def test_items_leave_a_mirror_only_if_allowed(mirror: SeedProject, tmp_path: Path) -> None:
    """The SDK promises that moving a file does not lose labels unless the caller allows it."""
    client = mirror.client()
    folder, elsewhere = client.get_storage_folder(mirror.folder_uuid), client.create_storage_folder("Elsewhere")
    stays, goes = upload_texts(folder, tmp_path, {"a.txt": "a", "b.txt": "b"})
    with pytest.raises(InvalidArgumentsError, match="allow changes of mirror datasets"):
        folder.move_items_to_folder(elsewhere, [stays, goes])
    assert linked(mirror) == [stays, goes]
    client.get_storage_item(goes).move_to_folder(elsewhere, allow_mirror_dataset_changes=True)
    assert linked(mirror) == [stays]
    assert [item.uuid for item in elsewhere.list_items()] == [goes]


@pytest.mark.parametrize("is_linking", [True, False])
def test_items_moved_into_a_mirrors_folder_are_linked_like_uploads(
    mirror: SeedProject, tmp_path: Path, is_linking: bool
) -> None:
    mirror.server.control("POST", "config", json={"mirror_auto_link": is_linking})
    elsewhere = mirror.client().create_storage_folder("Elsewhere")
    (item,) = upload_texts(elsewhere, tmp_path, {"a.txt": "a"})
    elsewhere.move_items_to_folder(mirror.folder_uuid, [item])
    assert linked(mirror) == ([item] if is_linking else [])


def test_an_ordinary_dataset_keeps_items_that_are_moved(mirror: SeedProject, tmp_path: Path) -> None:
    """Its rows do not depend on the items' folders, even if a mirror dataset has them too."""
    client = mirror.client()
    made = client.create_dataset("Ordinary", StorageLocation.CORD_STORAGE, create_backing_folder=False)
    folder, elsewhere = client.get_storage_folder(mirror.folder_uuid), client.create_storage_folder("Elsewhere")
    (item,) = upload_texts(folder, tmp_path, {"a.txt": "a"})
    ordinary = client.get_dataset(made.dataset_hash)
    ordinary.link_items([item])
    folder.move_items_to_folder(elsewhere, [item], allow_mirror_dataset_changes=True)
    assert linked(mirror) == []
    assert [row.backing_item_uuid for row in ordinary.list_data_rows()] == [item]
