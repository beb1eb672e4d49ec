"""Intervals that hold at every look: figures of published implementations, what closes and what does not depend on the order."""

from math import inf, log, sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.statistics import (
    Estimate,
    Interval,
    at_every_look,
    is_higher_at_every_look,
    lowest_share_at_every_look,
    share_at_every_look,
    wilson_interval,
    win_rate_at_every_look,
)
from judge_pipeline.domain.statistics.confidence_sequence import BEST_AT, t_boundary
from judge_pipeline.domain.statistics.estimate import student_interval

COUNTS = st.integers(0, 60)


@pytest.mark.parametrize(
    ("population", "total", "count", "lowest", "highest"),
    [
        (1000, 24, 18, 451, 938),
        (200, 100, 60, 97, 141),
        (100, 90, 45, 45, 55),
        (50, 20, 20, 40, 50),
        (500, 400, 220, 255, 294),
    ],
)
def test_without_replacement_it_is_that_of_the_authors(
    population: int, total: int, count: int, lowest: int, highest: int
) -> None:
    """The whole numbers inside are those that DMHG_martingale of github.com/WannabeSmith/confseq_wor, by the authors of
    arXiv:2006.04347, does not rule out: prior Beta(1, 1), computed with its commit 21b139e.
    """
    interval = share_at_every_look(count, total, population=population)

    assert interval is not None
    inside = [
        yes for yes in range(population + 1) if yes / population in Interval(interval.low - 1e-9, interval.high + 1e-9)
    ]
    assert (inside[0], inside[-1]) == (lowest, highest)


def test_its_boundary_is_the_normal_mixture_of_howard_and_others() -> None:
    """uniform_boundaries_unittest.cpp of github.com/gostevehoward/confseq: best_rho(100, 0.05) = 12.60056, bound 30.35209."""
    prior = BEST_AT / (2 * log(20) + log(1 + 2 * log(20)))

    assert prior == pytest.approx(12.60056, abs=1e-5)
    assert sqrt((100 + prior) * (log(1 + 100 / prior) + 2 * log(20))) == pytest.approx(30.35209, abs=1e-5)
    n = 1_000_000
    assert t_boundary(n) == pytest.approx(sqrt((n + prior) / n * (log((n + prior) / prior) + 2 * log(20))), rel=1e-4)
    assert t_boundary(100) == pytest.approx(3.0995, abs=1e-4)  # 3.0352 for a known spread


def test_the_boundary_is_where_the_mixture_likelihood_ratio_of_the_t_statistic_is_twenty() -> None:
    """√(c/(n + c)) ((1 + t²/f) / (1 + c/(n + c) t²/f))^(n/2) with f = n - 1, Lai 1976 and Wang and Ramdas 2023."""
    prior = BEST_AT / (2 * log(20) + log(1 + 2 * log(20)))
    for n in (15, 30, 200):
        square = t_boundary(n) ** 2 / (n - 1)
        shrunk = prior / (n + prior)
        assert sqrt(shrunk) * ((1 + square) / (1 + shrunk * square)) ** (n / 2) == pytest.approx(20)


def test_few_images_say_nothing_and_many_cost_a_half_more_width() -> None:
    few = Estimate(0.9, student_interval(0.9, 0.01, 9, 0.95), 10)
    assert t_boundary(10) == inf
    assert at_every_look(few) == Interval(0, 1)

    estimate = Estimate(0.6, Interval(0.5, 0.7), 100)
    wide = at_every_look(estimate)
    assert wide is not None
    assert wide.width / 0.2 == pytest.approx(3.0995 / 1.9842, abs=1e-3)
    assert 0.6 in wide


def test_a_census_is_exact_and_what_has_no_interval_gets_none() -> None:
    assert at_every_look(Estimate(0.6, Interval(0.6, 0.6), 5)) == Interval(0.6, 0.6)
    assert at_every_look(Estimate.none(0, "no image")) is None
    assert at_every_look(Estimate(0.6, None, 1, "the interval: one image has no spread")) is None


def test_one_look_is_narrower() -> None:
    one_look, every_look = wilson_interval(60, 100), share_at_every_look(60, 100)

    assert one_look is not None
    assert every_look is not None
    assert every_look.low < one_look.low < one_look.high < every_look.high
    assert [every_look.low, every_look.high] == pytest.approx([0.4408, 0.7460], abs=1e-4)


def test_by_hand_one_image() -> None:
    """B(2, 1) / p = 20 at p = 1/40; the wealth of the one-sided gambler is the mean of 1 - b + b / p."""
    interval = share_at_every_look(1, 1)
    assert interval is not None
    assert [interval.low, interval.high] == pytest.approx([0.025, 1])
    assert lowest_share_at_every_look(1, 1) == pytest.approx(1 / 39)
    assert share_at_every_look(0, 0) is None
    assert win_rate_at_every_look(0, 0, 0) is None
    assert lowest_share_at_every_look(0, 0) == 0


@given(COUNTS, COUNTS, st.integers(0, 100))
def test_in_a_finite_project_it_never_leaves_what_is_possible_and_closes(yes: int, no: int, rest: int) -> None:
    total = yes + no
    interval = share_at_every_look(yes, total, population=total + rest)
    if interval is None:
        assert not total
        return

    assert yes / (total + rest) <= interval.low + 1e-12
    assert interval.high <= 1 - no / (total + rest) + 1e-12
    if not rest:
        assert interval.width == pytest.approx(0, abs=1e-12)


@given(COUNTS, COUNTS, COUNTS)
def test_it_contains_the_win_rate_and_swapping_the_sides_mirrors_it(wins: int, losses: int, ties: int) -> None:
    found, mirrored = win_rate_at_every_look(wins, losses, ties), win_rate_at_every_look(losses, wins, ties)
    if found is None or mirrored is None:
        assert not wins + losses + ties
        return

    assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)
    assert (wins + ties / 2) / (wins + losses + ties) in Interval(found.low - 1e-9, found.high + 1e-9)


def test_many_ties_narrow_it_where_half_counts_do_not() -> None:
    halves, bets = share_at_every_look(50, 100), win_rate_at_every_look(20, 20, 60)

    assert halves is not None
    assert bets is not None
    assert bets.width < 0.7 * halves.width


@given(COUNTS, COUNTS, st.floats(0.01, 0.99))
def test_the_fast_answer_is_the_bound(yes: int, no: int, share: float) -> None:
    low = lowest_share_at_every_look(yes, yes + no)

    if abs(low - share) > 1e-6:
        assert is_higher_at_every_look(yes, yes + no, share) == (low > share)


@pytest.mark.parametrize("count", [-1, 4, float("nan"), "1", None])
def test_a_count_beyond_the_total_is_refused(count: Any) -> None:
    for call in (
        lambda: share_at_every_look(count, 3),
        lambda: lowest_share_at_every_look(count, 3),
        lambda: is_higher_at_every_look(count, 3, 0.5),
    ):
        with pytest.raises(ValueError, match="expected a count from 0 to the total of 3, found"):
            call()
    with pytest.raises(ValueError, match="expected the population to be a whole number from 3"):
        share_at_every_look(1, 3, population=2)
    with pytest.raises(ValueError, match="expected a share between 0 and 1, found 1"):
        is_higher_at_every_look(1, 3, 1)
