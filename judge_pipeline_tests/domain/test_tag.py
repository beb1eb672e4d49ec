"""Tags that people write are carried as partition keys that Dagster's pages take, and come back as they were written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.tag import read_tag, tag_for, written_tag

ANY_TEXT = st.text(st.characters(exclude_categories=[]), min_size=1) | st.from_regex(
    r"(@[0-9A-Fa-f]{0,2})+", fullmatch=True
)


@given(ANY_TEXT)
def test_every_text_comes_back_as_it_was_written(written: str) -> None:
    assert written_tag(read_tag(written)) == written


@given(ANY_TEXT)
def test_no_tag_has_to_be_quoted_in_a_selection_of_partitions(written: str) -> None:
    assert re.fullmatch(r"[-a-zA-Z0-9_:/@]+", read_tag(written))


@given(ANY_TEXT, ANY_TEXT)
def test_different_texts_are_different_tags(one: str, other: str) -> None:
    assert (read_tag(one) == read_tag(other)) == (one == other)


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("cat, no. 1", "cat@2C@20no@2E@201"),
        ("photos/2026:cat_1-b", "photos/2026:cat_1-b"),
        ("@2C", "@402C"),
        ("é", "@C3@A9"),
    ],
)
def test_what_a_tag_looks_like(written: str, tag: str) -> None:
    assert read_tag(written) == tag


def test_a_tag_of_our_own_is_written_as_it_is() -> None:
    tag = tag_for(project_hash="0f1d2c3b-0000-4000-8000-000000000000", item_uuid="00000000-0000-4000-8000-000000000001")
    assert read_tag(tag) == written_tag(tag) == tag
