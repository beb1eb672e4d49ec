"""McNemar's test, exact and mid-p."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from judge_pipeline.domain.statistics import mcnemar, mcnemar_of_counts

COUNTS = st.integers(0, 400)


def test_airway_responsiveness_before_and_after_a_transplant() -> None:
    """Fagerland, Lydersen and Laake (2013): 1 and 7 of 21 children; exact .070, mid-p .039."""
    test = mcnemar_of_counts(1, 7)

    assert test.p_exact == pytest.approx(2 * 9 / 256)
    assert test.p_mid == pytest.approx(2 * 9 / 256 - 8 / 256)
    assert (round(test.p_exact or 0, 3), round(test.p_mid or 0, 3)) == (0.070, 0.039)


def test_the_presidents_ratings() -> None:
    """A. Agresti, Categorical Data Analysis, 2nd ed. (2002), section 10.1: z² = 17.36, p < .0001, of 150 and 86."""
    test = mcnemar_of_counts(150, 86)

    assert test.p_exact is not None
    assert test.p_mid is not None
    assert test.p_mid < test.p_exact < 0.0001
    assert test.first_share.value == pytest.approx(150 / 236)


def test_rows_that_miss_either_answer_are_left_out() -> None:
    test = mcnemar([True, True, False, None, True, False], [False, True, True, True, None, False])

    assert (test.only_first, test.only_second) == (1, 1)


def test_without_a_differing_row_it_is_undefined() -> None:
    test = mcnemar([True, False], [True, False])

    assert (test.p_exact, test.p_mid) == (None, None)
    assert test.undefined == "no image has one answer without the other"


def test_an_answer_that_is_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(ValueError, match="expected True, False or None in each row, found 'yes'"):
        mcnemar([True, "yes"], [True, False])


@given(only_first=COUNTS, only_second=COUNTS)
def test_it_is_statsmodels_exact_test_and_mid_p_is_never_larger(only_first: int, only_second: int) -> None:
    test, mirrored = mcnemar_of_counts(only_first, only_second), mcnemar_of_counts(only_second, only_first)
    if test.p_exact is None or test.p_mid is None:
        assert only_first == only_second == 0
        return

    assert test.p_exact == pytest.approx(statsmodels_mcnemar([[0, only_first], [only_second, 0]], exact=True).pvalue)
    assert 0 < test.p_mid <= test.p_exact <= 1
    assert (test.p_exact, test.p_mid) == (mirrored.p_exact, mirrored.p_mid)
