"""Columns are lists, arrays or parts of a DataFrame, each with its own kind of missing value."""

import numpy as np
import pandas as pd
import pytest

from judge_pipeline.domain.statistics import cohen_kappa, gwet_ac1, raw_agreement, sign_test

JUDGE = ["8B", "8B", "16B", None, "16B", "8B"]
PEOPLE = ["8B", "16B", "16B", "8B", None, "8B"]


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, pd.NA, pd.NaT])
def test_whatever_stands_for_missing_leaves_its_row_out(missing: object) -> None:
    judge = [missing if label is None else label for label in JUDGE]

    assert raw_agreement(judge, PEOPLE).total == 4


def test_lists_arrays_and_series_give_the_same() -> None:
    frame = pd.DataFrame({"judge": JUDGE, "people": PEOPLE})
    of_lists = cohen_kappa(JUDGE, PEOPLE)

    assert cohen_kappa(frame["judge"], frame["people"]) == of_lists
    assert cohen_kappa(np.array(JUDGE, dtype=object), np.array(PEOPLE, dtype=object)) == of_lists
    assert cohen_kappa(frame["judge"].astype("category"), frame["people"].astype("category")) == of_lists


def test_a_data_frame_of_raters_is_the_same_as_its_columns() -> None:
    frame = pd.DataFrame({"judge": JUDGE, "people": PEOPLE})

    assert gwet_ac1(frame) == gwet_ac1(JUDGE, PEOPLE) == gwet_ac1(list(zip(JUDGE, PEOPLE, strict=True)))


def test_rows_belong_together_by_position_and_not_by_index() -> None:
    people = pd.Series(PEOPLE, index=[5, 4, 3, 2, 1, 0])

    assert raw_agreement(pd.Series(JUDGE), people) == raw_agreement(JUDGE, PEOPLE)


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="expected columns of equal length, one row per image, found 2, 3 rows"):
        raw_agreement(["a", "b"], ["a", "b", "b"])


def test_scores_with_gaps_are_paired_where_both_are_there() -> None:
    test = sign_test([3.0, None, 5.0, 4.0], [2.0, 1.0, float("nan"), 4.0])

    assert (test.pairs, test.higher, test.equal) == (2, 1, 1)


def test_a_single_rater_is_refused() -> None:
    with pytest.raises(ValueError, match="expected the ratings of at least two raters, found 1"):
        gwet_ac1([["a"], ["b"]])


def test_a_label_outside_the_categories_is_named() -> None:
    with pytest.raises(ValueError, match=r"expected labels among \['a', 'b'\], found 'c'; add them to categories"):
        cohen_kappa(["a", "b"], ["a", "c"], categories=["a", "b"])
    with pytest.raises(ValueError, match=r"expected labels among \['a', 'b'\], found 'c'"):
        gwet_ac1(["a", "b"], ["a", "c"], categories=["a", "b"])


def test_a_category_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="expected each category once"):
        cohen_kappa(["a", "b"], ["a", "b"], categories=["a", "b", "a"])
