"""Looked at again and again, intervals that hold at every look are false once in twenty studies at most; others far more often."""

import numpy as np
import pytest

from judge_pipeline_tests.domain.statistics.looks_study import (
    JUST_TOO_LITTLE,
    corrected_rates,
    count_rules,
    judged_shares,
)
from judge_pipeline_tests.domain.statistics.simulated_study import World

pytestmark = pytest.mark.slow


def test_a_judge_without_a_preference_is_seldom_said_to_have_one() -> None:
    """40 looks: in 32% of the studies with intervals for one look."""
    generator, one_look, every_look = np.random.default_rng(3), 0, 0
    for _ in range(60):
        found = list(judged_shares(range(25, 1001, 25), generator))
        one_look += any(0.5 not in one for one, _ in found)
        every_look += any(0.5 not in every for _, every in found)

    assert one_look >= 12
    assert every_look <= 4


def test_the_corrected_win_rate_is_right_at_every_look() -> None:
    generator, one_look, every_look = np.random.default_rng(4), 0, 0
    for _ in range(40):
        found = list(corrected_rates(World(), 500, (25, 50, 75, 100, 150, 200, 300, 400, 500), generator))
        one_look += any(truth not in one for truth, one, _ in found)
        every_look += any(truth not in every for truth, _, every in found)
        assert found[-1][2].width < 1e-9

    assert one_look >= 4
    assert every_look <= 3


def test_an_auto_accept_rule_is_seldom_false_however_often_people_look() -> None:
    """The agreement is 89.7% everywhere, just too little: every rule is false."""
    looks = range(25, 501, 25)

    assert count_rules(JUST_TOO_LITTLE, 30, looks, seed=5, one_look_bounds=True).any_look >= 2
    assert count_rules(JUST_TOO_LITTLE, 40, looks, seed=5).any_look <= 4
