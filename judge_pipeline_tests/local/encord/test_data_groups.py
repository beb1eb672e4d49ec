"""Data groups: an image and its texts as one row, one task and one set of labels, with a space for each member."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
import requests
from encord import Project
from encord.constants.enums import DataType
from encord.exceptions import CorruptedLabelError, InvalidArgumentsError
from encord.objects import Classification, ClassificationInstance
from encord.objects.attributes import RadioAttribute
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.orm.group_layout import DataUnitTile, LayoutGrid, LayoutSettings, TileSettings
from encord.orm.label_row import LabelRow
from encord.orm.storage import DataGroupCarousel, DataGroupCustom, DataGroupGrid, StorageItemType
from encord.workflow import AgentStage

from judge_pipeline_tests.local.encord.captions import upload_texts
from judge_pipeline_tests.local.encord.editor.web_page import open_page
from judge_pipeline_tests.seed_project import SeedProject

LAYOUT = LayoutGrid(
    direction="row",
    first=DataUnitTile(key="Image"),
    second=LayoutGrid(
        direction="column", first=DataUnitTile(key="Text_8B"), second=DataUnitTile(key="Text_16B"), split_percentage=50
    ),
    split_percentage=60,
)
SETTINGS = LayoutSettings(
    fixed_layout=True, tile_settings={"Text_8B": TileSettings(title="Caption", is_read_only=True)}
)


@pytest.fixture
def members(seed: SeedProject, tmp_path: Path, photographs: list[Path]) -> dict[str, UUID]:
    """An image and two texts in the seed project's folder, in no dataset."""
    folder = seed.client().get_storage_folder(seed.folder_uuid)
    image = folder.upload_image(photographs[0], title="cheese.jpg")
    texts = upload_texts(folder, tmp_path, {"8b.txt": "short", "16b.txt": "long"})
    return dict(zip(("Image", "Text_8B", "Text_16B"), (image, *texts), strict=True))


def group_of(seed: SeedProject, members: dict[str, UUID]) -> UUID:
    group = DataGroupCustom(
        name="cheese",
        layout=LAYOUT,
        layout_contents=members,
        settings=SETTINGS,
        client_metadata={"Tag": "tag-1"},
    )
    return seed.client().get_storage_folder(seed.folder_uuid).create_data_group(group)


def link(seed: SeedProject, item: UUID) -> str:
    return seed.client().get_dataset(seed.dataset_hash, include_data_rows=False).link_items([item])[0].uid


def row_of(seed: SeedProject, data_hash: str) -> LabelRowV2:
    (row,) = seed.project().list_label_rows_v2(data_hashes=[data_hash], include_client_metadata=True)
    return row


def choice(project: Project, option: str) -> ClassificationInstance:
    classification = project.ontology_structure.get_child_by_title("Final Choice", type_=Classification)
    radio = classification.get_child_by_title("Final Choice", type_=RadioAttribute)
    instance = classification.create_instance()
    instance.set_answer(next(each for each in radio.options if each.label == option), attribute=radio)
    return instance


def test_a_group_is_an_item_with_its_members_and_layout(seed: SeedProject, members: dict[str, UUID]) -> None:
    uuid = group_of(seed, members)
    folder = seed.client().get_storage_folder(seed.folder_uuid)
    (group,) = folder.list_items(item_types=[StorageItemType.GROUP])
    assert (group.uuid, group.name, group.client_metadata) == (uuid, "cheese", {"Tag": "tag-1"})
    assert group.get_signed_url() is None
    assert [child.uuid for child in group.get_child_items(get_signed_urls=True)] == list(members.values())
    layout = group.get_summary().data_group
    assert layout is not None
    assert {key: child.uuid for key, child in layout.layout_contents.items()} == members
    assert (layout.layout, layout.layout_settings) == (LAYOUT, SETTINGS)
    image = seed.client().get_storage_item(members["Image"]).get_summary()
    assert [(found.uuid, found.item_type) for found in image.accessible_group_items] == [(uuid, StorageItemType.GROUP)]
    assert (image.frame_in_groups, image.data_group) == (1, None)


def test_default_layouts_number_their_members(seed: SeedProject, members: dict[str, UUID]) -> None:
    folder, items = seed.client().get_storage_folder(seed.folder_uuid), list(members.values())
    uuids = folder.create_data_groups(
        [DataGroupGrid(layout_contents=items), DataGroupCarousel(layout_contents=items), items]
    )
    for uuid in uuids:
        found = seed.client().get_storage_item(uuid).get_summary().data_group
        assert found is not None
        assert {key: child.uuid for key, child in found.layout_contents.items()} == dict(zip("012", items, strict=True))


def test_a_group_is_one_row_and_one_task(seed: SeedProject, members: dict[str, UUID]) -> None:
    data_hash = link(seed, group_of(seed, members))
    folder = seed.client().get_storage_folder(seed.folder_uuid)
    assert list(folder.list_items(is_in_dataset=False)) == [], "members are in the dataset through their group"
    (row,) = seed.project().list_label_rows_v2(include_client_metadata=True)
    assert (row.data_hash, row.data_type, row.data_title) == (data_hash, DataType.GROUP, "cheese")
    assert row.client_metadata == {"Tag": "tag-1"}
    stage = seed.project().workflow.get_stage(name="LLM1", type_=AgentStage)
    (task,) = stage.get_tasks()
    task.proceed(pathway_name="First caption")
    node = row_of(seed, data_hash).workflow_graph_node
    assert node is not None
    assert node.title == "LLM2"


