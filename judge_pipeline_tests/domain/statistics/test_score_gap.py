"""Agreement by score gap, and the rule that follows from it."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from judge_pipeline.domain.statistics import agreement_by_gap, auto_accept, lowest_share_at_every_look

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
    """The widest gap passes with 120 of 120, the next with 280 of 283, and the last fails with 310 of 343."""
    rule = auto_accept(*labels((0, 30, 30), (1, 160, 3), (2, 120, 0)), wanted=0.95)

    assert rule.gap == 1
    assert rule.agreement is not None
    assert rule.coverage is not None
    assert rule.at_least is not None
    assert (rule.agreement.count, rule.agreement.total) == (280, 283)
    assert (rule.coverage.count, rule.coverage.total) == (283, 343)
    assert 0.95 < rule.at_least < 280 / 283


def test_gaps_that_few_judged_images_reach_do_not_end_the_search() -> None:
    """The judge's gaps alone set the first one that is tested, so that it is the same at every look."""
    judge, people, gaps = labels((1, 150, 2), (4, 3, 2))
    assert auto_accept(judge, people, gaps, wanted=0.9).gap == 1

    judged = [*judge, *["8B"] * 40]
    unlabelled = [*people, *[None] * 40]

    assert auto_accept(judged, unlabelled, [*gaps, *[4] * 40], wanted=0.9).undefined == (
        "5 labelled images are too few to show an agreement above 90% at gaps of 4 or more"
    )
    assert auto_accept(judged, unlabelled, [*gaps, *[1] * 40], wanted=0.9).gap == 1


def test_a_judge_who_errs_where_it_is_surest_gets_no_rule() -> None:
    rule = auto_accept(*labels((0, 150, 0), (3, 30, 20)), wanted=0.9)

    assert rule.gap is None
    assert rule.undefined == "even at gaps of 3 or more the agreement is not known to be above 90%"


def test_too_few_labels_give_no_rule() -> None:
    """43 of 43 are the fewest that show more than 90% at every look; 29 would do for a single one."""
    assert auto_accept([], [], []).undefined == "no image has labels of both and a gap"
    rule = auto_accept(*labels((2, 42, 0)), wanted=0.9)
    assert rule.undefined == "42 labelled images are too few to show an agreement above 90% at gaps of 2 or more"
    assert auto_accept(*labels((2, 43, 0)), wanted=0.9).gap == 2


def test_labels_of_unequal_probabilities_count_as_fewer_equal_ones() -> None:
    """By hand, Kish: 60 of weight 1 and 20 of weight 4 count as 140² / 380 = 51.6 with an agreement of 136 / 140."""
    judge, people, gaps = labels((2, 56, 4), (2, 20, 0))
    weights = [1.0] * 60 + [0.25] * 20

    rule = auto_accept(judge, people, gaps, probabilities=weights, wanted=0.8)

    assert rule.agreement is not None
    assert rule.agreement.value == pytest.approx(136 / 140)
    assert rule.at_least == pytest.approx(lowest_share_at_every_look(140**2 / 380 * 136 / 140, 140**2 / 380))
    equal = auto_accept(judge, people, gaps, probabilities=[0.1] * 80, wanted=0.8)
    assert equal.at_least == auto_accept(judge, people, gaps, wanted=0.8).at_least
    unknown = auto_accept(judge, people, gaps, probabilities=[None] * 79 + [1])
    assert unknown.undefined == "1 labelled image is too few to show an agreement above 90% at gaps of 2 or more"
    with pytest.raises(ValueError, match="expected inclusion probabilities above 0 and up to 1, found 0"):
        auto_accept(judge, people, gaps, probabilities=[0.0] * 80)


def test_an_agreement_of_all_cannot_be_wanted() -> None:
    with pytest.raises(ValueError, match=r"expected a wanted agreement between 0 and 1, such as 0\.9, found 1"):
        auto_accept(["a"], ["a"], [1], wanted=1)


@given(ROWS, st.sampled_from([0.3, 0.5, 0.7]))
def test_what_is_accepted_is_surely_good_enough(rows: list[tuple[bool, bool, int]], wanted: float) -> None:
    """The bound at every look is also one for this look: Clopper and Pearson's is above it."""
    rule = auto_accept(*zip(*rows, strict=True), wanted=wanted)
    if rule.agreement is None or rule.at_least is None:
        assert rule.undefined
        return

    # The lower end of a two-sided 90% interval is the one-sided 95% bound.
    low, _ = proportion_confint(rule.agreement.count, rule.agreement.total, alpha=0.1, method="beta")
    assert low > rule.at_least > wanted


@given(ROWS, st.randoms())
def test_the_order_of_the_images_does_not_change_the_rule(rows: list[tuple[bool, bool, int]], random: Random) -> None:
    again = random.sample(rows, len(rows))

    assert auto_accept(*zip(*again, strict=True), wanted=0.5) == auto_accept(*zip(*rows, strict=True), wanted=0.5)


@given(ROWS)
def test_coverage_falls_and_the_parts_sum_to_the_whole(rows: list[tuple[bool, bool, int]]) -> None:
    levels = agreement_by_gap(*zip(*rows, strict=True))

    covered = [level.coverage.count for level in levels]
    assert covered == sorted(covered, reverse=True)
    assert sum(level.at.total for level in levels) == covered[0] == len(rows)
    assert sum(level.at.count for level in levels) == levels[0].from_here.count


def test_the_labels_of_one_scene_count_once() -> None:
    """A hundred labels that all agree make a rule; ten scenes of ten such images are ten labels, too few for one."""
    judge, gaps = ["first"] * 100, [1.0] * 100
    apart = auto_accept(judge, judge, gaps)
    own = auto_accept(judge, judge, gaps, clusters=list(range(100)))
    assert apart.gap == own.gap == 1.0
    assert own.at_least == pytest.approx(apart.at_least)
    scenes = [number // 10 for number in range(100)]
    assert auto_accept(judge, judge, gaps, clusters=scenes).gap is None
    many = auto_accept(judge * 10, judge * 10, gaps * 10, clusters=[number // 10 for number in range(1000)])
    assert many.at_least == pytest.approx(apart.at_least)
