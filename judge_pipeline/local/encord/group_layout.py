"""The layout of a data group: a tree of splits whose leaves show members by their keys. Pure."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from judge_pipeline.local.encord.wire import Body


class DataUnitTile(Body):
    """Shows one member."""

    type: Literal["data_unit"] = "data_unit"
    key: str


class CarouselTile(Body):
    """Shows one of several members, with a list to choose from."""

    type: Literal["data_unit_list"] = "data_unit_list"
    keys: tuple[str, ...] = Field(min_length=1)
    carousel_position: Literal["left", "right", "top", "bottom"]
    carousel_size: float = Field(ge=10, le=70)


class LayoutSplit(Body):
    """Two parts side by side (`row`) or stacked (`column`); the first gets `splitPercentage` of the space."""

    direction: Literal["row", "column"]
    first: "LayoutNode"
    second: "LayoutNode"
    split_percentage: float = Field(ge=5, le=95)


def _kind(node: Any) -> str:
    found = node.get("type") if isinstance(node, dict) else getattr(node, "type", None)
    return found if found in ("data_unit", "data_unit_list") else "split"


LayoutNode = Annotated[
    Annotated[DataUnitTile, Tag("data_unit")]
    | Annotated[CarouselTile, Tag("data_unit_list")]
    | Annotated[LayoutSplit, Tag("split")],
    Discriminator(_kind),
]


class TileSettings(Body):
    """How one tile is shown."""

    title: str | None = None
    is_read_only: bool = False


class LayoutSettings(Body):
    """How a layout is shown; `hasMultilayerLabels` gives the group a space of its own."""

    fixed_layout: bool = False
    tile_settings: dict[str, TileSettings] | None = None
    has_multilayer_labels: bool | None = None


def keys_in(node: DataUnitTile | CarouselTile | LayoutSplit) -> Iterator[str]:
    """The keys of the members that a layout shows, first to last."""
    if isinstance(node, LayoutSplit):
        yield from keys_in(node.first)
        yield from keys_in(node.second)
    elif isinstance(node, CarouselTile):
        yield from node.keys
    else:
        yield node.key


def grid_of(keys: Sequence[str]) -> DataUnitTile | LayoutSplit:
    """Encord's default grid: two members a row."""
    rows = [_row(keys[start : start + 2]) for start in range(0, len(keys), 2)]
    return _stacked(rows)


def carousel_of(keys: Sequence[str]) -> CarouselTile:
    """Encord's default carousel."""
    return CarouselTile(keys=tuple(keys), carouselPosition="bottom", carouselSize=20)


def _row(keys: Sequence[str]) -> DataUnitTile | LayoutSplit:
    tiles = [DataUnitTile(key=key) for key in keys]
    return tiles[0] if len(tiles) == 1 else _split("row", tiles[0], tiles[1], 50)


def _stacked(rows: Sequence[DataUnitTile | LayoutSplit]) -> DataUnitTile | LayoutSplit:
    if len(rows) == 1:
        return rows[0]
    return _split("column", rows[0], _stacked(rows[1:]), max(5, 100 / len(rows)))


def _split(
    direction: Literal["row", "column"],
    first: DataUnitTile | LayoutSplit,
    second: DataUnitTile | LayoutSplit,
    percentage: float,
) -> LayoutSplit:
    return LayoutSplit(direction=direction, first=first, second=second, splitPercentage=percentage)
