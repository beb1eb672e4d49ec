"""Whatever a caller passes in, the functions return a result, say why it is undefined, or refuse it in one sentence."""

import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial
from math import inf, isfinite, nan
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.domain import statistics as of
from judge_pipeline_tests.domain.statistics.test_degenerate import (
    OF_TWO_SCORES,
    OF_TWO_VERDICTS,
    numbers_in,
)

GRADES = ([1, 2, 3], [1, 3, 2])
NUMERIC = [name for name in OF_TWO_SCORES if "kappa" not in name and "gwet" not in name and "alpha" not in name]

EVERY = (
    OF_TWO_VERDICTS
    | OF_TWO_SCORES
    | {"mcnemar": of.mcnemar, "share_difference": of.share_difference, "one table": lambda *raters: of.gwet_ac1(raters)}
)

TEXTS: list[Any] = ["first", "tie", "x", "", of.Verdict.FIRST, True]
NUMBERS: list[Any] = [-1, 0, 1, 2.5, 1e308, 1e-300, 2**60, 10**400, inf, -inf, np.int64(1), np.float32(2), 1j]
OTHERS: list[Any] = [None, nan, pd.NA, pd.NaT, (1, 2), [1], {}, object]


def outcome_of(call: Callable[[], Any]) -> Any:
    """The result, checked, or None if the call was refused in one sentence."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # numpy's own word when it compares a float32 with a number beyond its range
        warnings.filterwarnings("ignore", "overflow encountered in cast", RuntimeWarning)
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            result = call()
        except ValueError as refusal:
            message = str(refusal)
        else:
            assert isinstance(result, of.Confusion) or all(map(isfinite, numbers_in(result)))
            return result
    assert message.startswith("expected ")
    assert len(message) < 400
    return None


@pytest.mark.parametrize("columns", [GRADES, ([], [])], ids=["grades", "empty"])
@pytest.mark.parametrize("word", ["Linear", "quadratc", "", 0, ["linear"], "ratio"])
def test_an_unknown_option_is_refused_and_the_known_ones_are_named(word: Any, columns: Any) -> None:
    def refused(expected: str) -> Any:
        return pytest.raises(ValueError, match=rf"expected {expected}, found ")

    with refused("weights 'linear', 'quadratic' or None"):
        of.cohen_kappa(*columns, weights=word)
    with refused("weights 'linear', 'quadratic' or None"):
        of.labels_for_kappa(columns[0], columns[1], 0.1, weights=word)
    with refused("weights 'linear' or 'quadratic'"):
        of.gwet_ac2(*columns, weights=word)
    with refused("level 'nominal', 'ordinal' or 'interval'"):
        of.krippendorff_alpha(*columns, level=word)
    with refused("zeros 'pratt' or 'wilcox'"):
        of.wilcoxon_signed_rank(*columns, zeros=word)
    with refused("method 'percentile' or 'BCa'"):
        of.bootstrap(np.mean, columns[0], method=word)


NOT_COUNTS = [-1, 0.5, nan, inf, -inf, "3", None, [1], 2**60]


@pytest.mark.parametrize("count", NOT_COUNTS, ids=repr)
def test_what_is_not_a_count_is_refused(count: Any) -> None:
    for call in (
        lambda: of.mcnemar_of_counts(count, 3),
        lambda: of.mcnemar_of_counts(3, count),
        lambda: of.ties_half_interval(count, 3, 3),
        lambda: of.ties_half_interval(3, 3, count),
        lambda: of.share_at_every_look(0, count),
        lambda: of.win_rate_at_every_look(count, 3, 3),
        lambda: of.wilson_interval(3, count),
        lambda: of.Share(0, count),
        lambda: of.WinRates(1, 1, count),
        lambda: of.win_rate_power(count, 0.6),
        lambda: of.images_for_win_rate(0.6, have=count),
        lambda: of.detectable_win_rate(count),
        lambda: of.labels_for_share(0.1, have=count),
        lambda: of.krippendorff_alpha(*GRADES, resamples=count),
        lambda: of.krippendorff_alpha(*GRADES, seed=count),
        lambda: of.bootstrap(np.mean, [1, 2], resamples=count),
        lambda: of.ranking(["a"], ["b"], ["tie"], resamples=count),
        lambda: of.ranking(["a"], ["b"], ["tie"], seed=count),
    ):
        with pytest.raises(ValueError, match=r"expected .*, found "):
            call()


@pytest.mark.parametrize("name", NUMERIC)
@pytest.mark.parametrize("value", [inf, -inf, 1e308, "nan", "x", 10**400, 1j, object], ids=str)
def test_what_is_not_a_finite_number_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match="expected finite numbers"):
        OF_TWO_SCORES[name]([value, 2, 3], [value, 2, 4])


def test_infinite_labels_have_no_distances() -> None:
    for measure in (
        partial(of.cohen_kappa, weights="quadratic"),
        partial(of.gwet_ac2, weights="linear"),
        partial(of.krippendorff_alpha, level="interval"),
    ):
        with pytest.raises(ValueError, match="expected finite numbers"):
            measure([1, inf, 2], [1, 2, 2])
    assert of.cohen_kappa([1, inf, 1], [1, inf, 1]).value == 1  # as names


CONFIDENCES = [0, 1, -0.5, 95, nan, inf, "0.95", None, 1 - 1e-16, True]


@pytest.mark.parametrize("confidence", CONFIDENCES, ids=repr)
@pytest.mark.parametrize("verdicts", [[], ["first", "second", "tie"]], ids=["empty", "three"])
def test_a_confidence_outside_0_to_1_is_refused_even_without_rows(verdicts: list[str], confidence: Any) -> None:
    names = ["raw_agreement", "cohen_kappa", "gwet_ac1", "krippendorff_alpha", "ppi_win_rate", "two_orders"]
    calls = [partial(getattr(of, name), verdicts, verdicts) for name in names] + [
        partial(of.win_rates, verdicts),
        partial(of.mean_difference, [], []),
        partial(of.bootstrap, np.mean, []),
        partial(of.sampled_mean, []),
        partial(of.sampled_share, []),
        partial(of.auto_accept, verdicts, verdicts, [1] * len(verdicts)),
        partial(of.bradley_terry, verdicts, ["x"] * len(verdicts), verdicts),
        partial(of.ranking, verdicts, ["x"] * len(verdicts), verdicts),
        partial(of.labels_for_share, 0.1),
        partial(of.images_for_win_rate, 0.6),
        partial(of.wilson_interval, 0, 0),
        partial(of.share_at_every_look, 0, 0),
        partial(of.lowest_share_at_every_look, 0, 0),
        partial(of.is_higher_at_every_look, 0, 0, 0.5),
        partial(of.win_rate_at_every_look, 0, 0, 0),
        partial(of.at_every_look, of.Estimate.none(0, "no image")),
        partial(of.mcnemar_of_counts, 0, 0),
        partial(of.controlled_win_rate, verdicts, {"length": [1] * len(verdicts)}),
        partial(of.human_agreement, np.array([verdicts, verdicts], dtype=object).T),
        partial(of.reviewer_agreement, verdicts, np.array([verdicts, verdicts], dtype=object).T),
        partial(of.share_difference, [], []),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="expected a confidence between 0 and 1"):
            call(confidence=confidence)


@pytest.mark.parametrize("nameless", [None, nan, pd.NA])
def test_a_battle_needs_two_names_unless_it_has_no_verdict(nameless: Any) -> None:
    with pytest.raises(ValueError, match="expected two named contestants in each battle"):
        of.bradley_terry(["a", nameless], ["b", "a"], ["first", "second"])

    assert of.bradley_terry(["a", "b", nameless], ["b", "a", "a"], ["first", "first", None]).undefined is None


@pytest.mark.parametrize("name", [None, "c", nan])
def test_a_lead_over_an_unknown_contestant_is_refused(name: Any) -> None:
    with pytest.raises(ValueError, match=r"expected contestants among \['a', 'b'\], found "):
        of.bradley_terry(["a", "a"], ["b", "b"], ["first", "second"]).win_probability("a", name)


@pytest.mark.parametrize(
    "column", [None, 5, {}, {1, 2}, b"ab", np.zeros((2, 2)), pd.DataFrame({"a": [1, 2]}), np.float64(1)], ids=repr
)
def test_what_has_no_rows_of_one_value_is_not_a_column(column: Any) -> None:
    for name in ("raw_agreement", "cohen_kappa", "sign_test", "ppi_win_rate", "two_orders", "gwet_ac1"):
        with pytest.raises(ValueError, match="expected a list, an array or a DataFrame's column"):
            getattr(of, name)(column, column)


@pytest.mark.parametrize("measure", [of.gwet_ac1, of.krippendorff_alpha, partial(of.gwet_ac2, weights="linear")])
def test_a_frame_without_units_is_undefined_and_one_without_raters_is_refused(measure: Any) -> None:
    assert measure(pd.DataFrame({"a": [], "b": []})).undefined == "no unit has two ratings"
    assert measure(np.zeros((0, 2))).undefined == "no unit has two ratings"
    for table in (pd.DataFrame(), [], [1, 2], [["a", "b"], ["a"]], pd.DataFrame({"a": [1, 2]})):
        assert outcome_of(partial(measure, table)) is None


@pytest.mark.parametrize("name", sorted(EVERY))
def test_lists_and_arrays_are_not_labels(name: str) -> None:
    labels: list[Any] = [[1], np.array([1, 2]), {}]
    for label in labels:
        assert outcome_of(partial(EVERY[name], [label] * 2, [label] * 2)) is None


def test_masked_values_are_missing() -> None:
    masked = np.ma.masked_array([1, 2, 3], [True, False, False])

    assert of.sign_test(masked, [1, 1, 1]).pairs == 2


MANY = list(range(5_000))


@pytest.mark.parametrize(
    "measure",
    [
        of.cohen_kappa,
        partial(of.cohen_kappa, weights="quadratic"),
        of.gwet_ac1,
        partial(of.gwet_ac2, weights="linear"),
        partial(of.labels_for_kappa, half_width=0.1),
    ],
)
def test_thousands_of_labels_are_too_many_for_a_table(measure: Any) -> None:
    tracemalloc.start()
    found = measure(MANY, MANY[::-1])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found.undefined.startswith("5,000 different labels are too many for a table, which takes at most 1,000")
    assert peak < 20e6


def test_a_confusion_table_of_thousands_is_refused_and_agreement_is_not() -> None:
    with pytest.raises(ValueError, match="5,000 different labels are too many for a table"):
        of.confusion(MANY, MANY)
    assert of.raw_agreement(MANY, MANY).value == 1
    assert isfinite(of.krippendorff_alpha(MANY, MANY[::-1], level="interval", resamples=5).value or nan)
    with pytest.raises(ValueError, match=r"expected labels among \[1\], found 0, 10, 100, 1000, 1001 and 4,994 more"):
        of.cohen_kappa(MANY, MANY, categories=[1])


@pytest.mark.slow
def test_given_categories_do_not_widen_the_resamples() -> None:
    tracemalloc.start()
    of.krippendorff_alpha(*GRADES, level="ordinal", categories=range(50_000), resamples=150)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 150e6


def test_thousands_of_contestants_are_too_many_to_fit() -> None:
    names = [*MANY, 0]

    found = of.bradley_terry(names[:-1], names[1:], ["first", "second"] * 2_500)

    assert found.undefined == "5,000 contestants in 5,000 pairs are too many to fit: drop or group some"


def test_bca_of_many_rows_is_left_to_percentiles() -> None:
    rows = np.arange(30_000)

    found = of.bootstrap(np.mean, rows)

    assert (found.value, found.interval) == (rows.mean(), None)
    assert found.undefined == "the interval: 30,000 rows are too many for BCa; use method='percentile'"
    assert of.bootstrap(np.mean, rows, method="percentile", resamples=20).interval


@pytest.mark.parametrize("statistic", [None, 5, lambda _: None, lambda values: values, lambda _: "x"])
def test_a_statistic_that_is_not_one_number_is_refused(statistic: Any) -> None:
    with pytest.raises(ValueError, match=r"expected a (function|statistic)"):
        of.bootstrap(statistic, [1, 2, 3])
    with pytest.raises(ValueError, match="one column or more"):
        of.bootstrap(np.mean)


def test_out_of_reach_is_undefined() -> None:
    agreement = of.cohen_kappa([1, 2, 1, 2, 1], [1, 2, 2, 2, 1])

    assert "more labels than anyone" in (of.labels_for_share(1e-300).undefined or "")
    assert "more labels than anyone" in (of.labels_for_estimate(agreement, 1e-300).undefined or "")
    assert "more labels than anyone" in (of.labels_for_kappa([1, 2, 1], [1, 2, 2], 1e-300).undefined or "")
    assert of.paired_t_test([1e-300, 2e-300, 3e-300], [0, 0, 0]).undefined


@given(st.lists(st.tuples(*[st.sampled_from(TEXTS + NUMBERS + OTHERS)] * 2), max_size=4))
@settings(max_examples=20, deadline=None)
def test_any_values_end_in_a_result_or_a_sentence(rows: list[tuple[Any, Any]]) -> None:
    for function in EVERY.values():
        outcome_of(partial(function, [one for one, _ in rows], [other for _, other in rows]))
