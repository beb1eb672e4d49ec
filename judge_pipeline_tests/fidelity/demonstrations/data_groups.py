"""Data groups: created, listed, linked, labelled through their spaces."""

from encord.objects import Classification
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.group_layout import DataUnitTile, LayoutGrid
from encord.orm.storage import DataGroupCustom, DataGroupGrid
from encord.storage import StorageFolder, StorageItem

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import World


def an_image_and_a_text_are_one_row(show: Show, world: World) -> None:
    folder = world.new_folder()
    members = {"picture": folder.upload_image(world.image_file()), "words": folder.upload_text(world.text_file())}
    layout = LayoutGrid(
        direction="row", first=DataUnitTile(key="picture"), second=DataUnitTile(key="words"), split_percentage=60
    )
    uuid = show(
        StorageFolder.create_data_group, folder, DataGroupCustom(layout=layout, layout_contents=members, name="both")
    )
    item = world.client.get_storage_item(uuid)
    assert [child.uuid for child in show(StorageItem.get_child_items, item)] == list(members.values())
    found = show(StorageItem.get_summary, item).data_group
    assert found is not None
    assert found.layout == layout
    data_hash = world.dataset.link_items([uuid])[0].uid
    (row,) = world.project.list_label_rows_v2(data_hashes=[data_hash])
    row.initialise_labels()
    assert [space.space_id for space in show(LabelRowV2.get_spaces, row)] == [str(each) for each in members.values()]
    classification = row.ontology_structure.get_child_by_title("LLM Judge Choice", type_=Classification)
    instance = classification.create_instance()
    instance.set_answer(classification.attributes[0].options[0])
    show(LabelRowV2.get_space, row, layout_key="picture", type_="image").put_classification_instance(instance)
    row.save()
    (again,) = world.project.list_label_rows_v2(data_hashes=[data_hash])
    again.initialise_labels()
    assert len(again.get_space(layout_key="picture", type_="image").get_classification_instances()) == 1


def groups_are_created_together(show: Show, world: World) -> None:
    folder = world.new_folder()
    items = [folder.upload_text(world.text_file(), title=f"{number}.txt") for number in range(3)]
    groups = show(StorageFolder.create_data_groups, folder, [DataGroupGrid(layout_contents=items), items[:2]])
    assert len(groups) == 2
