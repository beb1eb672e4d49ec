"""The win rate at equal length and style."""

from math import log, sqrt, tanh
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import t

from judge_pipeline.domain.statistics import (
    controlled_win_rate,
    count_differences,
    length_differences,
)


def study(seed: int, images: int, *, odds: float, effect: float, lead: float = 0.0) -> tuple[list[str], list[float]]:
    """Choices that follow the model, with the first caption longer on average by `lead` standard deviations."""
    draw = np.random.default_rng(seed)
    differences = np.tanh(draw.normal(lead, 1, images))
    wins = draw.random(images) < expit(odds + effect * differences)
    return ["first" if win else "second" for win in wins], differences.tolist()


def test_two_lengths_by_hand() -> None:
    """Saturated: 60 of 80 won where the first is longer, 30 of 60 where it is shorter; the intercept is the mean log-odds."""
    choices = ["first"] * 60 + ["second"] * 20 + ["first"] * 30 + ["second"] * 30
    longer = [1.0] * 80 + [-1.0] * 60

    found = controlled_win_rate(choices, {"length": longer})

    log_odds = (log(60 / 20) + log(30 / 30)) / 2
    error = sqrt((1 / 60 + 1 / 20 + 1 / 30 + 1 / 30) / 4 * 140 / 139 * 139 / 138)
    half = t.ppf(0.975, 139) * error
    assert found.controlled.value == pytest.approx(expit(log_odds))  # 63.4%, and 64.3% as they are
    assert found.as_they_are == pytest.approx(90 / 140)
    assert found.effects["length"].value == pytest.approx(log(3) / 2)
    assert found.controlled.interval is not None
    assert found.controlled.interval.low == pytest.approx(expit(log_odds - half))
    assert found.controlled.interval.high == pytest.approx(expit(log_odds + half))


@pytest.mark.parametrize("seed", range(3))
def test_it_is_statsmodels_weighted_fractional_logit_with_clustered_errors(seed: int) -> None:
    draw = np.random.default_rng(seed)
    images = 400
    length, lists = np.tanh(draw.normal(0.3, 1, images)), draw.choice([-1.0, 0.0, 1.0], images)
    points = draw.choice([0.0, 0.5, 1.0], images, p=[0.3, 0.2, 0.5])
    scenes = draw.integers(0, 60, images)

    found = controlled_win_rate(
        [{0.0: "second", 0.5: "tie", 1.0: "first"}[each] for each in points],
        {"length": length, "list items": lists},
        clusters=scenes,
    )

    fit = sm.GLM(points, sm.add_constant(np.column_stack([length, lists])), family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": scenes}
    )
    assert found.controlled.value == pytest.approx(expit(fit.params[0]))
    assert [each.value for each in found.effects.values()] == pytest.approx(fit.params[1:].tolist())
    widths = [each.interval.width / 2 for each in found.effects.values() if each.interval]
    assert widths == pytest.approx(
        (t.ppf(0.975, 59) * fit.bse[1:]).tolist(), rel=0.03
    )  # degrees of freedom by cluster size


def test_a_judge_that_loves_length_is_brought_back() -> None:
    """The captions are equally good, and the first are longer: 61% as they are, one half at equal length."""
    choices, differences = study(0, 4_000, odds=0.0, effect=1.5, lead=0.6)

    found = controlled_win_rate(choices, {"length": differences})

    assert found.as_they_are == pytest.approx(0.61, abs=0.02)
    assert found.controlled.interval is not None
    assert 0.5 in found.controlled.interval
    assert found.controlled.interval.width < 0.06


def test_the_interval_holds_in_nineteen_of_twenty_studies() -> None:
    held = 0
    for seed in range(200):
        choices, differences = study(seed, 150, odds=0.4, effect=1.0, lead=0.4)
        interval = controlled_win_rate(choices, {"length": differences}).controlled.interval
        held += interval is not None and float(expit(0.4)) in interval

    assert 182 <= held <= 199


