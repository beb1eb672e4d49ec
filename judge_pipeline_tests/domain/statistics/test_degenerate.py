"""Whatever comes in, what comes out is a number or says why it is none: no crash, no warning, no NaN."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import partial
from math import isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.domain import statistics

LABELS = st.sampled_from(["first", "second", "tie", None])
SCORES = st.sampled_from([1, 2, 3, None])


def rows_of(*columns: Any) -> Any:
    """A table with a row per image; one without rows keeps its reviewers."""
    rows = [list(row) for row in zip(*columns, strict=True)]
    return rows or np.zeros((0, len(columns)))


OF_TWO_VERDICTS: dict[str, Callable[..., Any]] = {
    name: getattr(statistics, name)
    for name in ("raw_agreement", "confusion", "cohen_kappa", "gwet_ac1", "ppi_win_rate", "two_orders")
} | {
    "ppi_win_rate of a project": lambda one, other: statistics.ppi_win_rate(
        one, other, probabilities=[0.5] * len(one), clusters=other
    ),
    "graded_predictions": lambda one, other: statistics.graded_predictions(one, other, [None] * len(one), keys=other),
    "drawing_weights": lambda one, other: statistics.drawing_weights(other, one, [0.5] * len(one)),
    "win_rates": lambda one, other: statistics.win_rates(one).first_with_ties_half,
    "krippendorff_alpha": partial(statistics.krippendorff_alpha, resamples=30),
    "labels_for_kappa": lambda one, other: statistics.labels_for_kappa(one, other, 0.1),
    "two_order_accuracy": lambda one, other: statistics.two_order_accuracy(one, other, one),
    "mcnemar": lambda one, other: statistics.mcnemar(
        [v and v == "tie" for v in one], [v and v == "tie" for v in other]
    ),
    "alt_test": lambda one, other: statistics.alt_test(one, rows_of(one, other, one)),
    "human_agreement": lambda one, other: statistics.human_agreement(rows_of(one, other)),
    "reviewer_agreement": lambda one, other: statistics.reviewer_agreement(one, rows_of(one, other)),
    "controlled_win_rate": lambda one, other: statistics.controlled_win_rate(one, {"length": [1] * len(other)}),
    "share_difference": lambda one, other: statistics.share_difference(
        [v and v == "tie" for v in one], [v and v == "tie" for v in other]
    ),
    "bradley_terry": lambda one, other: statistics.bradley_terry(["a"] * len(one), ["b"] * len(one), one),
    "ranking": lambda one, other: statistics.ranking(["a"] * len(one), ["b"] * len(one), one, other, resamples=30),
}

OF_TWO_SCORES: dict[str, Callable[..., Any]] = {
    name: getattr(statistics, name)
    for name in ("sign_test", "wilcoxon_signed_rank", "paired_t_test", "mean_difference")
} | {
    "quadratic kappa": partial(statistics.cohen_kappa, weights="quadratic"),
    "linear kappa": partial(statistics.cohen_kappa, weights="linear"),
    "gwet_ac2": partial(statistics.gwet_ac2, weights="quadratic"),
    "ordinal alpha": partial(statistics.krippendorff_alpha, level="ordinal", resamples=30),
    "interval alpha": partial(statistics.krippendorff_alpha, level="interval", resamples=30),
    "ppi_mean": lambda one, other: statistics.ppi_mean(one, other, other),
    "ppi_mean of a project": lambda one, other: statistics.ppi_mean(one, other, other, probabilities=[0.5] * len(one)),
    "graded gaps": lambda one, other: statistics.graded_predictions(["first"] * len(one), ["tie"] * len(one), one),
    "bootstrap": lambda one, other: statistics.bootstrap(lambda values: values.mean(), one, resamples=30),
    "sampled_mean": lambda one, other: statistics.sampled_mean(one, population=2_000, clusters=other),
    "agreement_by_gap": lambda one, other: statistics.agreement_by_gap(one, other, other),
    "auto_accept": lambda one, other: statistics.auto_accept(one, other, one),
    "auto_accept, drawn": lambda one, other: statistics.auto_accept(one, other, one, probabilities=[0.5] * len(one)),
    "self_consistency": lambda one, other: statistics.self_consistency(["first"] * len(one), one, other),
    "length_differences": statistics.length_differences,
    "controlled by numbers": lambda one, other: statistics.controlled_win_rate(
        ["first", "second"] * (len(one) // 2) + ["tie"] * (len(one) % 2), {"a": one, "b": other}
    ),
    "longer_preferred": lambda one, other: statistics.longer_preferred(["first"] * len(one), one, other),
}

ROWS = [
    [],
    [("first", "first")],
    [("first", "second")],
    [(None, "tie")],
    [("tie", "tie")] * 5,
    [("first", "second")] * 5,
]
SCORED = [[], [(2, 2)], [(1, 3)], [(None, 2)], [(3, 3)] * 5, [(1, 3)] * 5, [(0.1, 0.2), (0.2, 0.3), (0.3, 0.4)]]


def numbers_in(result: Any) -> Iterator[float]:
    """Every number of a result, whatever it is nested in."""
    if isinstance(result, float):
        yield result
    elif isinstance(result, (tuple, list)):
        for part in result:
            yield from numbers_in(part)
    elif isinstance(result, dict):
        yield from numbers_in(list(result.values()))
    elif is_dataclass(result):
        yield from numbers_in([getattr(result, field.name) for field in fields(result)])


def check(function: Callable[..., Any], rows: list[tuple[Any, Any]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)  # the collector may come upon what another test has left
        result = function([one for one, _ in rows], [other for _, other in rows])

    assert not any(map(isnan, numbers_in(result)))
    if hasattr(result, "undefined") and hasattr(result, "value"):
        assert result.value is not None or result.undefined


@pytest.mark.parametrize("rows", ROWS, ids=str)
@pytest.mark.parametrize("name", OF_TWO_VERDICTS)
def test_verdicts_that_tell_nothing_are_no_crash(name: str, rows: list[tuple[Any, Any]]) -> None:
    check(OF_TWO_VERDICTS[name], rows)


@pytest.mark.parametrize("rows", SCORED, ids=str)
@pytest.mark.parametrize("name", OF_TWO_SCORES)
def test_scores_that_tell_nothing_are_no_crash(name: str, rows: list[tuple[Any, Any]]) -> None:
    check(OF_TWO_SCORES[name], rows)


@given(st.lists(st.tuples(LABELS, LABELS), max_size=8))
@settings(max_examples=20)
def test_no_verdicts_are_a_crash(rows: list[tuple[Any, Any]]) -> None:
    for function in OF_TWO_VERDICTS.values():
        check(function, rows)


@given(st.lists(st.tuples(SCORES, SCORES), max_size=8))
@settings(max_examples=20)
def test_no_scores_are_a_crash(rows: list[tuple[Any, Any]]) -> None:
    for function in OF_TWO_SCORES.values():
        check(function, rows)


@pytest.mark.parametrize("name", ["cohen_kappa", "gwet_ac1", "krippendorff_alpha"])
@pytest.mark.parametrize("count", [1, 2, 50])
def test_no_agreement_on_one_label_is_a_1(name: str, count: int) -> None:
    assert OF_TWO_VERDICTS[name](["tie"] * count, ["tie"] * count).value is None
