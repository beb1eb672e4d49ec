"""Partition ranges: each wanted tag is in exactly one, nothing else is started, and there are as few runs as possible."""

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.automation.support.partition_ranges import partition_ranges, spanned_keys


@dataclass(frozen=True)
class Want:
    keys: list[str]
    wanted: set[str]
    done: set[str]
    size: int

    def positions(self) -> list[range]:
        """The positions in each range."""
        found = partition_ranges(self.keys, self.wanted, size=self.size, done=self.done)
        return [range(self.keys.index(each.first), self.keys.index(each.last) + 1) for each in found]


@st.composite
def wants(draw: st.DrawFn) -> Want:
    """Each tag is wanted, done, or neither: finished by a person, gone, or in another run."""
    kinds = draw(st.lists(st.sampled_from(["wanted", "done", "neither"]), max_size=60))
    keys = [f"tag-{number}" for number in range(len(kinds))]
    of = {kind: {key for key, its in zip(keys, kinds, strict=True) if its == kind} for kind in ("wanted", "done")}
    return Want(keys, of["wanted"], of["done"], draw(st.integers(1, 70)))


@given(wants())
def test_ranges_cover_each_wanted_tag_once_and_otherwise_only_done_ones(want: Want) -> None:
    covered = [want.keys[position] for positions in want.positions() for position in positions]
    assert want.wanted <= set(covered) <= want.wanted | want.done
    assert len(covered) == len(set(covered)), "no two ranges overlap"
    assert covered == [key for key in want.keys if key in set(covered)], "ranges follow the order of the partitions"


@given(wants())
def test_ranges_respect_the_size_and_start_and_end_with_a_wanted_tag(want: Want) -> None:
    for positions in want.positions():
        assert 1 <= len(positions) <= want.size
        assert {want.keys[positions[0]], want.keys[positions[-1]]} <= want.wanted


@given(wants())
def test_fewer_ranges_of_that_size_could_not_cover_them(want: Want) -> None:
    fewest, end = 0, -1
    for position, key in enumerate(want.keys):
        if key in want.wanted and position > end:
            fewest, end = fewest + 1, position + want.size - 1
        elif key not in want.wanted | want.done:
            end = -1
    assert len(want.positions()) == fewest


@given(wants())
def test_only_spanned_keys_need_to_be_known_as_done(want: Want) -> None:
    spanned = set(spanned_keys(want.keys, want.wanted, size=want.size))
    assert not spanned & want.wanted
    assert replace(want, done=want.done & spanned).positions() == want.positions()


def test_a_range_has_dagsters_run_tags() -> None:
    (tag_range,) = partition_ranges(["a", "b", "c"], {"a", "c"}, size=3, done={"b"})
    assert tag_range.run_tags == {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "c"}


def test_a_wanted_tag_without_a_partition_is_left_out() -> None:
    assert partition_ranges(["a"], {"b"}, size=3) == []
