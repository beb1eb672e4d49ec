"""Which item each tile of a layout shows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from judge_pipeline.local.encord.editor.item import Item
from judge_pipeline.local.encord.editor.layout import ALONE, EditorLayout, Split, is_same, tiles_of


@dataclass(frozen=True)
class Screen:
    """The items of each tile, by its number: the first is shown, the others want the same place."""

    layout: EditorLayout
    items: dict[str, tuple[Item, ...]]


def arrange(layout: EditorLayout, opened: Item, companions: Sequence[Item]) -> Screen:
    """Put the opened item and its companions onto the screen; an item that no tile wants is shown alone.

    Of several items for one tile the opened one comes first.
    """
    candidates = [opened, *(item for item in companions if _belong_together(layout.group_key, opened, item))]
    items = {}
    for number in tiles_of(layout.grid):
        query = layout.grid_content[number].client_metadata_query
        items[number] = tuple(item for item in candidates if query.is_met_by(item.metadata)) if query else (opened,)
    if any(opened in shown for shown in items.values()):
        return Screen(layout, items)
    return Screen(ALONE, {"0": (opened,)})


def style_sheet(layout: EditorLayout) -> str:
    """The rules that give each split of a layout its shares; a split is named by its path: `split`, `split-1`, `split-2`, …

    Only numbers and two words are written, none of the layout's texts.
    """
    return "\n".join(_rules("split", layout.grid)) + "\n"


def _rules(name: str, grid: Split | int) -> list[str]:
    if not isinstance(grid, Split):
        return []
    tracks = "columns" if grid.direction == "row" else "rows"
    shares = f"minmax(0, {grid.split_percentage:g}fr) minmax(0, {100 - grid.split_percentage:g}fr)"
    rule = f"#{name} {{ grid-template-{tracks}: {shares}; }}"
    return [rule, *_rules(f"{name}-1", grid.first), *_rules(f"{name}-2", grid.second)]


def _belong_together(key: str | None, opened: Item, other: Item) -> bool:
    if key is None or opened.data_hash == other.data_hash:
        return False
    shared: Any = opened.metadata.get(key)
    return (
        isinstance(shared, str | bool | int | float) and key in other.metadata and is_same(other.metadata[key], shared)
    )
