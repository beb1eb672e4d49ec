"""Krippendorff's alpha on his own examples, on uninformative inputs, and against its definition."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.statistics import krippendorff_alpha
from judge_pipeline_tests.domain.statistics.test_agreement import FOUR_RATERS

GRADES = st.one_of(st.none(), st.integers(1, 5))
UNITS = st.lists(st.tuples(GRADES, GRADES, GRADES), min_size=1, max_size=15)


def defined_alpha(units: list[tuple[int | None, ...]], level: str) -> float:
    """Alpha pair by pair, as its definition reads."""
    known = [[value for value in unit if value is not None] for unit in units]
    known = [unit for unit in known if len(unit) >= 2]
    pooled = [value for unit in known for value in unit]

    def squared(one: int, other: int) -> float:
        if level == "nominal":
            return float(one != other)
        if level == "interval":
            return float(one - other) ** 2
        low, high = sorted((one, other))
        between = sum(low <= value <= high for value in pooled)
        return (between - (pooled.count(low) + pooled.count(high)) / 2) ** 2 if low != high else 0.0

    within = sum(squared(*pair) / (len(unit) - 1) for unit in known for pair in permutations(unit, 2)) / len(pooled)
    between = sum(squared(*pair) for pair in permutations(pooled, 2)) / (len(pooled) * (len(pooled) - 1))
    return 1 - within / between


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_four_raters_with_gaps(level, alpha: float) -> None:  # type: ignore[no-untyped-def]
    """K. Krippendorff, Computing Krippendorff's alpha-reliability (2011), sections C and D."""
    found = krippendorff_alpha(*FOUR_RATERS, level=level)

    assert found.value == pytest.approx(alpha, abs=5e-4)
    assert found.n == 11  # the last unit has one rating


def test_two_raters_and_two_categories() -> None:
    """The same, section A: .095."""
    found = krippendorff_alpha([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0])

    assert found.value == pytest.approx(0.095, abs=5e-4)


def test_two_raters_and_five_categories() -> None:
    """The same, section B: .692."""
    assert krippendorff_alpha("aabbdcccedda", "babbbcccedd" + "d").value == pytest.approx(0.692, abs=5e-4)


def test_the_interval_of_the_four_raters_is_a_bootstrap_over_units() -> None:
    """irrCAC prints 0.419 to 1 by its formula; a bootstrap of eleven units comes near it."""
    interval = krippendorff_alpha(*FOUR_RATERS).interval

    assert interval is not None
    assert interval.low == pytest.approx(0.419, abs=0.05)
    assert interval.high == pytest.approx(1)
    assert krippendorff_alpha(*FOUR_RATERS).interval == interval
    assert krippendorff_alpha(*FOUR_RATERS, seed=1).interval != interval


def test_a_data_frame_has_a_row_a_unit() -> None:
    frame = pd.DataFrame({f"rater {number}": ratings for number, ratings in enumerate(FOUR_RATERS)})

    assert krippendorff_alpha(frame) == krippendorff_alpha(*FOUR_RATERS)


def test_names_are_ordinal_in_the_order_of_the_categories() -> None:
    names = {1: "poor", 2: "fair", 3: "good"}
    one, other = [1, 2, 3, 3, 1, 2], [1, 3, 3, 2, 1, 2]

    by_name = krippendorff_alpha(
        [names[grade] for grade in one],
        [names[grade] for grade in other],
        level="ordinal",
        categories=["poor", "fair", "good"],
    )

    assert by_name == krippendorff_alpha(one, other, level="ordinal")
    with pytest.raises(ValueError, match="expected numbers, or categories="):
        krippendorff_alpha([names[grade] for grade in one], [names[grade] for grade in other], level="ordinal")


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_ratings_that_are_all_alike_tell_nothing(level) -> None:  # type: ignore[no-untyped-def]
    found = krippendorff_alpha([3, 3, 3], [3, 3, 3], level=level)

    assert (found.value, found.n) == (None, 3)
    assert found.undefined == "every label is the same one, so agreement cannot be distinguished from habit"


def test_without_units_that_two_have_rated_it_is_undefined() -> None:
    assert krippendorff_alpha([], []).undefined == "no unit has two ratings"
    assert krippendorff_alpha([1, None], [None, 2]).undefined == "no unit has two ratings"


def test_one_unit_has_a_value_and_no_interval() -> None:
    found = krippendorff_alpha([1], [2])

    assert found.value == 0
    assert found.undefined == "the interval: one unit has no spread"


def test_full_agreement_on_a_few_units_is_not_certainty() -> None:
    """By hand: D_e = 2 x 10 x 10 / (20 x 19) = 10/19, Wilson's lower bound of 10 of 10 is .72247: 1 - .27753 x 1.9."""
    found = krippendorff_alpha(["a"] * 5 + ["b"] * 5, ["a"] * 5 + ["b"] * 5)

    assert found.value == 1
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((1 - 0.27753 * 1.9, 1), abs=1e-4)


def test_labels_that_hardly_ever_differ_have_no_interval() -> None:
    """One unit of thirty is rated otherwise: more than a third of the resamples miss it."""
    found = krippendorff_alpha(["a"] * 30, ["a"] * 29 + ["b"])

    assert found.value == pytest.approx(0)
    assert found.undefined == "the interval: too many resamples have all ratings alike"


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@given(units=UNITS)
def test_alpha_is_as_its_definition_reads(level, units: list[tuple[int | None, ...]]) -> None:  # type: ignore[no-untyped-def]
    found = krippendorff_alpha(units, level=level, resamples=20)

    if found.value is not None:
        assert found.value == pytest.approx(defined_alpha(units, level))
        assert found.value <= 1


@given(units=UNITS, random=st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_neither_the_order_of_units_nor_of_raters_matters(units, random) -> None:  # type: ignore[no-untyped-def]
    for level in ("nominal", "ordinal", "interval"):
        one = krippendorff_alpha(units, level=level, resamples=20)
        shuffled = [unit[::-1] for unit in random.sample(units, len(units))]
        other = krippendorff_alpha(shuffled, level=level, resamples=20)
        assert one.value == (None if other.value is None else pytest.approx(other.value))


def test_thousands_of_different_numbers_are_no_matter() -> None:
    generator = np.random.default_rng(4)
    truth = generator.normal(size=3000)
    found = krippendorff_alpha(
        truth + generator.normal(size=3000), truth + generator.normal(size=3000), level="interval"
    )

    # Half of the variance of a rating is the unit's.
    assert found.value == pytest.approx(0.5, abs=0.05)
    assert found.interval is not None
    assert 0.5 in found.interval


@given(units=UNITS, renamed=st.permutations("abcde"))
@settings(max_examples=20)
def test_names_may_be_others(units, renamed) -> None:  # type: ignore[no-untyped-def]
    names = [[None if value is None else renamed[value - 1] for value in unit] for unit in units]

    one, other = krippendorff_alpha(units, resamples=20), krippendorff_alpha(names, resamples=20)

    assert one.value == (None if other.value is None else pytest.approx(other.value))
