"""Means and shares of all images from some, drawn with known probabilities, against published samples."""

from math import sqrt
from statistics import fmean, variance

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from judge_pipeline.domain.statistics import (
    Interval,
    mean_difference,
    sampled_mean,
    sampled_share,
    wilson_interval,
)

PETITION = {
    42: 23,
    41: 4,
    36: 1,
    32: 1,
    29: 1,
    27: 2,
    23: 1,
    19: 1,
    16: 2,
    15: 2,
    14: 1,
    11: 1,
    10: 1,
    9: 1,
    7: 1,
    6: 3,
}
PETITION |= {5: 2, 4: 1, 3: 1}
"""Signatures on 50 of 676 sheets, and on how many: W. G. Cochran, Sampling Techniques, 3rd edition (1977), section 2.9."""

SUITES = [
    [3.08, 2.60, 3.44, 3.04],
    [2.36, 3.04, 3.28, 2.68],
    [2.00, 2.56, 2.52, 1.88],
    [3.00, 2.88, 3.44, 3.64],
    [2.68, 1.92, 3.28, 3.20],
]
"""Grades of all four students in 5 of 100 suites: S. L. Lohr, Sampling: Design and Analysis (1999), example 5.2."""

VALUES = st.lists(st.floats(-10, 10), min_size=2, max_size=30)


def standard_error(interval: Interval | None, freedom: float) -> float:
    assert interval is not None
    return interval.width / 2 / float(stdtrit(freedom, 0.975))


def test_a_simple_random_sample_is_as_cochran_published_it() -> None:
    """19,888 signatures in all, with a standard error of 676 x 15.13 x sqrt(1 - 50/676) / sqrt(50) = 1,391.9."""
    sheets = [signatures for signatures, count in PETITION.items() for _ in range(count)]

    found = sampled_mean(sheets, population=676)

    assert found.value is not None
    assert 676 * found.value == pytest.approx(19_888, abs=0.5)
    assert 676 * standard_error(found.interval, 49) == pytest.approx(1_391.9, abs=1)


def test_whole_clusters_are_as_lohr_published_them() -> None:
    """A mean of 2.826 with a standard error of 0.164: sqrt((1 - 5/100) x 2.256 / 5) / 4."""
    found = sampled_mean(
        [grade for suite in SUITES for grade in suite],
        population=400,
        clusters=[name for name in "abcde" for _ in range(4)],
    )

    assert found.value == pytest.approx(2.826)
    assert standard_error(found.interval, 4) == pytest.approx(sqrt(0.95 * 2.25568 / 5) / 4)
    assert round(standard_error(found.interval, 4), 3) == 0.164


def test_unequal_probabilities_by_hand() -> None:
    """π = 1, 1/2, 1/4 and 1/4: weights 1, 2, 4, 4 of 11; mean (1 + 0 + 4 + 0) / 11 = 5/11; residuals 6/11, -5/11, 6/11, -5/11.

    Variance 4/3 x (0 + 1/2 x (2 x 5)² + 3/4 x (4 x 6)² + 3/4 x (4 x 5)²) / 11⁴. Degrees of freedom: (1 - π) w² are 0, 2, 12, 12,
    so 26² / (4 + 144 + 144) - 1.
    """
    found = sampled_mean([1, 0, 1, 0], probabilities=[1, 0.5, 0.25, 0.25])

    assert found.value == pytest.approx(5 / 11)
    assert standard_error(found.interval, 26**2 / 292 - 1) ** 2 == pytest.approx(4 / 3 * (50 + 432 + 300) / 11**4)


@given(VALUES)
def test_equal_small_probabilities_are_the_mean_with_students_interval(values: list[float]) -> None:
    found, plain = sampled_mean(values), mean_difference(values, [0.0] * len(values))

    assert found.value == pytest.approx(plain.value)
    if found.interval and plain.interval:
        assert (found.interval.low, found.interval.high) == pytest.approx((plain.interval.low, plain.interval.high))


