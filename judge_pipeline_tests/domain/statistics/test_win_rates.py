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


@given(st.lists(st.sampled_from(["first", "second", "tie", None]), max_size=40), st.sampled_from([0, 1, 60]))
def test_equal_probabilities_give_the_same_rates_and_a_census_is_exact(verdicts: list[str | None], others: int) -> None:
    plain, opinions = win_rates(verdicts), sum(verdict is not None for verdict in verdicts)
    for found in (
        win_rates(verdicts, probabilities=[0.5] * len(verdicts)),
        win_rates(verdicts, population=opinions + others),
    ):
        for sampled, share in (
            (found.first_of_decided, plain.first_of_decided),
            (found.tie_rate, plain.tie_rate),
            (found.second_with_ties_half, plain.second_with_ties_half),
        ):
            assert sampled.value == (None if share.value is None else pytest.approx(share.value))
            assert (sampled.interval is None) is (share.interval is None)
    assert not opinions or found.first_with_ties_half.is_exact is (others == 0)


@given(st.lists(st.sampled_from(["first", "second", "tie"]), min_size=1, max_size=40))
def test_of_an_endless_project_the_sampled_intervals_are_the_plain_ones(verdicts: list[str]) -> None:
    plain, found = win_rates(verdicts), win_rates(verdicts, clusters=range(len(verdicts)))

    for sampled, share in (
        (found.first_of_decided, plain.first_of_decided),
        (found.second_with_ties_half, plain.second_with_ties_half),
    ):
        if share.interval is not None:
            assert sampled.interval is not None
            ends = (sampled.interval.low, sampled.interval.high)
            assert ends == pytest.approx((share.interval.low, share.interval.high), abs=1e-6)


def test_weights_undo_a_draw_that_favours_one_side() -> None:
    """By hand: 4 wins drawn with 1, 2 losses with 1/4 and 2 ties with 1/2 stand for 4, 8 and 4: (4 + 2) / 16 and 4 / 12."""
    verdicts = ["first"] * 4 + ["second"] * 2 + ["tie"] * 2
    found = win_rates(verdicts, probabilities=[1] * 4 + [0.25] * 2 + [0.5] * 2)

    assert (found.first, found.second, found.ties) == (4, 2, 2)
    assert found.first_with_ties_half.value == pytest.approx(6 / 16)
    assert found.second_of_decided.value == pytest.approx(8 / 12)
    assert found.tie_rate.value == pytest.approx(4 / 16)
    assert found.first_with_ties_half.interval is not None
    assert found.first_with_ties_half.interval.low < 6 / 16 < found.first_with_ties_half.interval.high


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
