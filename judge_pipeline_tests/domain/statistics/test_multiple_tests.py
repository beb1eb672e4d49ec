"""Several tests together cry wolf no more often than one."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from judge_pipeline.domain.statistics import holm


def test_adjusted_p_values_are_as_holms_rule_gives_them() -> None:
    """By hand: .005 x 4, .01 x 3, .03 x 2, and .04 x 1 is raised to the .06 before it."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_a_test_that_could_not_be_computed_does_not_count() -> None:
    assert holm([0.02, None, float("nan"), 0.04]) == [pytest.approx(0.04), None, None, pytest.approx(0.04)]
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1, 1]


@settings(max_examples=5)  # each call of statsmodels collects all garbage, for a tenth of a second
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_they_are_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


@pytest.mark.parametrize("strange", [-0.1, 1.1, "x", float("inf")])
def test_what_is_not_a_p_value_is_refused(strange: Any) -> None:
    with pytest.raises(ValueError, match="expected p-values between 0 and 1"):
        holm([0.5, strange])
