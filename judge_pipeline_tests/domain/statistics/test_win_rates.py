"""Win rates keep ties and the three states without an opinion apart."""

from math import sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from judge_pipeline.domain.statistics import Verdict, WinRates, ties_half_interval, wilson_interval, win_rates

COUNTS = st.integers(0, 200)


def test_every_image_is_in_exactly_one_count() -> None:
    verdicts = ["first", Verdict.FIRST, "second", "tie", "not available", "failed", "missing", None, float("nan")]

    assert win_rates(verdicts) == WinRates(first=2, second=1, ties=1, not_available=1, failed=1, missing=3)


def test_only_opinions_enter_a_rate() -> None:
    rates = win_rates(["first", "first", "second", "tie", "tie", "failed", "not available", None])

    assert rates.first_of_decided.value == pytest.approx(2 / 3)
    assert rates.second_of_decided.value == pytest.approx(1 / 3)
    assert rates.first_with_ties_half.value == pytest.approx(3 / 5)
    assert (rates.tie_rate.count, rates.tie_rate.total) == (2, 5)


def test_a_value_that_is_not_a_verdict_is_named() -> None:
    with pytest.raises(ValueError, match=r"expected a verdict, one of 'first', 'second', .* found 'LLM 8B'"):
        win_rates(["first", "LLM 8B"])


@pytest.mark.parametrize("verdicts", [[], [None], ["failed", "not available"]])
def test_without_an_opinion_every_rate_is_undefined(verdicts: list[str]) -> None:
    rates = win_rates(verdicts)

    assert rates.first_of_decided.value is None
    assert rates.first_with_ties_half.value is None
    assert rates.first_with_ties_half.undefined == "no image has a preference or a tie"


def test_nothing_but_ties_is_one_half_and_undefined_among_the_decided() -> None:
    """By hand: with w = l = 0 the score equation is nΔ² = z²Δ(1 - Δ), so Δ = z² / (n + z²) = 0.277534 for n = 10."""
    rates = win_rates(["tie"] * 10)

    assert rates.first_of_decided.undefined == "there is nothing to take a share of"
    assert rates.first_with_ties_half.value == 0.5
    interval = rates.first_with_ties_half.interval
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((0.5 - 0.277534 / 2, 0.5 + 0.277534 / 2), abs=1e-6)


@given(wins=COUNTS, losses=COUNTS)
def test_without_ties_the_interval_is_wilsons(wins: int, losses: int) -> None:
    assume(wins + losses)

    found, wilson = ties_half_interval(wins, losses, 0), wilson_interval(wins, wins + losses)

    assert found is not None
    assert wilson is not None
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), abs=1e-7)


@given(wins=COUNTS, losses=COUNTS, ties=COUNTS)
def test_the_rivals_rates_are_mirror_images_and_lie_in_their_intervals(wins: int, losses: int, ties: int) -> None:
    assume(wins + losses + ties)
    rates = WinRates(wins, losses, ties)
    one, other = rates.first_with_ties_half, rates.second_with_ties_half

    assert one.value is not None
    assert other.value is not None
    assert one.interval is not None
    assert other.interval is not None
    assert one.value + other.value == pytest.approx(1)
    assert (one.interval.low, one.interval.high) == pytest.approx((1 - other.interval.high, 1 - other.interval.low))
    assert 0 <= one.interval.low <= one.value <= one.interval.high <= 1


@pytest.mark.parametrize(("wins", "losses", "ties"), [(12, 5, 9), (3, 0, 7), (1, 1, 40), (40, 38, 3)])
def test_the_interval_is_where_the_score_test_no_longer_rejects(wins: int, losses: int, ties: int) -> None:
    """Tango's definition itself, the likeliest shares under each difference found by search instead of his formula."""
    n = wins + losses + ties

    def score(difference: float) -> float:
        from math import log

        def unlikelihood(loss_share: float) -> float:
            shares = (loss_share + difference, loss_share, 1 - 2 * loss_share - difference)
            counts = (wins, losses, ties)
            return -sum(count * log(max(share, 1e-300)) for count, share in zip(counts, shares, strict=True) if count)

        bounds = (max(0.0, -difference), (1 - difference) / 2)
        q = minimize_scalar(unlikelihood, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
        return (wins - losses - n * difference) / sqrt(n * (2 * q + difference - difference**2))

    estimate = (wins - losses) / n
    upper = brentq(lambda difference: score(difference) + 1.959964, estimate + 1e-6, 0.9999)
    lower = brentq(lambda difference: score(difference) - 1.959964, -0.9999, estimate - 1e-6)

    interval = ties_half_interval(wins, losses, ties)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx(((1 + lower) / 2, (1 + upper) / 2), abs=1e-5)
