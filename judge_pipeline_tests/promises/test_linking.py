"""Linked items become rows of the project, once each, however often they are linked."""

from encord.constants.enums import DataType

from judge_pipeline_tests.promises.target import EncordTarget, soon


def test_linking_twice_adds_one_row(encord_target: EncordTarget) -> None:
    """A run that died after linking links again; the notebook's DUPLICATE would create duplicates."""
    items = encord_target.images(2)
    pipeline = encord_target.pipeline()
    first = pipeline.link_items(encord_target.dataset_hash, items)
    assert pipeline.link_items(encord_target.dataset_hash, items) == first
    assert len(encord_target.rows_of_items(items)) == 2


def test_linking_known_and_new_items_together_adds_the_new_ones(encord_target: EncordTarget) -> None:
    items = encord_target.images(2)
    pipeline = encord_target.pipeline()
    known = pipeline.link_items(encord_target.dataset_hash, items[:1]).done
    both = pipeline.link_items(encord_target.dataset_hash, items).done
    assert both.items() > known.items()
    assert len(encord_target.rows_of_items(items)) == 2


def test_a_linked_item_is_in_the_first_stage(encord_target: EncordTarget) -> None:
    data_hashes = encord_target.linked_images(1)
    assert soon(lambda: encord_target.stages(data_hashes), ["LLM1"]) == ["LLM1"]


def test_a_row_has_its_item_title_and_dataset(encord_target: EncordTarget) -> None:
    """The snapshot is built from the list of rows only: one request for the whole project."""
    items = encord_target.images(1)
    title = encord_target.sdk().get_storage_item(items[0]).name
    data_hash = encord_target.pipeline().link_items(encord_target.dataset_hash, items).done[items[0]]
    row = encord_target.rows([data_hash])[0]
    assert (str(row.backing_item_uuid), row.data_title, row.dataset_hash) == (
        items[0],
        title,
        encord_target.dataset_hash,
    )
    assert row.data_type is DataType.IMAGE


def test_an_unlinked_item_has_no_row(encord_target: EncordTarget) -> None:
    """The effect of our errors' advice, "unlink its row in Encord"."""
    items = encord_target.images(1)
    data_hash = encord_target.pipeline().link_items(encord_target.dataset_hash, items).done[items[0]]
    encord_target.sdk().get_dataset(encord_target.dataset_hash, include_data_rows=False).delete_data([data_hash])
    assert soon(lambda: encord_target.rows_of_items(items), []) == []