@given(VALUES, st.integers(0, 1000))
def test_equal_probabilities_are_the_textbooks_with_its_finite_population_correction(
    values: list[float], others: int
) -> None:
    n, size = len(values), len(values) + others
    by_size, by_probability = sampled_mean(values, population=size), sampled_mean(values, probabilities=[n / size] * n)

    assert by_size.value == pytest.approx(fmean(values))
    assert by_size.value == pytest.approx(by_probability.value)
    if by_size.interval and others:
        expected = (1 - n / size) * variance(values) / n
        assert standard_error(by_size.interval, n - 1) ** 2 == pytest.approx(expected, rel=1e-6)
        assert by_probability.interval is not None
        assert by_size.interval.width == pytest.approx(by_probability.interval.width)


@given(VALUES)
def test_a_census_is_exact(values: list[float]) -> None:
    for found in (
        sampled_mean(values, population=len(values)),
        sampled_mean(values, probabilities=[1] * len(values), clusters=["scene"] * len(values)),
    ):
        assert found.value == pytest.approx(fmean(values))
        assert found.interval is not None
        assert found.is_exact


def test_a_census_of_one_image_is_exact_too_and_a_sample_of_one_is_not() -> None:
    assert sampled_mean([3], population=1).interval == Interval(3, 3)
    assert sampled_mean([3], population=2).undefined == "the interval: one image has no spread"
    assert sampled_mean([3, 4], clusters=["a", "a"]).undefined == "the interval: all images are of one cluster"


def test_rows_without_a_value_or_a_probability_are_left_out() -> None:
    assert sampled_mean([1, None, 3, 5], probabilities=[0.5, 0.5, None, 0.5], clusters=[1, 2, 3, None]).n == 2
    assert sampled_mean([None], population=5).undefined == "no image has a value"


@pytest.mark.parametrize("strange", [0, -0.1, 1.5, "x", float("inf")])
def test_what_is_not_a_probability_is_refused(strange: object) -> None:
    with pytest.raises(ValueError, match="expected inclusion probabilities above 0 and up to 1, found"):
        sampled_mean([1, 2], probabilities=[0.5, strange])


def test_a_project_smaller_than_the_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="expected the population to be a whole number from 3"):
        sampled_share([True, False, True], population=2)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_without_a_design_a_share_has_wilsons_interval(holds: list[bool]) -> None:
    found, wilson = sampled_share(holds), wilson_interval(sum(holds), len(holds))

    assert found.value == pytest.approx(fmean(holds))
    assert found.interval is not None
    assert wilson is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((wilson.low, wilson.high))


def test_a_share_is_as_precise_as_its_effective_number_of_images() -> None:
    """By hand: 30 of 40 in a project of 80 leave half of the variance, as 80 of an endless one would."""
    found, wilson = sampled_share([True] * 30 + [False] * 10, population=80), wilson_interval(60, 80)

    assert found.interval is not None
    assert wilson is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((wilson.low, wilson.high))


def test_one_scene_is_one_image() -> None:
    found, single = sampled_share([True, False] * 50, clusters=["a"] * 100), wilson_interval(0.5, 1)

    assert found.interval is not None
    assert single is not None
    assert found.interval.width > single.width


def test_scenes_that_are_all_alike_count_once() -> None:
    """200 images of 20 scenes, all of which hold: no more than 20 of 20 can promise."""
    found, wilson = sampled_share([True] * 200, clusters=[row // 10 for row in range(200)]), wilson_interval(20, 20)

    assert found.interval is not None
    assert wilson is not None
    assert found.interval.high == 1
    assert found.interval.low < wilson.low + 1e-9  # and Student's quantile with 19 degrees of freedom


def test_weights_undo_a_one_sided_draw() -> None:
    """A project of 1,000 of which 30% hold; those were drawn four times as often as the others."""
    generator = np.random.default_rng(4)
    holds = np.arange(1000) < 300
    chance = np.where(holds, 0.4, 0.1)
    held = 0
    for _ in range(300):
        drawn = generator.random(1000) < chance
        found = sampled_share(holds[drawn].tolist(), probabilities=chance[drawn].tolist())
        held += found.interval is not None and 0.3 in found.interval

    assert 0.92 <= held / 300 <= 0.985
