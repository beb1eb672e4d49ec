"""How many more labels: enough, and not one too many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from judge_pipeline.domain.statistics import (
    Estimate,
    Interval,
    cohen_kappa,
    detectable_difference,
    detectable_win_rate,
    images_for_win_rate,
    labels_for_estimate,
    labels_for_kappa,
    labels_for_share,
    wilson_interval,
    win_rate_power,
)
from judge_pipeline_tests.domain.statistics.tables import rows_of_table


def test_a_share_of_one_half_within_five_points() -> None:
    """By hand: at one half h² = z² / 4(n + z²), so n = z² (1 / 4h² - 1) = 3.8415 x 99 = 380.3."""
    assert labels_for_share(0.05).total == 381
    assert labels_for_share(0.05, have=300).more == 81
    assert labels_for_share(0.05, have=500).more == 0


@given(st.floats(0.01, 0.3), st.floats(0, 1))
def test_so_many_labels_are_enough_and_one_fewer_is_not(half_width: float, share: float) -> None:
    total = labels_for_share(half_width, share=share).total

    assert total is not None
    enough, fewer = (wilson_interval(share * n, n) for n in (total, total - 1))
    assert enough is not None
    # At the ends of the scale the interval is cut, and so no wider than its formula.
    assert enough.width / 2 <= half_width + 1e-9
    if fewer is not None and 0 < share < 1:
        assert fewer.width / 2 > half_width - 1e-9


def test_a_kappa_within_a_tenth() -> None:
    """By hand from the interval of `cohen_kappa`: n (half / h)² = 88 (.14190 / .1)² = 177.2."""
    first, second = rows_of_table([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]])
    needed = labels_for_kappa(first, second, 0.1)

    assert (needed.total, needed.have, needed.more) == (178, 88, 90)
    assert labels_for_estimate(cohen_kappa(first, second), 0.1) == needed


def test_a_kappa_without_variance_gives_no_number_of_labels() -> None:
    assert labels_for_kappa([], [], 0.1).undefined == "no image has a label of both raters"
    assert labels_for_kappa(["a"], ["a"], 0.1).total is None
    needed = labels_for_kappa(["a", "b"], ["a", "b"], 0.1)
    assert (needed.total, needed.more) == (None, None)
    assert needed.undefined == "these labels agree fully or one rater has a single one: they show no variance"


def test_any_interval_halves_with_four_times_the_labels() -> None:
    assert labels_for_estimate(Estimate(0.5, Interval(0.4, 0.6), 50), 0.05).total == 200
    assert labels_for_estimate(Estimate.none(3, "no spread"), 0.05).undefined == "no spread"


def test_the_power_of_six_images_by_hand() -> None:
    """Six alike have p = 2/64; five have 2/32, above .05: with a win rate of .9 the power is .9⁶ + .1⁶."""
    assert win_rate_power(6, 0.9) == pytest.approx(0.9**6 + 0.1**6)
    assert win_rate_power(5, 0.9) == 0
    assert win_rate_power(0, 0.9) == 0
    assert images_for_win_rate(1.0).total == 6


@pytest.mark.parametrize("decided", [7, 25, 60])
def test_the_power_is_that_of_the_sign_test(decided: int) -> None:
    from scipy.stats import binom

    rejected = [wins for wins in range(decided + 1) if binomtest(wins, decided).pvalue <= 0.05]

    assert win_rate_power(decided, 0.7) == pytest.approx(sum(binom.pmf(wins, decided, 0.7) for wins in rejected))


@pytest.mark.parametrize("win_rate", [0.55, 0.4, 0.7, 0.9])
def test_so_many_images_have_the_power_and_all_larger_numbers_too(win_rate: float) -> None:
    total = images_for_win_rate(win_rate).total

    assert total is not None
    assert win_rate_power(total - 1, win_rate) < 0.8
    assert all(win_rate_power(decided, win_rate) >= 0.8 for decided in range(total, 2 * total))


def test_ties_take_more_images() -> None:
    """By hand: 210 decided ones of which one in five is none are 262.5."""
    assert images_for_win_rate(0.6).total == 210
    assert images_for_win_rate(0.6, tie_rate=0.2).total == 263


@pytest.mark.parametrize("win_rate", [0.5, 0.50001])
def test_no_number_of_images_shows_a_difference_that_is_none(win_rate: float) -> None:
    assert images_for_win_rate(win_rate).undefined == f"a win rate of {win_rate} is too near to one half"


def test_what_cannot_be_wanted_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected a half width between 0 and 0\.5, such as 0\.05, found 0"):
        labels_for_share(0)
    with pytest.raises(ValueError, match="expected a share between 0 and 1, found 2"):
        labels_for_share(0.1, share=2)
    with pytest.raises(ValueError, match="expected a win rate and a power between 0 and 1"):
        images_for_win_rate(0.6, tie_rate=1)
    with pytest.raises(ValueError, match="expected images and a win rate between 0 and 1, found -1 and"):
        win_rate_power(-1, 0.6)
    with pytest.raises(ValueError, match=r"expected a confidence between 0 and 1, such as 0\.95, found 95"):
        wilson_interval(1, 2, confidence=95)


@pytest.mark.parametrize("images", [6, 10, 57, 1_000, 100_000])
def test_a_win_rate_so_far_from_one_half_is_detected_and_a_nearer_one_less_often(images: int) -> None:
    found = detectable_win_rate(images)

    assert found.difference is not None
    assert win_rate_power(images, 0.5 + found.difference) == pytest.approx(0.8, abs=1e-3)
    assert win_rate_power(images, 0.5 + 0.9 * found.difference) < 0.8


def test_five_images_detect_nothing_and_ties_do_not_count() -> None:
    """By hand: five of five alike have a p-value of 2 / 32, six of six one of 2 / 64."""
    assert detectable_win_rate(5).undefined == "5 images without a tie detect no win rate, not even 100%"
    assert detectable_win_rate(0).difference is None
    assert detectable_win_rate(100, tie_rate=0.2) == detectable_win_rate(80)


def test_an_estimate_detects_2_8_standard_errors() -> None:
    """Bloom (1995): 2.80 for 80% power of a two-sided test at 5%."""
    found = detectable_difference(Estimate(0.5, Interval(0.5 - 1.959964, 0.5 + 1.959964), 100))

    assert found.difference == pytest.approx(2.80, abs=0.005)
    assert detectable_difference(Estimate.none(0, "no image")).undefined == "no image"
    assert detectable_difference(Estimate(0.5, Interval(0.5, 0.5), 9)).difference == 0
