"""Option lists read as scales, in either direction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.local.models.judge.ordinal import from_worst_to_best, is_negative_subject, pick
from judge_pipeline_tests.local.models.asking import CORRECTNESS, QUALITY

SCALES = [
    CORRECTNESS,
    QUALITY,
    ["No", "Yes"],
    ["Fail", "Pass"],
    ["1", "2", "3", "4", "5"],
    ["1 - worst", "2", "10 - best"],
    ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"],
    ["Incorrect", "Partially correct", "Fully correct"],
    ["Low", "Medium", "High"],
    ["Terrible", "So-so", "Excellent"],
    ["Unacceptable", "Needs work", "Acceptable", "Good"],
]


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale[-1])
def test_a_scale_is_ordered_in_both_directions(scale: list[str]) -> None:
    assert from_worst_to_best(scale) == scale
    assert from_worst_to_best(scale[::-1]) == scale


@given(order=st.permutations(CORRECTNESS))
def test_a_shuffled_scale_of_known_grades_is_sorted(order: list[str]) -> None:
    assert from_worst_to_best(order) == CORRECTNESS


def test_options_that_are_not_grades_keep_their_order() -> None:
    assert from_worst_to_best(["apple", "pear", "plum"]) == ["apple", "pear", "plum"]


@given(scale=st.sampled_from(SCALES), low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_higher_score_never_gets_a_lower_grade(scale: list[str], low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert scale.index(pick(scale, low)) <= scale.index(pick(scale, high))


def test_the_ends_of_a_scale_are_reached() -> None:
    assert (pick(QUALITY, 0.0), pick(QUALITY, 0.5), pick(QUALITY, 1.0)) == ("Very poor", "Acceptable", "Very good")


def test_names_with_a_negative_subject_are_recognised() -> None:
    assert is_negative_subject("hallucinations")
    assert is_negative_subject("Contains errors?")
    assert not is_negative_subject("correctness_score")
