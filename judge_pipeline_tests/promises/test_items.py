"""Storage items: bulk reads keep their order, client metadata is stored unchanged, files are read by signed URL."""

from uuid import uuid4

import pytest
import requests
from encord.exceptions import AuthorisationError, ResourceNotFoundError

from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.files import storage_items
from judge_pipeline_tests.promises.target import EncordTarget, soon

HOSTILE_METADATA = {
    "Tag": "7f0a2f5e-0000-4000-8000-000000000000",
    "Data Type": "Image",
    "shop": {"price €": 12.5, "sizes": ["S", "M"], "in stock": True},
    "note": 'a "quoted" line\nand another 🧀',
    "empty": "",
}


def test_a_bulk_read_keeps_the_order_asked_for(encord_target: EncordTarget) -> None:
    """Users of the SDK, such as encord-agents, match results to requests by position."""
    items = encord_target.images(3)
    wanted = [items[1], items[2], items[0]]
    assert [str(item.uuid) for item in encord_target.sdk().get_storage_items(wanted)] == wanted


def test_one_missing_item_refuses_a_bulk_read_but_hides_no_other(encord_target: EncordTarget) -> None:
    """A deleted item must not stop a batch."""
    items = [*encord_target.images(1), str(uuid4())]
    client = encord_target.sdk()
    with pytest.raises((AuthorisationError, ResourceNotFoundError)):
        client.get_storage_items(items)
    assert list(storage_items(client, items, sign=False)) == items[:1]
    assert encord_target.pipeline().existing_items(items) == set(items[:1])


def test_metadata_is_stored_unchanged(encord_target: EncordTarget) -> None:
    item = encord_target.sdk().get_storage_item(encord_target.images(1)[0])
    item.update(client_metadata=HOSTILE_METADATA)
    read_again = encord_target.sdk().get_storage_item(item.uuid)
    assert (item.client_metadata, read_again.client_metadata) == (HOSTILE_METADATA, HOSTILE_METADATA)


def test_metadata_of_many_items_is_written_together(encord_target: EncordTarget) -> None:
    items = encord_target.images(3)
    client = encord_target.sdk()
    with encord_target.project().create_bundle() as bundle:
        for number, item in enumerate(client.get_storage_items(items)):
            item.update(client_metadata={"number": number}, bundle=bundle)
    written = [item.client_metadata for item in client.get_storage_items(items)]
    assert written == [{"number": 0}, {"number": 1}, {"number": 2}]


def test_a_tag_is_added_to_what_people_have_written(encord_target: EncordTarget) -> None:
    items = encord_target.images(1, metadata={"photographer": "Ada"})
    pipeline = encord_target.pipeline()
    pipeline.link_items(encord_target.dataset_hash, items)
    row = next(row for row in pipeline.snapshot().images.values() if row.item_uuid == items[0])
    tag = Tag(str(uuid4()))
    pipeline.set_tags({tag: row})
    expected = {"photographer": "Ada", "Tag": tag, "Data Type": "Image"}
    assert encord_target.sdk().get_storage_item(items[0]).client_metadata == expected
    assert soon(lambda: encord_target.rows([row.data_hash])[0].client_metadata, expected) == expected


def test_a_signed_url_is_the_only_key_to_a_file(encord_target: EncordTarget) -> None:
    """Captioners get bytes that are read without Encord's credentials."""
    items = encord_target.images(1)
    pipeline = encord_target.pipeline()
    pipeline.link_items(encord_target.dataset_hash, items)
    row = next(row for row in pipeline.snapshot().images.values() if row.item_uuid == items[0])
    url = pipeline.signed_urls([row]).done[items[0]]
    assert requests.get(url, timeout=60).content == (encord_target.files / row.title).read_bytes()


def test_an_item_knows_its_folder(encord_target: EncordTarget) -> None:
    """Captions are uploaded to their image's folder."""
    items = encord_target.images(1)
    pipeline = encord_target.pipeline()
    pipeline.link_items(encord_target.dataset_hash, items)
    row = next(row for row in pipeline.snapshot().images.values() if row.item_uuid == items[0])
    assert pipeline.parent_folders([row]) == {items[0]: encord_target.folder_uuid}
