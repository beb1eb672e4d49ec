"""Client metadata is written by anyone: whatever stands in it concerns its own row alone."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from judge_pipeline.domain.captioner import Captioner, DataType
from judge_pipeline.domain.item_metadata import LONGEST_TAG, ItemMetadata, cluster_of, tag_metadata, unset_keys
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import StageKind

PROJECT = "0f1d2c3b-0000-4000-8000-000000000000"
TAG = Tag("11111111-2222-4333-8444-555555555555")

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]))
    | st.sampled_from([*DataType, "x" * (LONGEST_TAG + 1)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def row(number: int, metadata: object, *, is_image: bool) -> ProjectRow:
    read = ItemMetadata.read(metadata)
    return ProjectRow(
        data_hash=f"data-{number}",
        dataset_hash="dataset",
        item_uuid=f"item-{number}",
        title=f"{number}.png",
        is_image=is_image,
        stage="LLM1",
        kind=StageKind.LLM1,
        tag=read.tag,
        data_type=read.data_type,
        problem=read.problem,
    )


GOOD = [
    row(1, tag_metadata(TAG, DataType.IMAGE), is_image=True),
    *(row(2 + n, tag_metadata(TAG, each.data_type), is_image=False) for n, each in enumerate(Captioner)),
]


@given(ANY_JSON, ANY_JSON, st.booleans())
@example(["Text_8B"], ["Image"], False)
@example(0, "Image", True)
def test_no_value_affects_another_row(tag: object, data_type: object, is_image: bool) -> None:
    odd = row(9, {"Tag": tag, "Data Type": data_type}, is_image=is_image)
    snapshot = ProjectSnapshot.of([*GOOD, odd], project_hash=PROJECT)
    assert snapshot.rows_of(TAG) == tuple(GOOD)
    assert TAG not in snapshot.conflicts
    assert (len(snapshot.images), len(snapshot.texts)) >= (1, 2)


@given(ANY_JSON, ANY_JSON)
def test_an_image_has_its_text_as_tag_or_none_to_fill_in_or_is_refused(tag: object, data_type: object) -> None:
    metadata = {"Tag": tag, "Data Type": data_type}
    (found,) = ProjectSnapshot.of([row(9, metadata, is_image=True)], project_hash=PROJECT).images.items()
    key, image = found
    if image.problem is None:
        assert tag_metadata(key, DataType.IMAGE)["Tag"] == (tag or tag_metadata(key, DataType.IMAGE)["Tag"])
        assert unset_keys(metadata, tag_metadata(key, DataType.IMAGE)).keys() == {
            key for key, value in metadata.items() if value in (None, "")
        }
        assert len(key) <= LONGEST_TAG


@given(st.dictionaries(st.text(), ANY_JSON) | ANY_JSON)
def test_metadata_of_any_shape_is_read(metadata: object) -> None:
    ItemMetadata.read(metadata)


def test_a_problem_names_the_value_and_the_remedy() -> None:
    problems = [
        ItemMetadata.read(metadata).problem
        for metadata in ({"Tag": 7}, {"Tag": "x" * 3000}, {"Tag": "x", "Data Type": ["Image"]})
    ]
    assert problems == [
        "has the Tag 7, expected a text in quotes; make it a text or remove it in Encord",
        f"has a Tag of 3,000 characters as a partition key ({'x' * 20}…), expected at most 1,000; shorten or remove it in Encord",
        'has the Data Type ["Image"], expected a text in quotes; make it a text or remove it in Encord',
    ]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"scene": "a"}, "a"),
        ({"scene": 7}, "7"),
        ({"scene": {"b": 1, "a": [2]}}, '{"a": [2], "b": 1}'),
        ({"scene": ""}, None),
        ({"scene": None}, None),
        ({}, None),
        (None, None),
        ([1], None),
    ],
)
def test_any_value_names_a_scene(metadata: object, expected: str | None) -> None:
    assert cluster_of(metadata, "scene") == expected
