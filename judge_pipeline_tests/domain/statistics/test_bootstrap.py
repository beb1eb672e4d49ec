"""The bootstrap over images: what has no formula gets an interval, one seed one interval."""

from typing import Any

import numpy as np
import pytest

from judge_pipeline.domain.statistics import bootstrap, mean_difference

GENERATOR = np.random.default_rng(5)
VALUES = GENERATOR.normal(3, 2, size=200)
OTHERS = VALUES + GENERATOR.normal(1, 1, size=200)


@pytest.mark.parametrize("method", ["percentile", "BCa"])
def test_the_interval_of_a_mean_is_nearly_students(method) -> None:  # type: ignore[no-untyped-def]
    found, students = bootstrap(np.mean, VALUES, method=method), mean_difference(VALUES, np.zeros(200))

    assert found.value == pytest.approx(VALUES.mean())
    assert found.interval is not None
    assert students.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (students.interval.low, students.interval.high), abs=0.05
    )


def test_columns_are_drawn_together() -> None:
    """Drawn apart, the difference would be as wide as two unpaired means."""

    def difference(one: Any, other: Any, axis: int) -> Any:
        return (one - other).mean(axis=axis)

    found, students = bootstrap(difference, VALUES, OTHERS), mean_difference(VALUES, OTHERS)

    assert found.interval is not None
    assert students.interval is not None
    assert found.interval.width == pytest.approx(students.interval.width, rel=0.1)


def test_a_statistic_without_axis_is_called_resample_by_resample() -> None:
    found = bootstrap(lambda one, other: float(np.corrcoef(one, other)[0, 1]), VALUES, OTHERS, resamples=200)

    assert found.interval is not None
    assert found.value in found.interval if found.value else False


def test_one_seed_gives_one_interval() -> None:
    assert bootstrap(np.median, VALUES) == bootstrap(np.median, VALUES)
    assert bootstrap(np.median, VALUES) != bootstrap(np.median, VALUES, seed=1)


def test_rows_that_miss_a_value_are_left_out() -> None:
    assert bootstrap(np.mean, [1.0, None, 3.0, float("nan"), 5.0]).n == 3


def test_what_cannot_be_computed_is_undefined() -> None:
    assert bootstrap(np.mean, []).undefined == "no image has all values"
    assert bootstrap(np.mean, [2.0]).undefined == "the interval: one image has no spread"
    assert bootstrap(np.mean, [2.0] * 9).undefined == "the interval: the resamples have no spread, or some no value"
    assert bootstrap(np.mean, [2.0] * 9, method="percentile").interval is None
    assert (
        bootstrap(lambda values: float("nan"), [1.0, 2.0]).undefined == "the statistic of these values is not a number"
    )


def test_whole_scenes_are_resampled() -> None:
    """Twenty scenes of five equal images say as much as twenty images, and the interval is as wide."""
    scenes = [float(number % 7) for number in range(20)]
    values = [value for value in scenes for _ in range(5)]
    keys = [f"scene {number}" for number in range(20) for _ in range(5)]
    alone = bootstrap(np.mean, scenes, method="percentile")
    clustered = bootstrap(np.mean, values, clusters=keys)
    apart = bootstrap(np.mean, values)
    assert clustered.value == pytest.approx(alone.value)
    assert alone.interval
    assert clustered.interval
    assert apart.interval
    assert clustered.interval.width == pytest.approx(alone.interval.width, rel=0.1)
    assert apart.interval.width < 0.6 * alone.interval.width
    assert bootstrap(np.mean, values, clusters=["one"] * 100).interval is None
    own = bootstrap(np.mean, scenes, clusters=[None] * 20)
    assert own.interval
    assert own.interval.width == pytest.approx(alone.interval.width, rel=0.1)
