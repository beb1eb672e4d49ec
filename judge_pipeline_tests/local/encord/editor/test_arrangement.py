"""Which item is shown where on the screen."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.local.encord.editor.arrangement import arrange
from judge_pipeline.local.encord.editor.item import Item
from judge_pipeline.local.encord.editor.layout import SINGLE_ITEM, EditorLayout, read_layout
from judge_pipeline_tests.local.encord.editor.group import LAYOUT

NOTEBOOK = read_layout(LAYOUT.read_bytes())


def item(data_hash: str, **metadata: Any) -> Item:
    return Item(
        data_hash=data_hash,
        title=data_hash,
        dataset="photographs",
        item=data_hash,
        type="plainText",
        frames=0,
        object_key="",
        metadata={name.replace("_", " "): value for name, value in metadata.items()},
        width=None,
        height=None,
        file_size=None,
        stage=None,
        status=None,
        priority=None,
        assignee=None,
    )


def placed(layout: EditorLayout, opened: Item, companions: list[Item]) -> dict[str, list[str]]:
    screen = arrange(layout, opened, companions)
    return {number: [shown.data_hash for shown in items] for number, items in screen.items.items()}


IMAGE = item("image", Tag="t", Data_Type="Image")
SHORT = item("short", Tag="t", Data_Type="Text_8B")
LONG = item("long", Tag="t", Data_Type="Text_16B")


def test_every_item_of_a_group_opens_the_same_screen() -> None:
    expected = {"0": ["image"], "1": ["short"], "2": ["long"]}
    for opened in (IMAGE, SHORT, LONG):
        assert placed(NOTEBOOK, opened, [IMAGE, SHORT, LONG]) == expected


def test_items_of_another_tag_are_never_shown() -> None:
    other = item("other", Tag="T", Data_Type="Text_8B")
    assert placed(NOTEBOOK, IMAGE, [other]) == {"0": ["image"], "1": [], "2": []}


def test_if_two_items_match_a_tile_the_opened_one_is_shown() -> None:
    twin = item("twin", Tag="t", Data_Type="Text_8B")
    assert placed(NOTEBOOK, twin, [SHORT, twin])["1"] == ["twin", "short"]
    assert placed(NOTEBOOK, IMAGE, [SHORT, twin])["1"] == ["short", "twin"]


def test_an_item_that_matches_no_tile_gets_the_whole_screen() -> None:
    for stranger in (item("stranger"), item("stranger", Tag="t", Data_Type="image")):
        screen = arrange(NOTEBOOK, stranger, [IMAGE])
        assert screen.layout is SINGLE_ITEM
        assert screen.items == {"0": (stranger,)}


def test_true_and_one_are_different_tags() -> None:
    assert (
        placed(NOTEBOOK, item("image", Tag=1, Data_Type="Image"), [item("text", Tag=True, Data_Type="Text_8B")])["1"]
        == []
    )


def test_a_tag_that_is_not_a_scalar_groups_nothing() -> None:
    first, second = item("first", Tag=["t"], Data_Type="Image"), item("second", Tag=["t"], Data_Type="Text_8B")
    assert placed(NOTEBOOK, first, [second])["1"] == []


TAGS = st.sampled_from(["a", "b", 1, True, None])
DATA_TYPES = st.sampled_from(["Image", "Text_8B", "Text_16B", "other"])


@given(st.lists(st.tuples(TAGS, DATA_TYPES), min_size=1, max_size=8), st.data())
def test_the_opened_item_is_always_shown_and_every_tile_holds_only_matching_items(
    kinds: list[tuple[Any, str]], data: st.DataObject
) -> None:
    items = [item(str(n), Tag=tag, Data_Type=data_type) for n, (tag, data_type) in enumerate(kinds)]
    opened = data.draw(st.sampled_from(items))
    screen = arrange(NOTEBOOK, opened, items)
    assert any(shown and shown[0] == opened for shown in screen.items.values())
    for number, data_type in {"0": "Image", "1": "Text_8B", "2": "Text_16B"}.items():
        for shown in screen.items[number] if screen.layout is NOTEBOOK else ():
            assert shown.metadata["Data Type"] == data_type
            assert shown.metadata["Tag"] is opened.metadata["Tag"]
