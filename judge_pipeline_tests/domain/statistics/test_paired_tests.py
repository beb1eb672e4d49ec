"""Tests on pairs: Darwin's maize, Student's sleepers, and the inputs on which they have nothing to say."""

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.statistics import mean_difference, paired_t_test, sign_test, wilcoxon_signed_rank

DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
"""Crossed less self-fertilised maize, in eighths of an inch: R. A. Fisher, The Design of Experiments (1935), chapter III."""

SLEEP = ([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4], [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
"""Hours of sleep gained with either drug: Student, The probable error of a mean, Biometrika 6 (1908), 1-25."""

SCORES = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=30)


def columns(pairs: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [one for one, _ in pairs], [other for _, other in pairs]


def test_darwins_maize_by_students_test() -> None:
    """Fisher (1935): t = 2.148, just beyond 2.145, the 5% point."""
    test = paired_t_test(DARWIN, [0] * 15)

    assert test.statistic == pytest.approx(2.148, abs=5e-4)
    assert test.p_value is not None
    assert 0.049 < test.p_value < 0.05


def test_darwins_maize_by_signs() -> None:
    """By hand: 13 of 15 higher, 2 (1 + 15 + 105) / 2¹⁵ = 0.00738525."""
    test = sign_test(DARWIN, [0] * 15)

    assert (test.higher, test.lower, test.equal) == (13, 2, 0)
    assert test.p_value == pytest.approx(0.00738525)


def test_darwins_maize_by_ranks() -> None:
    """As scipy's documentation of `wilcoxon` has it: W = 24, p = 0.041259765625."""
    test = wilcoxon_signed_rank(DARWIN, [0] * 15)

    assert test.statistic == 24
    assert test.p_value == pytest.approx(0.041259765625)


def test_students_sleepers() -> None:
    """Student (1908) has the mean 1.58 and its spread; t = 4.06, p = 0.0028, 0.70 to 2.46 as R prints for `sleep`."""
    test, difference = paired_t_test(*SLEEP), mean_difference(*SLEEP)

    assert test.statistic == pytest.approx(4.0621, abs=5e-5)
    assert test.p_value == pytest.approx(0.002833, abs=5e-7)
    assert difference.value == pytest.approx(1.58)
    assert difference.interval is not None
    assert (difference.interval.low, difference.interval.high) == pytest.approx((0.7001142, 2.4598858), abs=5e-8)


def test_the_presidents_ratings_are_paired_shares() -> None:
    """A. Agresti, Categorical Data Analysis, 2nd ed. (2002), section 10.1: -0.06 to -0.02, standard error 0.0095."""
    table = [(1, 1)] * 794 + [(1, 0)] * 150 + [(0, 1)] * 86 + [(0, 0)] * 570
    before, after = columns(table)

    difference = mean_difference(after, before)

    assert difference.value == pytest.approx(-0.04)
    assert difference.interval is not None
    assert (round(difference.interval.low, 2), round(difference.interval.high, 2)) == (-0.06, -0.02)
    assert difference.interval.width / 2 / 1.96 == pytest.approx(0.0095, abs=1e-4)


def test_the_treatment_of_zeros_is_named_and_matters() -> None:
    """By hand: differences 1, 1, 2 and two zeros. Without them the ranks are 1.5, 1.5 and 3, all positive: p = 2/8.
    Ranked with them, 1 and -1 have 3.5 each, 2 has 5: of eight patterns 0, 3.5 and 3.5 are no larger than 3.5, 6/8.
    """
    dropped = wilcoxon_signed_rank([1, 1, 2, 0, 0], [0] * 5, zeros="wilcox")
    ranked = wilcoxon_signed_rank([1, -1, 2, 0, 0], [0] * 5)

    assert (dropped.method, ranked.method) == (
        "Wilcoxon signed-rank, zeros: wilcox",
        "Wilcoxon signed-rank, zeros: pratt",
    )
    assert (dropped.statistic, dropped.p_value) == (0, 0.25)
    assert (ranked.statistic, ranked.p_value, ranked.equal) == (3.5, 0.75, 2)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30, unique=True), st.data())
def test_without_ties_the_ranks_test_is_scipys_exact_one(sizes: list[int], data: st.DataObject) -> None:
    differences = [size * data.draw(st.sampled_from([1, -1])) for size in sizes]

    test = wilcoxon_signed_rank(differences, [0] * len(sizes))

    assert test.p_value == pytest.approx(scipy.stats.wilcoxon(differences, method="exact").pvalue)


@pytest.mark.parametrize("zeros", ["pratt", "wilcox"])
def test_with_many_pairs_the_ranks_test_is_scipys_approximation(zeros) -> None:  # type: ignore[no-untyped-def]
    """The exact one, at its upper bound, is as good as the same."""
    first, second = [4, 5, 2, 3, 4] * 30, [3, 3, 3, 3, 5] * 30

    many, fifty = (wilcoxon_signed_rank(first[:rows], second[:rows], zeros=zeros) for rows in (150, 60))

    assert many.p_value == scipy.stats.wilcoxon(first, second, zero_method=zeros, method="asymptotic").pvalue
    approximate = scipy.stats.wilcoxon(first[:60], second[:60], zero_method=zeros, method="asymptotic").pvalue
    assert fifty.p_value == pytest.approx(approximate, rel=0.1)


@pytest.mark.parametrize("test", [sign_test, wilcoxon_signed_rank, paired_t_test])
def test_without_pairs_or_without_a_difference_there_is_no_p_value(test) -> None:  # type: ignore[no-untyped-def]
    nothing, alike = test([], []), test([3, 4, 5], [3, 4, 5])

    assert (nothing.p_value, nothing.undefined) == (None, "no image has both scores")
    assert (alike.p_value, alike.undefined) == (None, "both scores are equal on every image")


def test_students_test_needs_spread() -> None:
    assert paired_t_test([3], [2]).undefined == "one pair has no spread"
    assert paired_t_test([3, 4], [2, 3]).undefined == "all pairs differ by the same, there is no spread"
    assert mean_difference([3, 4], [2, 3]).value == 1
    assert mean_difference([3, 4], [2, 3]).interval is None
    assert mean_difference([], []).undefined == "no image has both scores"


@given(SCORES)
def test_changing_sides_changes_signs_and_no_p_value(pairs: list[tuple[int, int]]) -> None:
    first, second = columns(pairs)
    for test in (sign_test, wilcoxon_signed_rank, paired_t_test):
        one, other = test(first, second), test(second, first)
        assert (one.higher, one.lower, one.equal) == (other.lower, other.higher, other.equal)
        assert one.undefined == other.undefined
        if one.p_value is not None:
            assert one.p_value == pytest.approx(other.p_value)
            assert 0 <= one.p_value <= 1


@given(SCORES, st.randoms(use_true_random=False))
def test_the_order_of_the_images_does_not_matter(pairs: list[tuple[int, int]], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(pairs, len(pairs))
    for test in (sign_test, paired_t_test):
        one, other = test(*columns(pairs)), test(*columns(shuffled))
        assert one.p_value == (None if other.p_value is None else pytest.approx(other.p_value))
    assert mean_difference(*columns(pairs)).value == pytest.approx(mean_difference(*columns(shuffled)).value)


@given(SCORES)
def test_students_test_is_scipys(pairs: list[tuple[int, int]]) -> None:
    first, second = columns(pairs)
    test = paired_t_test(first, second)
    if test.p_value is not None:
        assert test.p_value == pytest.approx(scipy.stats.ttest_rel(first, second).pvalue)
