"""Agreement by score gap, and the rule that follows from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from judge_pipeline.domain.statistics import agreement_by_gap, auto_accept

ROWS = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 4)), min_size=1, max_size=200)


def labels(*blocks: tuple[float, int, int]) -> tuple[list[str], list[str], list[float]]:
    """Blocks of (gap, images that agree, images that do not)."""
    judge, people, gaps = [], [], []
    for gap, agree, differ in blocks:
        judge += ["8B"] * (agree + differ)
        people += ["8B"] * agree + ["16B"] * differ
        gaps += [gap] * (agree + differ)
    return judge, people, gaps


def test_each_gap_is_reported_by_itself_and_with_all_larger_ones() -> None:
    zero, two = agreement_by_gap(*labels((0, 3, 5), (2, 9, 1)))

    assert (zero.gap, zero.at.count, zero.at.total) == (0, 3, 8)
    assert (zero.from_here.count, zero.from_here.total, zero.coverage.value) == (12, 18, 1)
    assert (two.gap, two.at, two.coverage.count, two.coverage.total) == (2, two.from_here, 10, 18)


def test_rows_that_miss_anything_are_left_out() -> None:
    levels = agreement_by_gap(["a", None, "a"], ["a", "a", None], [1, 1, None])

    assert [(level.gap, level.at.total) for level in levels] == [(1, 1)]
    assert agreement_by_gap([], [], []) == ()


def test_a_negative_gap_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected gaps of 0 or more, the distance between two scores, found -1"):
        agreement_by_gap(["a"], ["a"], [-1])


def test_the_rule_stops_at_the_first_gap_that_fails() -> None:
    """By hand: 59 of 59 is the fewest with .05^(1/n) > .95; with the next block 159 of 162, and then 189 of 222."""
    rule = auto_accept(*labels((0, 30, 30), (1, 100, 3), (2, 59, 0)), wanted=0.95)

    assert rule.gap == 1
    assert rule.agreement is not None
    assert rule.coverage is not None
    assert (rule.agreement.count, rule.agreement.total) == (159, 162)
    assert (rule.coverage.count, rule.coverage.total) == (162, 222)


def test_a_gap_of_too_few_images_does_not_end_the_search() -> None:
    """Three images at the widest gap cannot show 90% of anything; whether the rule may pass them over hangs on their number alone."""
    rule = auto_accept(*labels((1, 100, 2), (4, 3, 0)), wanted=0.9)

    assert rule.gap == 1


def test_a_judge_who_errs_where_it_is_surest_gets_no_rule() -> None:
    rule = auto_accept(*labels((0, 500, 0), (3, 20, 20)), wanted=0.9)

    assert rule.gap is None
    assert rule.undefined == "even at gaps of 3 or more the agreement is not known to be above 90%"


def test_too_few_labels_give_no_rule() -> None:
    assert auto_accept([], [], []).undefined == "no image has labels of both and a gap"
    rule = auto_accept(*labels((2, 28, 0)), wanted=0.9)
    assert rule.undefined == "28 labelled images are too few to show an agreement above 90%"
    assert auto_accept(*labels((2, 29, 0)), wanted=0.9).gap == 2


def test_an_agreement_of_all_cannot_be_wanted() -> None:
    with pytest.raises(ValueError, match=r"expected a wanted agreement between 0 and 1, such as 0\.9, found 1"):
        auto_accept(["a"], ["a"], [1], wanted=1)


@given(ROWS, st.sampled_from([0.3, 0.5, 0.7]))
def test_what_is_accepted_is_surely_good_enough(rows: list[tuple[bool, bool, int]], wanted: float) -> None:
    rule = auto_accept(*zip(*rows, strict=True), wanted=wanted)
    if rule.agreement is None:
        assert rule.undefined
        return

    # The lower end of a two-sided 90% interval is the one-sided 95% bound.
    low, _ = proportion_confint(rule.agreement.count, rule.agreement.total, alpha=0.1, method="beta")
    assert low > wanted


@given(ROWS)
def test_coverage_falls_and_the_parts_sum_to_the_whole(rows: list[tuple[bool, bool, int]]) -> None:
    levels = agreement_by_gap(*zip(*rows, strict=True))

    covered = [level.coverage.count for level in levels]
    assert covered == sorted(covered, reverse=True)
    assert sum(level.at.total for level in levels) == covered[0] == len(rows)
    assert sum(level.at.count for level in levels) == levels[0].from_here.count
