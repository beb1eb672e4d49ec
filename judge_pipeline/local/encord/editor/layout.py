"""A label editor's layout: tiles in a grid, and the client metadata that selects each tile's item. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from judge_pipeline.local.encord.errors import InvalidArguments

MAX_TILES = 16
"""More do not fit on a screen; it also limits the depth of a grid."""

Scalar = str | bool | int | float


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="forbid", strict=True)


class Split(_Part):
    """Two parts side by side (`row`) or stacked (`column`); the first gets `splitPercentage` of the space."""

    direction: Literal["row", "column"]
    first: "Grid"
    second: "Grid"
    split_percentage: float = Field(default=50, gt=0, lt=100)


def _kind(grid: object) -> str | None:
    if isinstance(grid, int) and not isinstance(grid, bool):
        return "tile"
    return "split" if isinstance(grid, dict | Split) else None


Grid = Annotated[
    Annotated[Split, Tag("split")] | Annotated[int, Field(ge=0), Tag("tile")],
    Discriminator(
        _kind,
        custom_error_type="grid",
        custom_error_message="should be a tile's number or a split with direction, first and second",
    ),
]
"""A tile's number, or a split of two grids."""


class Condition(_Part):
    """Client metadata that an item must have."""

    key: str
    operator: Literal["="]
    value: Scalar

    def is_met_by(self, metadata: dict[str, Any]) -> bool:
        """Whether the value under the key is equal; type and letter case count."""
        return self.key in metadata and is_same(metadata[self.key], self.value)


class MetadataQuery(_Part):
    """Conditions that must all hold."""

    and_conditions: tuple[Condition, ...] = Field(min_length=1)

    def is_met_by(self, metadata: dict[str, Any]) -> bool:
        """Whether an item with this client metadata matches."""
        return all(condition.is_met_by(metadata) for condition in self.and_conditions)


class Tile(_Part):
    """What a tile shows; without a query, the opened item itself."""

    readonly: bool = False
    dicom_tags_query: None = None
    client_metadata_query: MetadataQuery | None = None


class GroupKey(_Part):
    """The client metadata key whose value the items on one screen share."""

    key: str
    operator: Literal["="]


class TopLevelFilter(_Part):
    """Which items may be shown together with an opened item."""

    dicom_tags: None = None
    client_metadata: GroupKey | None = None


class LayoutSettings(_Part):
    """Whether people may rearrange the tiles; these pages never allow it."""

    fixed_layout: bool = False


class EditorLayout(_Part):
    """A whole layout file, as Encord's project settings accept it."""

    name: str
    grid: Grid
    grid_content: dict[str, Tile]
    top_level_grid_filter: TopLevelFilter | None = None
    settings: LayoutSettings = LayoutSettings()

    @model_validator(mode="after")
    def _each_tile_once(self) -> "EditorLayout":
        count = Counter(tiles_of(self.grid))
        problems = [f"tile {number} is in the grid {n} times" for number, n in count.items() if n > 1]
        problems += [f"tile {n} of the grid is missing from gridContent" for n in count if n not in self.grid_content]
        problems += [
            f"gridContent has a tile {n!r} that is not in the grid" for n in self.grid_content if n not in count
        ]
        if count.total() > MAX_TILES:
            problems.append(f"at most {MAX_TILES} tiles, found {count.total()}")
        if problems:
            raise PydanticCustomError("tiles", "{problems}", {"problems": "; ".join(problems)})
        return self

    @property
    def group_key(self) -> str | None:
        """The client metadata key that groups the items of a screen; None if each item has a screen of its own."""
        of_metadata = self.top_level_grid_filter and self.top_level_grid_filter.client_metadata
        return of_metadata.key if of_metadata else None


def read_layout(text: str | bytes) -> EditorLayout:
    """A layout from its file; InvalidArguments lists every problem and its place."""
    try:
        return EditorLayout.model_validate_json(text)
    except ValidationError as error:
        problems = "; ".join(map(_describe, error.errors(include_url=False)))
        raise InvalidArguments(f"this is not a valid editor layout: {problems}") from None


def tiles_of(grid: Split | int) -> Iterator[str]:
    """The numbers of a grid's tiles as gridContent writes them, first to last."""
    if isinstance(grid, Split):
        yield from tiles_of(grid.first)
        yield from tiles_of(grid.second)
    else:
        yield str(grid)


def is_same(found: object, wanted: Scalar) -> bool:
    """Equality of JSON values: `true` is not 1."""
    return isinstance(found, bool) == isinstance(wanted, bool) and found == wanted


def _describe(problem: ErrorDetails) -> str:
    place = ".".join(str(step) for step in problem["loc"] if step not in ("split", "tile"))
    message = problem["msg"].replace("Input should", "should")
    found = "" if problem["type"] in _SELF_EVIDENT else f", found {problem['input']!r:.80}"
    return f"{place}: {message}{found}" if place else f"{message}{found}"


_SELF_EVIDENT = ("missing", "extra_forbidden", "tiles", "json_invalid")
"""Problems that are clear without the value that was found."""

SINGLE_ITEM = EditorLayout(name="one item", grid=0, gridContent={"0": Tile()})
"""What a project without a layout shows: only the opened item."""
