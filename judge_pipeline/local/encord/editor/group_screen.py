"""A data group's members in the group's own layout."""

import sqlite3
from collections.abc import Iterator, Sequence

from pydantic import TypeAdapter

from judge_pipeline.local.encord.data_groups import Member, settings_of
from judge_pipeline.local.encord.editor.arrangement import Screen
from judge_pipeline.local.encord.editor.item import Item, member_of
from judge_pipeline.local.encord.editor.layout import MAX_TILES, EditorLayout, Split, Tile
from judge_pipeline.local.encord.group_layout import (
    CarouselTile,
    DataUnitTile,
    LayoutNode,
    LayoutSettings,
    LayoutSplit,
    carousel_of,
    grid_of,
)

_LAYOUT: TypeAdapter[DataUnitTile | CarouselTile | LayoutSplit] = TypeAdapter(LayoutNode)


def group_screen(db: sqlite3.Connection, group: Item, members: Sequence[Member]) -> Screen:
    """The members of a group in its layout, or in a grid if it has none; a carousel shows its first, as does what is too much."""
    stored, keys = settings_of(db, members[0].group), [member.key for member in members]
    layout = _LAYOUT.validate_json(stored["layout_json"]) if stored["layout_json"] else grid_of(keys)
    if len(list(_tiles(layout))) > MAX_TILES:
        layout = carousel_of(keys)
    settings = LayoutSettings.model_validate_json(stored["settings_json"])
    items = {member.key: member_of(group, member.row) for member in members}
    tiles = [_keys(tile) for tile in _tiles(layout)]
    titles = {key: tile.title for key, tile in (settings.tile_settings or {}).items() if tile.title}
    numbers = iter(range(len(tiles)))
    return Screen(
        EditorLayout(
            name=group.title,
            grid=_grid(layout, numbers),
            gridContent={str(number): Tile() for number in range(len(tiles))},
        ),
        {str(number): tuple(items[key] for key in keys) for number, keys in enumerate(tiles)},
        {str(number): titles.get(keys[0], keys[0]) for number, keys in enumerate(tiles)},
    )


def _tiles(node: DataUnitTile | CarouselTile | LayoutSplit) -> Iterator[DataUnitTile | CarouselTile]:
    if isinstance(node, LayoutSplit):
        yield from _tiles(node.first)
        yield from _tiles(node.second)
    else:
        yield node


def _keys(tile: DataUnitTile | CarouselTile) -> tuple[str, ...]:
    return tile.keys if isinstance(tile, CarouselTile) else (tile.key,)


def _grid(node: DataUnitTile | CarouselTile | LayoutSplit, numbers: Iterator[int]) -> Split | int:
    if not isinstance(node, LayoutSplit):
        return next(numbers)
    first = _grid(node.first, numbers)
    second = _grid(node.second, numbers)
    return Split(direction=node.direction, first=first, second=second, splitPercentage=node.split_percentage)
