"""The demo's project: created once, completed after an interruption, and consistent with its files."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from encord import EncordUserClient

from judge_pipeline.local.encord import create_app
from judge_pipeline.local.pair.errors import OtherPhotographs
from judge_pipeline.local.pair.keys import ensure_key, register_key
from judge_pipeline.local.pair.pair import LocalPair
from judge_pipeline.local.pair.photographs import photographs
from judge_pipeline.local.pair.sample_project import SampleProject, ensure_sample_project, find_sample_project
from judge_pipeline_tests.model_stub import paint
from judge_pipeline_tests.servers import serve


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for colour in ("red", "green", "blue"):
        paint(folder, colour)
    return folder


@pytest.fixture
def pair(tmp_path: Path) -> LocalPair:
    """A pair's folder and key; the test itself serves the Encord."""
    pair = LocalPair(tmp_path / "demo")
    pair.folder.mkdir()
    ensure_key(pair.key_file)
    return pair


@pytest.fixture
def encord_url(pair: LocalPair) -> Iterator[str]:
    with serve(create_app(pair.folder / "encord")) as url:
        register_key(url, pair.key_file)
        yield url


@pytest.fixture
def client(pair: LocalPair, encord_url: str) -> EncordUserClient:
    return EncordUserClient.create_with_ssh_private_key(pair.ssh_private_key, domain=encord_url)


@pytest.fixture
def ensure(pair: LocalPair, encord_url: str) -> Callable[[Path], SampleProject]:
    return lambda folder: ensure_sample_project(pair, encord_url, photographs(folder))


def titles(client: EncordUserClient, project: SampleProject) -> list[str]:
    rows = client.get_project(project.project_hash).list_label_rows_v2()
    return sorted(row.data_title for row in rows)


def test_the_project_has_one_row_per_image_in_the_first_stage(
    client: EncordUserClient, ensure: Callable[[Path], SampleProject], images: Path
) -> None:
    project = ensure(images)
    rows = client.get_project(project.project_hash).list_label_rows_v2()
    assert sorted(row.data_title for row in rows) == ["blue.png", "green.png", "red.png"]
    assert {row.workflow_graph_node.title for row in rows if row.workflow_graph_node} == {"LLM1"}


def test_a_second_call_writes_nothing(
    encord_url: str, pair: LocalPair, ensure: Callable[[Path], SampleProject], images: Path
) -> None:
    project = ensure(images)
    requests.delete(f"{encord_url}/_local/stats", timeout=10)
    assert ensure(images) == project == find_sample_project(pair.folder)
    assert requests.get(f"{encord_url}/_local/stats", timeout=10).json()["writes"] == 0


def test_images_added_to_the_folder_are_added_to_the_project(
    client: EncordUserClient, ensure: Callable[[Path], SampleProject], images: Path
) -> None:
    before = ensure(images)
    paint(images, "yellow")
    after = ensure(images)
    assert after.project_hash == before.project_hash
    assert titles(client, after) == ["blue.png", "green.png", "red.png", "yellow.png"]


def test_an_interrupted_upload_is_completed_without_duplicates(
    client: EncordUserClient, pair: LocalPair, ensure: Callable[[Path], SampleProject], images: Path
) -> None:
    """The file records completed uploads; here it lists none, although all three are uploaded and linked."""
    project = ensure(images)
    file = pair.folder / "project.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"sha256_by_title": {}}))
    assert ensure(images) == project
    assert titles(client, project) == ["blue.png", "green.png", "red.png"]


def test_a_changed_file_is_replaced_in_storage(
    client: EncordUserClient, ensure: Callable[[Path], SampleProject], images: Path
) -> None:
    """As if in the bucket itself: the item stays the same, and later runs read the new bytes."""
    project = ensure(images)
    (item,) = client.get_storage_folder(project.folder_uuid).list_items(search="red.png")
    paint(images, "white").replace(images / "red.png")
    ensure(images)
    url = client.get_storage_item(item.uuid, sign_url=True).get_signed_url()
    assert requests.get(str(url), timeout=10).content == (images / "red.png").read_bytes()


def test_the_images_of_another_folder_are_refused(
    ensure: Callable[[Path], SampleProject], images: Path, tmp_path: Path
) -> None:
    ensure(images)
    other = tmp_path / "other"
    other.mkdir()
    paint(other, "red")
    with pytest.raises(
        OtherPhotographs, match=f"shows the images of {images}; to show those of {other}, choose another --home"
    ):
        ensure(other)


def test_moved_photographs_are_recognised(
    ensure: Callable[[Path], SampleProject], images: Path, tmp_path: Path
) -> None:
    """An upgrade installs the package's photographs into another folder."""
    project = ensure(images)
    moved = images.rename(tmp_path / "moved")
    assert ensure(moved) == project


def test_a_project_missing_from_encord_is_created_again(
    client: EncordUserClient, pair: LocalPair, ensure: Callable[[Path], SampleProject], images: Path
) -> None:
    """Only the folder of the local Encord was deleted."""
    before = ensure(images)
    file = pair.folder / "project.json"
    file.write_text(file.read_text().replace(before.project_hash, "00000000-0000-4000-8000-000000000000"))
    after = ensure(images)
    assert titles(client, after) == ["blue.png", "green.png", "red.png"]
