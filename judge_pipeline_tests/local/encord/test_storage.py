"""Storage: nested folders, items with metadata, uploads and their URLs."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import requests
from encord.exceptions import AuthorisationError, InvalidArgumentsError
from encord.http.bundle import Bundle
from encord.orm.storage import DataUploadImage, DataUploadItems, DataUploadText, FoldersSortBy, StorageItemType
from encord.storage import StorageFolder
from PIL import Image

from judge_pipeline_tests.local.encord.captions import store, upload_texts
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import LocalEncord


@pytest.fixture
def folder(server: LocalEncord) -> StorageFolder:
    return server.client().create_storage_folder("Photographs", description="of things", client_metadata={"a": 1})


def jpeg(width: int, height: int) -> bytes:
    content = io.BytesIO()
    Image.effect_noise((width, height), 60).save(content, "JPEG")
    return content.getvalue()


def test_an_image_has_size_type_and_bytes(server: LocalEncord, folder: StorageFolder, tmp_path: Path) -> None:
    path = tmp_path / "noise.jpg"
    path.write_bytes(jpeg(64, 48))
    uuid = folder.upload_image(path, title="noise", client_metadata={"Tag": "t"})
    item = server.client().get_storage_item(uuid, sign_url=True)
    assert (item.name, item.width, item.height, item.file_size) == ("noise", 64, 48, path.stat().st_size)
    assert (item.item_type, item.mime_type, item.client_metadata) == (StorageItemType.IMAGE, "image/jpeg", {"Tag": "t"})
    answer = requests.get(str(item.get_signed_url()), timeout=10)
    assert answer.content == path.read_bytes()
    assert answer.headers["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (jpeg(64, 48)[:-500], (64, 48)),
        (jpeg(64, 48)[:10], (None, None)),
        (b"", (None, None)),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 40, (None, None)),
        (b"P6 99999 99999 255 ", (None, None)),
        (b"not an image", (None, None)),
    ],
    ids=["truncated", "header cut", "empty", "broken PNG", "bomb", "text"],
)
def test_a_broken_image_is_stored_anyway(
    server: LocalEncord, folder: StorageFolder, tmp_path: Path, content: bytes, size: tuple[int | None, int | None]
) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(content)
    item = server.client().get_storage_item(folder.upload_image(path), sign_url=True)
    assert (item.width, item.height) == size
    assert requests.get(str(item.get_signed_url()), timeout=10).content == content


def test_a_text_is_stored_as_written(server: LocalEncord, folder: StorageFolder, tmp_path: Path) -> None:
    uuid = upload_texts(folder, tmp_path, {"caption.txt": "Ein Käse 🧀\n"})[0]
    item = server.client().get_storage_item(uuid, sign_url=True)
    assert (item.item_type, item.mime_type, item.width) == (StorageItemType.PLAIN_TEXT, "text/plain", None)
    assert requests.get(str(item.get_signed_url()), timeout=10).content.decode() == "Ein Käse 🧀\n"


def test_many_texts_are_uploaded_with_three_requests(server: LocalEncord, folder: StorageFolder) -> None:
    offers = folder._get_upload_signed_urls(StorageItemType.PLAIN_TEXT, 30)
    for number, offer in enumerate(offers):
        requests.put(offer.signed_url, data=f"caption {number}".encode(), timeout=10).raise_for_status()
    server.control("DELETE", "stats")
    texts = [
        DataUploadText(object_url=offer.object_key, placeholder_item_uuid=offer.item_uuid, title=f"{number:02d}.txt")
        for number, offer in enumerate(offers)
    ]
    done = store(folder, DataUploadItems(text=texts))
    assert [item.item_uuid for item in done.items_with_names] == [offer.item_uuid for offer in offers]
    assert server.control("GET", "stats").json()["total"] == 2


def test_an_upload_url_alone_creates_no_item(folder: StorageFolder) -> None:
    offer = folder._get_upload_signed_urls(StorageItemType.PLAIN_TEXT, 1)[0]
    requests.put(offer.signed_url, data=b"x", timeout=10)
    assert list(folder.list_items()) == []


def test_one_bad_file_fails_the_job_but_not_the_others(folder: StorageFolder) -> None:
    good, bad = folder._get_upload_signed_urls(StorageItemType.IMAGE, 2)
    requests.put(good.signed_url, data=jpeg(8, 8), timeout=10)
    images = [
        DataUploadImage(object_url=offer.object_key, placeholder_item_uuid=offer.item_uuid, title="x.jpg")
        for offer in (good, bad)
    ]
    result = store(folder, DataUploadItems(images=images))
    assert result.status.value == "ERROR"
    assert [error.object_urls for error in result.unit_errors] == [[bad.object_key]]
    assert [item.uuid for item in folder.list_items()] == [good.item_uuid]
    again = store(folder, DataUploadItems(images=images[:1]))
    assert "was made by an earlier job" in again.errors[0]


def test_an_object_of_another_user_cannot_be_claimed(server: LocalEncord, folder: StorageFolder) -> None:
    offer = folder._get_upload_signed_urls(StorageItemType.PLAIN_TEXT, 1)[0]
    requests.put(offer.signed_url, data=b"x", timeout=10)
    thief = server.another_user("thief@example.com").client().create_storage_folder("mine")
    texts = DataUploadItems(text=[DataUploadText(object_url=offer.object_key, title="x.txt")])
    assert "is no object key" in store(thief, texts).errors[0]


def test_a_signed_url_is_valid_only_for_its_method_object_and_time(
    server: LocalEncord, folder: StorageFolder, tmp_path: Path
) -> None:
    first, second = upload_texts(folder, tmp_path, {"a.txt": "a", "b.txt": "b"})
    client = server.client()
    url = str(client.get_storage_item(first, sign_url=True).get_signed_url())
    assert requests.get(url, timeout=10).text == "a"
    assert requests.put(url, data=b"x", timeout=10).status_code == 403
    assert requests.get(url.replace(str(first), str(second)), timeout=10).status_code == 403
    assert requests.get(url.replace("expires=1", "expires=2"), timeout=10).status_code == 403
    offer = folder._get_upload_signed_urls(StorageItemType.PLAIN_TEXT, 1)[0]
    assert requests.get(offer.signed_url, timeout=10).status_code == 403
    server.control("POST", "config", json={"signed_url_seconds": 0})
    expired = str(client.get_storage_item(first, sign_url=True).get_signed_url())
    assert requests.get(expired, timeout=10).status_code == 403
    late = folder._get_upload_signed_urls(StorageItemType.PLAIN_TEXT, 1)[0]
    assert requests.put(late.signed_url, data=b"x", timeout=10).status_code == 403


def test_replacing_a_file_in_the_bucket_keeps_its_item(
    server: LocalEncord, folder: StorageFolder, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(64, 48))
    uuid = folder.upload_image(path)
    bigger = jpeg(80, 60)
    assert server.control("PUT", f"items/{uuid}/content", data=bigger).json() == {
        "file_size": len(bigger),
        "width": 80,
        "height": 60,
    }
    item = server.client().get_storage_item(uuid, sign_url=True)
    assert (item.width, item.height) == (80, 60)
    assert requests.get(str(item.get_signed_url()), timeout=10).content == bigger


def test_items_are_read_in_the_given_order(server: LocalEncord, folder: StorageFolder, tmp_path: Path) -> None:
    first, second, third = upload_texts(folder, tmp_path, {"a.txt": "a", "b.txt": "b", "c.txt": "c"})
    client = server.client()
    for wanted in ([third, first, second], [second, third], [first, second, first]):
        assert [item.uuid for item in client.get_storage_items(wanted)] == wanted
    assert all(item.get_signed_url() for item in client.get_storage_items([third, first], sign_url=True))


def test_metadata_is_replaced_as_a_whole_and_the_name_stays(
    server: LocalEncord, folder: StorageFolder, tmp_path: Path
) -> None:
    uuid = upload_texts(folder, tmp_path, {"a.txt": "a"})[0]
    item = server.client().get_storage_item(uuid)
    item.update(client_metadata={"Tag": "t", "Data Type": "Text_8B", "nested": {"ü": [1, None]}})
    item.update(name="b.txt")
    read = server.client().get_storage_item(uuid)
    assert read.client_metadata == {"Tag": "t", "Data Type": "Text_8B", "nested": {"ü": [1, None]}}
    assert read.name == "b.txt"
    assert item.client_metadata == read.client_metadata
    item.update(client_metadata={"other": True}, description="of a cheese")
    assert item.description == server.client().get_storage_item(uuid).description == "of a cheese"
    assert server.client().get_storage_item(uuid).client_metadata == {"other": True}


def test_many_items_are_changed_with_one_request(server: LocalEncord, folder: StorageFolder, tmp_path: Path) -> None:
    uuids = upload_texts(folder, tmp_path, {f"{number}.txt": "x" for number in range(5)})
    items = server.client().get_storage_items(uuids)
    server.control("DELETE", "stats")
    with Bundle() as bundle:
        for number, item in enumerate(items):
            item.update(client_metadata={"number": number}, bundle=bundle)
    assert server.control("GET", "stats").json()["by_operation"] == {"PATCH storage/items/patch-bulk": 1}
    assert [item.client_metadata for item in items] == [{"number": number} for number in range(5)]
    assert [item.client_metadata for item in folder.list_items()] == [{"number": number} for number in range(5)]


def test_items_are_listed_page_by_page_in_either_order(folder: StorageFolder, tmp_path: Path) -> None:
    names = [f"text-{number}.txt" for number in (3, 1, 4, 0, 5, 2)]
    upload_texts(folder, tmp_path, dict.fromkeys(names, "x"))
    assert [item.name for item in folder.list_items(page_size=2)] == sorted(names)
    assert [item.name for item in folder.list_items(page_size=4, desc=True)] == sorted(names, reverse=True)
    assert [item.name for item in folder.list_items(order=FoldersSortBy.CREATED_AT, page_size=1)] == names
    assert [item.name for item in folder.list_items(search="TEXT-4")] == ["text-4.txt"]
    assert list(folder.list_items(item_types=[StorageItemType.IMAGE])) == []
    assert list(folder.list_items(is_in_dataset=True)) == []
    listed = folder.list_items(include_client_metadata=False)
    assert {json.dumps(item.client_metadata) for item in listed} == {"{}"}


def test_folders_form_a_tree(server: LocalEncord, folder: StorageFolder, tmp_path: Path) -> None:
    client = server.client()
    below = folder.create_subfolder("texts")
    deep = below.create_subfolder("deep")
    upload_texts(deep, tmp_path, {"a.txt": "a"})
    assert [step.name for step in deep.path_to_root] == ["Photographs", "texts", "deep"]
    assert [found.name for found in client.list_storage_folders()] == ["Photographs"]
    assert sorted(found.name for found in client.find_storage_folders()) == ["Photographs", "deep", "texts"]
    assert [found.name for found in folder.list_subfolders()] == ["texts"]
    assert sorted(found.name for found in folder.find_subfolders()) == ["deep", "texts"]
    assert [item.name for item in client.find_storage_items(search="A.TXT")] == ["a.txt"]
    assert [item.name for item in folder.find_items(search="a")] == ["a.txt"]
    with pytest.raises(InvalidArgumentsError, match="moved into itself"):
        folder.move_to_folder(deep.uuid)
    with pytest.raises(InvalidArgumentsError, match="not empty"):
        deep.delete()
    deep.move_to_folder(folder.uuid)
    assert sorted(found.name for found in folder.list_subfolders()) == ["deep", "texts"]
    below.delete()
    assert [found.name for found in folder.list_subfolders()] == ["deep"]


def test_a_folder_keeps_name_description_and_metadata(server: LocalEncord, folder: StorageFolder) -> None:
    read = server.client().get_storage_folder(folder.uuid)
    assert (read.name, read.description, read.client_metadata) == ("Photographs", "of things", {"a": 1})
    folder.update(name="Pictures")
    with Bundle() as bundle:
        folder.update(client_metadata={"b": 2}, bundle=bundle)
    read = server.client().get_storage_folder(folder.uuid)
    assert (read.name, read.description, read.client_metadata) == ("Pictures", "of things", {"b": 2})


def test_items_can_be_moved_and_deleted(server: LocalEncord, folder: StorageFolder, tmp_path: Path) -> None:
    client = server.client()
    stays, goes, dies = upload_texts(folder, tmp_path, {"a.txt": "a", "b.txt": "b", "c.txt": "c"})
    other = client.create_storage_folder("Other")
    stale = client.get_storage_item(goes)
    url = str(client.get_storage_item(dies, sign_url=True).get_signed_url())
    folder.move_items_to_folder(other.uuid, [goes])
    with pytest.raises(InvalidArgumentsError, match="refresh it"):
        stale.update(name="x")
    folder.delete_storage_items([dies])
    assert [item.uuid for item in folder.list_items()] == [stays]
    assert [item.uuid for item in other.list_items()] == [goes]
    assert requests.get(url, timeout=10).status_code == 404
    with pytest.raises(AuthorisationError):
        client.get_storage_item(dies)
    summary = folder.get_summary()
    assert (summary.files, summary.plain_texts, summary.images) == (1, 1, 0)


def test_an_item_knows_its_datasets(seed: SeedProject, photographs: list[Path]) -> None:
    item = seed.client().get_storage_item(seed.add_images(photographs[:1])[0])
    summary = item.get_summary()
    assert summary.used_in_datasets == 1
    assert [str(dataset.dataset_hash) for dataset in summary.accessible_datasets] == [seed.dataset_hash]
    assert list(item.get_child_items()) == []


def test_times_are_in_utc(server: LocalEncord, folder: StorageFolder, tmp_path: Path) -> None:
    item = server.client().get_storage_item(upload_texts(folder, tmp_path, {"a.txt": "a"})[0])
    assert abs(item.created_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_metadata_schema_is_kept(server: LocalEncord) -> None:
    schema = server.client().metadata_schema()
    schema.set_scalar("Tag", data_type="uuid")
    schema.add_enum("Data Type", values=["Image", "Text_8B", "Text_16B"])
    schema.save()
    again = server.client().metadata_schema()
    assert sorted(again.keys()) == ["Data Type", "Tag"]


@pytest.mark.parametrize("is_linking", [True, False])
def test_an_upload_into_a_mirrors_folder_is_linked_automatically(
    server: LocalEncord, tmp_path: Path, is_linking: bool
) -> None:
    server.control("POST", "config", json={"mirror_auto_link": is_linking})
    seed = create_seed_project(server, is_mirror=True)
    folder = server.client().get_storage_folder(seed.folder_uuid)
    assert folder.path_to_root[-1].synced_dataset_hash == UUID(seed.dataset_hash)
    uuids = upload_texts(folder, tmp_path, {"a.txt": "a"})
    rows = seed.project().list_label_rows_v2()
    assert [row.backing_item_uuid for row in rows] == (uuids if is_linking else [])
