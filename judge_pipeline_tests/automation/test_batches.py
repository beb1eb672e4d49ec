"""Ranges of partitions: every wanted tag is in exactly one, and as few runs as possible are asked for."""

from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.automation.batches import batches


@st.composite
def wants(draw: st.DrawFn) -> tuple[list[str], set[str], int]:
    keys = [f"tag-{number}" for number in range(draw(st.integers(0, 60)))]
    wanted = set(draw(st.lists(st.sampled_from(keys), unique=True))) if keys else set()
    return keys, wanted, draw(st.integers(1, 70))


@given(wants())
def test_ranges_hold_every_wanted_tag_once_in_order_and_within_their_size(
    want: tuple[list[str], set[str], int],
) -> None:
    keys, wanted, size = want
    found = [(keys.index(batch.first), keys.index(batch.last)) for batch in batches(keys, wanted, size=size)]
    covered = [keys[index] for first, last in found for index in range(first, last + 1)]
    assert wanted <= set(covered)
    assert len(covered) == len(set(covered)), "no two ranges overlap"
    assert covered == [key for key in keys if key in set(covered)], "ranges follow the order of the partitions"
    for first, last in found:
        assert first <= last < first + size
        assert {keys[first], keys[last]} <= wanted, "no range begins or ends with a tag that nobody wants"


@given(wants())
def test_no_fewer_ranges_of_that_size_could_hold_them(want: tuple[list[str], set[str], int]) -> None:
    keys, wanted, size = want
    positions = sorted(keys.index(key) for key in wanted)
    fewest, reached = 0, -1
    for position in positions:
        if position > reached:
            fewest, reached = fewest + 1, position + size - 1
    assert len(batches(keys, wanted, size=size)) == fewest


def test_a_batch_names_its_range_as_dagster_does() -> None:
    (batch,) = batches(["a", "b", "c"], {"a", "c"}, size=3)
    assert batch.run_tags == {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "c"}


def test_a_wanted_tag_without_a_partition_is_left_out() -> None:
    assert batches(["a"], {"b"}, size=3) == []