def test_each_member_has_a_space_and_answers_stay_on_theirs(seed: SeedProject, members: dict[str, UUID]) -> None:
    row = row_of(seed, link(seed, group_of(seed, members)))
    row.initialise_labels()
    assert {space.metadata.layout_key: space.space_id for space in row.get_spaces()} == {
        key: str(item) for key, item in members.items()
    }
    instance = choice(seed.project(), "LLM-16B")
    row.get_space(layout_key="Image", type_="image").put_classification_instance(instance)
    row.save()

    read = row_of(seed, row.data_hash)
    read.initialise_labels()
    image = read.get_space(layout_key="Image", type_="image")
    (found,) = image.get_classification_instances()
    assert (found.classification_hash, found.get_answer().label) == (instance.classification_hash, "LLM-16B")  # type: ignore[union-attr]
    (annotation,) = image.get_annotations(type_="classification")
    assert annotation.created_by == seed.server.email
    assert read.get_space(layout_key="Text_8B", type_="text").get_classification_instances() == []
    assert read.get_classification_instances() == []
    (labels,) = seed.project().get_label_classifications([str(read.label_hash)])
    assert list(labels.classification_answers) == [instance.classification_hash]
    (exported,) = seed.project().get_label_rows([str(read.label_hash)])
    (answer,) = exported["classification_answers"].values()
    assert answer["spaces"] == {str(members["Image"]): {"range": [[0, 0]], "type": "frame"}}


def test_an_answer_on_a_space_that_the_group_lacks_is_invalid(seed: SeedProject, members: dict[str, UUID]) -> None:
    row = row_of(seed, link(seed, group_of(seed, members)))
    row.initialise_labels()
    row.get_space(layout_key="Image", type_="image").put_classification_instance(choice(seed.project(), "LLM-8B"))
    labels = row.to_encord_dict()
    for answer in labels["classification_answers"].values():
        answer["spaces"] = {str(uuid4()): {"range": [[0, 0]], "type": "frame"}}
    with pytest.raises(CorruptedLabelError, match="has no space"):
        seed.project()._client.save_label_rows([str(row.label_hash)], [LabelRow(labels)], validate_before_saving=True)  # type: ignore[no-untyped-call]


def test_a_multilayer_group_has_a_space_of_its_own(seed: SeedProject, members: dict[str, UUID]) -> None:
    settings = LayoutSettings(has_multilayer_labels=True)
    group = DataGroupCustom(layout=LAYOUT, layout_contents=members, settings=settings)
    row = row_of(seed, link(seed, seed.client().get_storage_folder(seed.folder_uuid).create_data_group(group)))
    row.initialise_labels()
    assert [space.space_id for space in row.get_spaces()] == ["root", *map(str, members.values())]


def test_a_group_names_only_items_and_keys_that_it_has(seed: SeedProject, members: dict[str, UUID]) -> None:
    folder = seed.client().get_storage_folder(seed.folder_uuid)
    only_image = DataGroupCustom(layout=LAYOUT, layout_contents={"Image": members["Image"]})
    with pytest.raises(Exception, match=r"the layout names .*Text_16B.*Text_8B"):
        folder.create_data_group(only_image)
    with pytest.raises(InvalidArgumentsError, match="more than once"):
        folder.create_data_group([members["Image"], members["Image"]])
    with pytest.raises(InvalidArgumentsError, match="is of type group"):
        folder.create_data_group([group_of(seed, members)])


def test_members_outlive_their_group_unless_unused_ones_are_removed_with_it(
    seed: SeedProject, members: dict[str, UUID]
) -> None:
    folder = seed.client().get_storage_folder(seed.folder_uuid)
    first, second = group_of(seed, members), group_of(seed, members)
    with pytest.raises(InvalidArgumentsError, match="delete the group first"):
        folder.delete_storage_items([members["Image"]])
    link(seed, first)
    folder.delete_storage_items([first], remove_unused_frames=False)
    assert seed.project().list_label_rows_v2() == []
    assert len(list(folder.list_items())) == 4
    folder.delete_storage_items([second])
    assert list(folder.list_items()) == []


def test_the_label_page_shows_members_by_the_groups_layout(seed: SeedProject, members: dict[str, UUID]) -> None:
    data_hash = link(seed, group_of(seed, members))
    row = row_of(seed, data_hash)
    row.initialise_labels()
    row.get_space(layout_key="Image", type_="image").put_classification_instance(choice(seed.project(), "LLM-16B"))
    row.save()
    page = open_page(seed.server.url, f"/label_editor/{seed.project_hash}/{data_hash}")
    assert [tile.text for tile in page.all("article", "tile")] == [
        "Image cheese.jpg",
        "Caption 8b.txt short",
        "Text_16B 16b.txt long",
    ]
    assert "on Image, by hand" in page.card("Final Choice")
    (css,) = [link.attributes["href"] for link in page.all("link") if "layout.css" in link.attributes["href"]]
    style = requests.get(f"{seed.server.url}{css}", timeout=10).text
    assert "minmax(0, 60fr) minmax(0, 40fr)" in style
    stages = open_page(seed.server.url, f"/projects/{seed.project_hash}").all("a", "stage")
    assert stages[0].text == "1 LLM1 agent 0 images, 0 texts, 1 data group"
