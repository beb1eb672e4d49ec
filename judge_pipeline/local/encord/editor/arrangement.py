"""Which item each tile of a layout shows. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from judge_pipeline.local.encord.editor.item import Item
from judge_pipeline.local.encord.editor.layout import SINGLE_ITEM, EditorLayout, Split, is_same, tiles_of


@dataclass(frozen=True)
class Screen:
    """The items of each tile, by tile number: the first is shown, the others match the same tile.

    `names` are the tiles' titles in a data group, by tile number.
    """

    layout: EditorLayout
    items: dict[str, tuple[Item, ...]]
    names: Mapping[str, str] = field(default_factory=dict)


def arrange(layout: EditorLayout, opened: Item, companions: Sequence[Item]) -> Screen:
    """Arrange the opened item and its companions in the layout; an item that matches no tile gets the whole screen.

    If several items match a tile, the opened one comes first.
    """
    candidates = [opened, *(item for item in companions if _are_companions(layout.group_key, opened, item))]
    items = {}
    for number in tiles_of(layout.grid):
        query = layout.grid_content[number].client_metadata_query
        items[number] = tuple(item for item in candidates if query.is_met_by(item.metadata)) if query else (opened,)
    if any(opened in shown for shown in items.values()):
        return Screen(layout, items)
    return Screen(SINGLE_ITEM, {"0": (opened,)})


def style_sheet(layout: EditorLayout) -> str:
    """The CSS rules for the proportions of a layout's splits; a split's id is its path: `split`, `split-1`, `split-2`, …

    It contains only numbers and two fixed words, never text from the layout.
    """
    return "\n".join(_rules("split", layout.grid)) + "\n"


def _rules(name: str, grid: Split | int) -> list[str]:
    if not isinstance(grid, Split):
        return []
    tracks = "columns" if grid.direction == "row" else "rows"
    shares = f"minmax(0, {grid.split_percentage:g}fr) minmax(0, {100 - grid.split_percentage:g}fr)"
    rule = f"#{name} {{ grid-template-{tracks}: {shares}; }}"
    return [rule, *_rules(f"{name}-1", grid.first), *_rules(f"{name}-2", grid.second)]


def _are_companions(key: str | None, opened: Item, other: Item) -> bool:
    if key is None or opened.data_hash == other.data_hash:
        return False
    shared: Any = opened.metadata.get(key)
    return (
        isinstance(shared, str | bool | int | float) and key in other.metadata and is_same(other.metadata[key], shared)
    )
