"""However images were drawn, the weighted 95% intervals contain the value of the whole project; unweighted ones may not."""

from collections import Counter

import numpy as np
import pytest

from judge_pipeline_tests.domain.statistics.sampled_study import (
    Drawing,
    at_random,
    disagreements_alone,
    disagreements_too,
    stratified,
    whole_scenes,
)
from judge_pipeline_tests.domain.statistics.simulated_study import World

STUDIES = 150
"""The standard error of a coverage of 95% is then 1.8%; benchmarks/sampled_intervals.py makes more."""

ONE_SIDED = World(first=0.85, tie=0.05, people_accuracy=0.95, judge_accuracy=0.9)


def coverage(
    drawing: Drawing, world: World, decided: int, *, weighted: bool = True, studies: int = STUDIES
) -> dict[str, float]:
    generator, held = np.random.default_rng(decided), Counter[str]()
    for _ in range(studies):
        study = drawing(world, 500, decided, generator)
        truths = study.truths
        for name, estimate in study.estimates(weighted=weighted).items():
            interval = estimate.interval
            held[name] += interval is not None and interval.low - 1e-9 <= truths[name] <= interval.high + 1e-9
    return {name: held[name] / studies for name in truths}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("drawing", "decided"),
    [(at_random, 20), (at_random, 100), (stratified, 50), (disagreements_too, 100), (whole_scenes(0.5), 200)],
    ids=["20 at random", "100 at random", "50 stratified", "100, half disagreements", "20 scenes"],
)
def test_intervals_hold_the_value_of_the_project(drawing: Drawing, decided: int) -> None:
    assert min(coverage(drawing, ONE_SIDED, decided).values()) >= 0.89


def test_a_census_is_exact_and_right() -> None:
    assert set(coverage(at_random, ONE_SIDED, 500, studies=10).values()) == {1.0}


def test_disagreements_taken_for_random_and_scenes_taken_for_images_do_not_hold() -> None:
    """The studies would notice: today's report covers the agreement in none of these, and scenes in far fewer than 95%."""
    assert coverage(disagreements_alone, ONE_SIDED, 100, weighted=False, studies=50)["raw agreement"] < 0.05
    assert coverage(whole_scenes(0.5), World(), 100, weighted=False, studies=50)["win rate, ties half"] < 0.85
