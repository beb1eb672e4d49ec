"""A share says how sure it is, and says so when it cannot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.statistics import Share


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons_as_newcombe_published_it(count: int, total: int, low: float, high: float) -> None:
    """R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I."""
    interval = Share(count, total).interval

    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


def test_a_share_of_nothing_is_undefined() -> None:
    share = Share(0, 0)

    assert (share.value, share.interval) == (None, None)


@given(total=st.integers(1, 10**6), data=st.data())
def test_the_interval_holds_the_value_and_stays_between_0_and_1(total: int, data: st.DataObject) -> None:
    share = Share(data.draw(st.integers(0, total)), total)

    assert share.value is not None
    assert share.interval is not None
    assert 0 <= share.interval.low <= share.value <= share.interval.high <= 1


@given(total=st.integers(1, 10**6), data=st.data())
def test_the_rivals_intervals_are_mirror_images(total: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, total))
    one, other = Share(count, total).interval, Share(total - count, total).interval

    assert one is not None
    assert other is not None
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low))


@pytest.mark.parametrize(("count", "total"), [(-1, 3), (4, 3)])
def test_a_share_above_the_whole_or_below_nothing_cannot_be_built(count: int, total: int) -> None:
    with pytest.raises(ValueError, match=f"expected a count between 0 and the total, found {count} of {total}"):
        Share(count, total)
