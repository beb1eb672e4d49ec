"""Folders, images and plain texts."""

import requests
from encord.orm.storage import DataUploadItems, DataUploadText, StorageItemType
from encord.storage import StorageFolder, StorageItem, StorageItemInaccessible

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import World


def folders_form_a_tree(show: Show, world: World) -> None:
    parent = world.new_folder()
    child = show(StorageFolder.create_subfolder, parent, "child")
    assert [found.uuid for found in show(StorageFolder.list_subfolders, parent)] == [child.uuid]
    show(StorageFolder.find_subfolders, parent, search="child")
    show(StorageFolder.move_to_folder, child, None)
    show(StorageFolder.refetch_data, child)
    assert child.parent_uuid is None
    show(StorageFolder.move_to_folder, child, parent.uuid)
    show(StorageFolder.update, child, name="renamed", client_metadata={"shop": 1})
    show.bundled(StorageFolder.update, child, description="a child")
    again = world.client.get_storage_folder(child.uuid)
    assert (again.name, again.description, again.client_metadata) == ("renamed", "a child", {"shop": 1})
    show.properties(again)
    show(StorageFolder.delete, again)
    assert list(parent.list_subfolders()) == []


def images_and_texts_are_uploaded(show: Show, world: World) -> None:
    folder = world.new_folder()
    image = show(StorageFolder.upload_image, folder, world.image_file(), title="a.png", client_metadata={"shop": 1})
    text = show(StorageFolder.upload_text, folder, world.text_file(), title="a.txt")
    listed = show(StorageFolder.list_items, folder)
    assert [(item.uuid, item.item_type) for item in listed] == [
        (image, StorageItemType.IMAGE),
        (text, StorageItemType.PLAIN_TEXT),
    ]
    show(StorageFolder.find_items, folder, search="a.")
    summary = show(StorageFolder.get_summary, folder)
    assert (summary.images, summary.plain_texts) == (1, 1)


def many_texts_are_uploaded_by_one_job(show: Show, world: World) -> None:
    folder = world.new_folder()
    slots = folder._get_upload_signed_urls(StorageItemType.PLAIN_TEXT, 2)
    for slot in slots:
        requests.put(slot.signed_url, data=b"a caption", timeout=10).raise_for_status()
    texts = [
        DataUploadText(object_url=slot.object_key, placeholder_item_uuid=slot.item_uuid, title="a.txt")
        for slot in slots
    ]
    job = show(StorageFolder.add_private_data_to_folder_start, folder, None, DataUploadItems(text=texts))  # type: ignore[arg-type]
    result = show(StorageFolder.add_private_data_to_folder_get_result, folder, job)
    assert {item.item_uuid for item in result.items_with_names} == {slot.item_uuid for slot in slots}


def items_are_changed_moved_and_deleted(show: Show, world: World) -> None:
    item, folder = world.new_text(), world.new_folder()
    show(StorageItem.update, item, name="renamed.txt")
    show.bundled(StorageItem.update, item, client_metadata={"Tag": "x"})
    show(StorageItem.refetch_data, item, get_signed_url=True)
    assert (item.name, item.client_metadata) == ("renamed.txt", {"Tag": "x"})
    item.update(description="a text")
    assert world.client.get_storage_item(item.uuid).description == "a text"
    url = show(StorageItem.get_signed_url, item, refetch=True)
    assert requests.get(str(url), timeout=10).text == "a caption"
    show.properties(item)
    origin = show(StorageItem.parent_folder, item)
    show(StorageItem.move_to_folder, item, folder)
    item.refetch_data()
    assert item.parent_folder_uuid == folder.uuid
    show(StorageFolder.move_items_to_folder, folder, origin, [item.uuid])
    item.refetch_data()
    show(StorageItem.delete, item)
    assert list(origin.list_items()) == []
    other = world.new_text()
    show(StorageFolder.delete_storage_items, other.parent_folder(), [other.uuid])


def an_item_knows_its_datasets(show: Show, world: World) -> None:
    item = world.new_text()
    world.dataset.link_items([item.uuid])
    summary = show(StorageItem.get_summary, item)
    assert [str(dataset.dataset_hash) for dataset in summary.accessible_datasets] == [world.seed.dataset_hash]
    assert show(StorageItem.get_child_items, item) == []
    show.absent("no item has child items", StorageItemInaccessible.uuid)
