"""A label editor's layout: tiles in a grid, and by client metadata which item each tile shows. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from judge_pipeline.local.encord.errors import InvalidArguments

MAX_TILES = 16
"""More do not fit on a screen; it also bounds how deep a grid can be."""

Scalar = str | bool | int | float


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="forbid", strict=True)


class Split(_Part):
    """Two parts beside (`row`) or above each other (`column`); the first gets `splitPercentage` of the room."""

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
        """Whether the value under the key is the same, type and letter case included."""
        return self.key in metadata and is_same(metadata[self.key], self.value)


class Query(_Part):
    """Conditions that all hold."""

    and_conditions: tuple[Condition, ...] = Field(min_length=1)

    def is_met_by(self, metadata: dict[str, Any]) -> bool:
        """Whether an item with this client metadata is wanted."""
        return all(condition.is_met_by(metadata) for condition in self.and_conditions)


class Tile(_Part):
    """What a tile shows; without a query it is the opened item itself."""

    readonly: bool = False
    dicom_tags_query: None = None
    client_metadata_query: Query | None = None


class GroupKey(_Part):
    """The client metadata key whose value the items on one screen share."""

    key: str
    operator: Literal["="]


class TopLevelFilter(_Part):
    """Which items may come onto the screen of an opened item."""

    dicom_tags: None = None
    client_metadata: GroupKey | None = None


class Settings(_Part):
    """Whether people may rearrange the tiles; nobody can here."""

    fixed_layout: bool = False


class EditorLayout(_Part):
    """A whole layout file, as Encord's project settings take it."""

    name: str
    grid: Grid
    grid_content: dict[str, Tile]
    top_level_grid_filter: TopLevelFilter | None = None
    settings: Settings = Settings()

    @model_validator(mode="after")
    def _each_tile_once(self) -> "EditorLayout":
        count = Counter(tiles_of(self.grid))
        problems = [f"tile {number} is in the grid {n} times" for number, n in count.items() if n > 1]
        problems += [f"tile {n} of the grid is missing in gridContent" for n in count if n not in self.grid_content]
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
        """The client metadata key that holds a screen together, None when each item stands alone."""
        of_metadata = self.top_level_grid_filter and self.top_level_grid_filter.client_metadata
        return of_metadata.key if of_metadata else None


def read_layout(text: str | bytes) -> EditorLayout:
    """A layout from its file; InvalidArguments names every problem and where it is."""
    try:
        return EditorLayout.model_validate_json(text)
    except ValidationError as error:
        problems = "; ".join(map(_spoken, error.errors(include_url=False)))
        raise InvalidArguments(f"this is no editor layout: {problems}") from None


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


def _spoken(problem: ErrorDetails) -> str:
    place = ".".join(str(step) for step in problem["loc"] if step not in ("split", "tile"))
    said = problem["msg"].replace("Input should", "should")
    found = "" if problem["type"] in _SELF_EVIDENT else f", found {problem['input']!r:.80}"
    return f"{place}: {said}{found}" if place else f"{said}{found}"


_SELF_EVIDENT = ("missing", "extra_forbidden", "tiles", "json_invalid")
"""Problems that are told without what stands there."""

ALONE = EditorLayout(name="one item", grid=0, gridContent={"0": Tile()})
"""What a project without a layout shows: the opened item and nothing else."""
