"""The difference of two shares on the same images: published figures, weights, clusters."""

import pytest

from judge_pipeline.domain.statistics import share_difference


def columns(both: int, only_first: int, only_second: int, neither: int) -> tuple[list[bool], list[bool]]:
    first = [True] * (both + only_first) + [False] * (only_second + neither)
    second = [True] * both + [False] * only_first + [True] * only_second + [False] * neither
    return first, second


def test_the_published_interval_is_reproduced() -> None:
    """Response before and after therapy (Cavo et al. 2012), in chapter 8 of Fagerland, Lydersen and Laake, Statistical
    Analysis of Contingency Tables (2017): -0.0621, Bonett-Price interval -0.1195 to -0.0032. They subtract the other way."""
    found = share_difference(*columns(59, 6, 16, 80))
    assert found.value == pytest.approx(0.0621, abs=5e-5)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((0.0032, 0.1195), abs=5e-5)


def test_images_that_all_agree_leave_the_difference_uncertain() -> None:
    found = share_difference(*columns(20, 0, 0, 0))
    assert (found.value, found.n) == (0, 20)
    assert found.interval is not None
    assert found.interval.high == -found.interval.low > 0.1


def test_equal_probabilities_change_nothing_and_unequal_ones_weigh() -> None:
    first, second = columns(10, 2, 6, 2)
    plain = share_difference(first, second)
    assert share_difference(first, second, probabilities=[0.3] * 20) == plain
    weighted = share_difference(first, second, probabilities=[1.0] * 12 + [0.5] * 8)
    assert weighted.value == pytest.approx((6 * 2 - 2) / (12 + 8 * 2))
    assert plain.interval is not None
    assert weighted.interval is not None
    assert weighted.interval.width > plain.interval.width


def test_images_of_a_cluster_count_as_one() -> None:
    first, second = columns(10, 2, 6, 2)
    plain = share_difference(first, second)
    twice = share_difference(first * 2, second * 2, clusters=[*range(20), *range(20)])
    assert twice.value == plain.value
    assert twice.interval == plain.interval
