"""Captions become plain-text items: a batch with three requests, unchanged, with the metadata that identifies them."""

from contextlib import suppress
from uuid import uuid4

from encord.constants.enums import DataType
from encord.orm.storage import StorageItemType

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.encord_project.texts import NewText
from judge_pipeline_tests.promises.target import EncordTarget, soon

CAPTION = "Two cats, “Käse” & <b>Brie</b>,\nasleep on a sofa. 🧀"


def caption(tag: Tag, captioner: Captioner, content: str = CAPTION) -> NewText:
    metadata = {"Tag": tag, "Data Type": captioner.data_type.value}
    return NewText(title=f"{tag}-{captioner.data_type.value}.txt", metadata=metadata, content=content)


def test_a_text_uploaded_in_a_batch_is_a_plain_text_item_with_its_title_and_metadata(
    encord_target: EncordTarget,
) -> None:
    tag = Tag(str(uuid4()))
    wanted = [caption(tag, captioner) for captioner in Captioner]
    items = encord_target.sdk().get_storage_items(encord_target.texts(*wanted))
    assert [item.item_type for item in items] == [StorageItemType.PLAIN_TEXT] * 2
    assert [(item.name, item.client_metadata) for item in items] == [(text.title, text.metadata) for text in wanted]
    assert {item.parent_folder_uuid for item in items} == {encord_target.folder_uuid}


def test_a_text_is_read_back_as_it_was_written(encord_target: EncordTarget) -> None:
    tag = Tag(str(uuid4()))
    items = encord_target.texts(caption(tag, Captioner.LLM_8B))
    pipeline = encord_target.pipeline()
    pipeline.link_items(encord_target.dataset_hash, items)
    assert pipeline.read_text(pipeline.snapshot().texts[tag, Captioner.LLM_8B]) == CAPTION


def test_a_linked_text_is_a_row_in_its_slot(encord_target: EncordTarget) -> None:
    tag = Tag(str(uuid4()))
    items = encord_target.texts(*(caption(tag, captioner) for captioner in Captioner))
    pipeline = encord_target.pipeline()
    data_hash_of = pipeline.link_items(encord_target.dataset_hash, items).done

    def slots() -> list[str]:
        texts = pipeline.snapshot().texts
        return [texts[tag, captioner].data_hash for captioner in Captioner if (tag, captioner) in texts]

    expected = [data_hash_of[item] for item in items]
    assert soon(slots, expected) == expected
    assert {row.data_type for row in encord_target.rows(expected)} == {DataType.PLAIN_TEXT}


def test_a_reserved_upload_that_is_never_registered_leaves_no_item(encord_target: EncordTarget) -> None:
    """The state after a run that died between its requests."""
    pipeline = encord_target.pipeline()
    reserved = pipeline.reserve_text_uploads(encord_target.folder_uuid, 2)
    assert len({reservation.item_uuid for reservation in reserved}) == 2
    assert pipeline.existing_items([reservation.item_uuid for reservation in reserved]) == set()
    assert list(encord_target.folder().list_items()) == []


def test_registering_again_what_is_registered_makes_no_second_item(encord_target: EncordTarget) -> None:
    """After a lost response the pipeline looks the item up, and may still look too early."""
    text = caption(Tag(str(uuid4())), Captioner.LLM_8B)
    pipeline = encord_target.pipeline()
    uploads = list(zip(pipeline.reserve_text_uploads(encord_target.folder_uuid, 1), [text], strict=True))
    pipeline.put_texts(uploads)
    pipeline.register_texts(encord_target.folder_uuid, uploads)
    with suppress(EncordError):
        pipeline.register_texts(encord_target.folder_uuid, uploads)
    assert [item.name for item in encord_target.folder().list_items()] == [text.title]


def test_a_hundred_texts_are_uploaded_at_once(encord_target: EncordTarget) -> None:
    tags = [Tag(str(uuid4())) for _ in range(100)]
    encord_target.texts(*(caption(tag, Captioner.LLM_8B, content=tag) for tag in tags))
    named = {item.name for item in encord_target.folder().list_items(page_size=1000)}
    assert named == {f"{tag}-Text_8B.txt" for tag in tags}
