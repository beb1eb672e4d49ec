"""A layout file is accepted as in Encord's project settings, or refused with a list of its problems."""

import copy
import json
from typing import Any
from uuid import uuid4

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.local.encord.editor.arrangement import style_sheet
from judge_pipeline.local.encord.editor.layout import MAX_TILES, read_layout, tiles_of
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline_tests.local.encord.editor.group import LAYOUT
from judge_pipeline_tests.seed_project import SeedProject

NOTEBOOK: dict[str, Any] = json.loads(LAYOUT.read_bytes())

GRIDS = st.recursive(
    st.none(),
    lambda grids: st.fixed_dictionaries(
        {"direction": st.sampled_from(["row", "column"]), "first": grids, "second": grids},
        optional={"splitPercentage": st.floats(min_value=1, max_value=99)},
    ),
    max_leaves=MAX_TILES,
)
"""Grids with unnumbered tiles."""


def numbered(grid: Any, numbers: Any) -> Any:
    if grid is None:
        return next(numbers)
    return grid | {side: numbered(grid[side], numbers) for side in ("first", "second")}


def put(seed: SeedProject, body: bytes) -> requests.Response:
    url = f"{seed.server.url}/_local/projects/{seed.project_hash}/editor-layout"
    return requests.put(url, data=body, timeout=10)


def test_the_notebooks_layout_is_read_back_as_it_was_uploaded(seed: SeedProject) -> None:
    path = f"projects/{seed.project_hash}/editor-layout"
    assert seed.server.control("GET", path).json() is None
    seed.server.control("PUT", path, data=LAYOUT.read_bytes())
    assert seed.server.control("GET", path).json() == NOTEBOOK


def test_a_refused_layout_leaves_the_previous_one(seed: SeedProject) -> None:
    put(seed, LAYOUT.read_bytes())
    refused = put(seed, b'{"name": "half"}')
    assert (refused.status_code, refused.json()["message"]) == (
        400,
        "this is not a valid editor layout: grid: Field required; gridContent: Field required",
    )
    assert seed.server.control("GET", f"projects/{seed.project_hash}/editor-layout").json() == NOTEBOOK


def test_a_layout_for_an_unknown_project_is_404(seed: SeedProject) -> None:
    url = f"{seed.server.url}/_local/projects/{uuid4()}/editor-layout"
    assert requests.put(url, data=LAYOUT.read_bytes(), timeout=10).status_code == 404
    assert requests.get(url, timeout=10).status_code == 404


def _set(layout: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split("/")
    place: Any = layout
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    place[last] = value


CONDITION = "gridContent/1/clientMetadataQuery/andConditions/0"


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("grid/second/direction", "diagonal", "grid.second.direction: should be 'row' or 'column', found 'diagonal'"),
        ("grid/splitPercentage", 100, "grid.splitPercentage: should be less than 100, found 100"),
        ("grid/second/first", "one", "grid.second.first: should be a tile's number or a split"),
        ("grid/second/first", True, "grid.second.first: should be a tile's number or a split"),
        ("grid/first", -1, "grid.first: should be greater than or equal to 0, found -1"),
        ("grid/second/first", 0, "tile 0 is in the grid 2 times"),
        ("grid/second/first", 7, "tile 7 of the grid is missing from gridContent"),
        ("grid/second", 1, "gridContent has a tile '2' that is not in the grid"),
        (f"{CONDITION}/operator", ">", "andConditions.0.operator: should be '=', found '>'"),
        (f"{CONDITION}/value", ["Image"], "andConditions.0.value"),
        ("gridContent/1/clientMetadataQuery", {"andConditions": []}, "at least 1 item"),
        ("gridContent/1/dicomTagsQuery", {}, "gridContent.1.dicomTagsQuery: should be null, found {}"),
        ("topLevelGridFilter/clientMetadata/key", 5, "topLevelGridFilter.clientMetadata.key: should be a valid string"),
        ("colour", "red", "colour: Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_reported_with_its_place(path: str, value: Any, text: str) -> None:
    layout = copy.deepcopy(NOTEBOOK)
    _set(layout, path, value)
    with pytest.raises(InvalidArguments) as refused:
        read_layout(json.dumps(layout))
    assert text in str(refused.value)


def test_anything_but_a_json_object_is_refused(seed: SeedProject) -> None:
    for body in (b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"):
        assert put(seed, body).status_code == 400


def test_a_grid_too_deep_for_a_screen_is_refused() -> None:
    grid = "0"
    for _ in range(50):
        grid = f'{{"direction": "row", "first": 1, "second": {grid}}}'
    with pytest.raises(InvalidArguments, match="at most 16 tiles, found 51"):
        read_layout(f'{{"name": "deep", "grid": {grid}, "gridContent": {{}}}}')


@given(GRIDS)
def test_a_grid_of_any_shape_is_accepted_and_every_split_divides_its_space(drawn: Any) -> None:
    grid = numbered(drawn, iter(range(MAX_TILES)))
    count = str(grid).count("'first'") + 1
    layout = read_layout(json.dumps({"name": "any", "grid": grid, "gridContent": {str(n): {} for n in range(count)}}))
    assert list(tiles_of(layout.grid)) == [str(n) for n in range(count)]
    rules = style_sheet(layout).split("\n")[:-1]
    shares = [[float(part.partition("fr")[0]) for part in rule.split("minmax(0, ")[1:]] for rule in rules if rule]
    assert len(shares) == count - 1
    assert all(sum(share) == pytest.approx(100, rel=1e-4) and min(share) > 0 for share in shares)