def test_where_lengths_never_overlap_it_says_so() -> None:
    choices = ["first", "second"] * 50

    found = controlled_win_rate(choices, {"length": [0.1 + each / 200 for each in range(100)]})

    assert found.controlled.value is None
    assert found.as_they_are == pytest.approx(0.5)
    assert found.controlled.undefined == (
        "the difference in length has the same sign in all but 0 of 100 pairs, so the effects of the captioner and of length "
        "cannot be told apart"
    )


def test_choices_that_length_predicts_without_fail_have_no_finite_fit() -> None:
    longer = [-0.9, -0.5, -0.2, 0.2, 0.5, 0.9] * 10

    found = controlled_win_rate(["first" if each > 0 else "second" for each in longer], {"length": longer})

    assert (found.controlled.undefined or "").startswith("the differences predict some choices without fail")


def test_too_few_choices_and_differences_that_go_together_are_undefined() -> None:
    few = controlled_win_rate(["first"] * 9 + ["second"] * 40, {"length": [0.5, -0.5] * 24 + [0.0]})
    both = controlled_win_rate(["first", "second"] * 50, {"a": [0.5, -0.5] * 50, "b": [1, -1] * 50})
    none = controlled_win_rate([], {"length": []})

    assert (
        few.controlled.undefined
        == "it takes at least 10 choices for either captioner, ties half, and one of them has 9"
    )
    assert both.controlled.undefined == "the differences in a, b go together, so their effects cannot be told apart"
    assert (none.controlled.n, none.as_they_are) == (0, None)


def test_a_difference_that_never_occurs_changes_nothing() -> None:
    choices, differences = study(1, 200, odds=0.2, effect=0.5)

    alone = controlled_win_rate(choices, {"length": differences})
    with_headers = controlled_win_rate(choices, {"length": differences, "headers": [0] * 200})

    assert alone == with_headers


def test_a_census_is_exact_and_unequal_probabilities_are_weighted() -> None:
    choices, differences = study(2, 300, odds=0.2, effect=0.5)
    census = controlled_win_rate(choices, {"length": differences}, population=300)
    doubled = controlled_win_rate(choices * 2, {"length": differences * 2})
    weighted = controlled_win_rate(
        choices + choices[:150],
        {"length": differences + differences[:150]},
        probabilities=[0.5] * 150 + [0.25] * 150 + [0.5] * 150,
    )

    assert census.controlled.interval is not None
    assert census.controlled.interval.width == 0
    assert weighted.controlled.value == pytest.approx(doubled.controlled.value)


@given(seed=st.integers(0, 2**32), odds=st.floats(-1, 1), effect=st.floats(-1, 1))
@settings(max_examples=15, deadline=None)
def test_the_two_captioners_win_rates_sum_to_1(seed: int, odds: float, effect: float) -> None:
    choices, differences = study(seed, 120, odds=odds, effect=effect)
    swapped = [{"first": "second", "second": "first"}[each] for each in choices]

    one = controlled_win_rate(choices, {"length": differences}).controlled
    other = controlled_win_rate(swapped, {"length": [-each for each in differences]}).controlled

    if one.value is None or other.value is None or one.interval is None or other.interval is None:
        assert one.undefined == other.undefined
        return
    assert one.value + other.value == pytest.approx(1)
    assert one.interval.low + other.interval.high == pytest.approx(1)


def test_differences_are_those_of_alpacaeval_and_lmarena() -> None:
    lengths = length_differences([120, 100, 80, None], [100, 100, 100, 5])

    assert lengths == [pytest.approx(tanh(1)), 0, pytest.approx(-tanh(1)), None]
    assert length_differences([120, 120], [100, 100]) == [1, 1]
    assert count_differences([3, 0, 0, None], [1, 0, 2, 1]) == [0.5, 0, -1, None]
    with pytest.raises(ValueError, match="expected counts of 0 or more, found -1"):
        count_differences([-1], [2])


def test_without_differences_there_is_nothing_to_control() -> None:
    nothings: list[Any] = [{}, None, ["length"]]
    for nothing in nothings:
        with pytest.raises(ValueError, match="expected columns of differences by name"):
            controlled_win_rate(["first"], nothing)
