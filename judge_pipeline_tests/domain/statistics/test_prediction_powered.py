"""PPI++ by its identities (Angelopoulos, Duchi and Zrnic 2023), and on verdicts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.statistics import Interval, mean_difference, ppi_mean, ppi_win_rate, win_rates
from judge_pipeline_tests.domain.statistics.drawn_study import (
    CLOSE,
    FLEUR_LIKE,
    ONE_SIDED,
    Pairs,
    by_verdict,
    corrected,
    drawn_at_random,
)

POINTS = st.sampled_from([0.0, 0.5, 1.0])


def test_a_trust_of_0_is_the_classical_estimate() -> None:
    """That is the mean with Student's interval: by hand, 0.6 ± 2.776445 √(0.3 / 5)."""
    found = ppi_mean([1, 0, 1, 1, 0], [1, 1, 1, 0, 0], [1, 0, 0], trust=0)

    assert found.corrected == found.people_alone == mean_difference([1, 0, 1, 1, 0], [0] * 5)
    assert found.corrected.value == 0.6
    assert found.corrected.interval is not None
    assert found.corrected.interval.width / 2 == pytest.approx(2.776445 * (0.3 / 5) ** 0.5, abs=1e-6)


def test_a_trust_of_1_is_the_judges_mean_and_the_correction() -> None:
    """By hand: judge's mean on the rest 3/4, people less judge on the labelled (0 - 1 + 0 + 0) / 4, so 1/2.

    Variances: people less judge .25, over 4; judge on the rest .25, over 4; so √.125, times 3.182446.
    """
    found = ppi_mean([1, 0, 0, 1], [1, 1, 0, 1], [1, 1, 1, 0], trust=1)

    assert found.corrected.value == pytest.approx(0.5)
    assert found.corrected.interval is not None
    assert found.corrected.interval.width / 2 == pytest.approx(3.182446 * 0.125**0.5, abs=1e-6)


def test_a_judge_that_is_always_right_is_as_good_as_labels_on_all() -> None:
    """λ = 1 / (1 + n/N), the estimate is the mean over all n + N and so is its interval, but for the divisors n - 1."""
    generator = np.random.default_rng(1)
    truth = (generator.random(4000) < 0.6).astype(float)

    found = ppi_mean(truth[:400], truth[:400], truth[400:])

    assert found.trust == pytest.approx(1 / (1 + 400 / 3600), rel=0.02)
    assert found.corrected.value == pytest.approx(truth.mean(), abs=1e-3)
    assert found.corrected.interval is not None
    assert found.corrected.interval.width == pytest.approx(2 * 1.96 * truth.std() / 4000**0.5, rel=0.02)
    assert found.gain == pytest.approx(10, rel=0.04)


def test_a_judge_that_guesses_is_hardly_listened_to() -> None:
    generator = np.random.default_rng(2)
    people, judge = (generator.random(500) < 0.6).astype(float), (generator.random(5000) < 0.5).astype(float)

    found = ppi_mean(people, judge[:500], judge[500:])

    assert found.trust < 0.1
    assert found.gain == pytest.approx(1, abs=0.02)


def test_the_tuned_trust_gives_the_least_variance() -> None:
    generator = np.random.default_rng(3)
    truth = (generator.random(2000) < 0.55).astype(float)
    judge = np.where(generator.random(2000) < 0.8, truth, 1 - truth)

    def width(trust: float | None) -> float:
        interval = ppi_mean(truth[:300], judge[:300], judge[300:], trust=trust).corrected.interval
        assert interval is not None
        return interval.width

    assert width(None) <= min(width(trust / 20) for trust in range(21)) * 1.001


def test_a_judge_against_the_truth_is_left_aside() -> None:
    assert ppi_mean([1, 0, 1, 0], [0, 1, 0, 1], [0, 1, 1, 1]).trust == 0


@pytest.mark.parametrize("rest", [[], [1]])
def test_without_unlabelled_images_it_is_people_alone(rest: list[float]) -> None:
    found = ppi_mean([1, 0, 1], [1, 0, 1], rest)

    assert (found.trust, found.corrected) == (0, found.people_alone)


def test_fewer_than_two_labels_are_undefined() -> None:
    found = ppi_mean([1, None], [1, 0], [1, 0, 1])

    assert found.corrected.value is None
    assert found.corrected.undefined == "fewer than two images are labelled by people"
    assert (found.labelled, found.unlabelled, found.gain) == (1, 3, None)


def test_labels_without_spread_have_a_mean_and_no_interval() -> None:
    found = ppi_mean([1, 1, 1], [1, 1, 1], [1, 1, 1])

    assert found.corrected.value == 1
    assert found.corrected.interval is None
    assert found.corrected.undefined == "the interval: the labels of people have no spread"


def test_a_trust_beyond_the_full_one_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a trust from 0, people alone, to 1, the judge in full, found 2"):
        ppi_mean([1, 0], [1, 0], [1], trust=2)


def test_a_win_rate_counts_a_silent_judge_as_undecided_and_people_alone_without_it() -> None:
    people = ["first", "tie", "second", "first", None, "missing"]
    judge = ["first", "failed", "second", None, "not available", "first"]

    found = ppi_win_rate(people, judge, trust=1)

    assert (found.labelled, found.unlabelled) == (4, 2)
    assert found.people_alone == win_rates(people).first_with_ties_half
    # People 2.5 / 4; the judge 2 / 4 on the same, 1.5 / 2 on the rest.
    assert found.corrected.value == pytest.approx(2.5 / 4 + 1.5 / 2 - 2 / 4)


@given(st.lists(st.tuples(POINTS, POINTS), min_size=2, max_size=30), st.lists(POINTS, max_size=60))
def test_the_rivals_estimates_sum_to_1(labelled: list[tuple[float, float]], rest: list[float]) -> None:
    people, judge = [one for one, _ in labelled], [other for _, other in labelled]

    one = ppi_mean(people, judge, rest)
    other = ppi_mean([1 - value for value in people], [1 - value for value in judge], [1 - value for value in rest])

    assert one.corrected.value is not None
    assert other.corrected.value is not None
    assert one.corrected.value + other.corrected.value == pytest.approx(1)
    assert 0 <= one.trust <= 1
    assert one.trust == pytest.approx(other.trust)


PEACHES = ([61, 42, 50, 58, 67, 45, 39, 57, 71, 53], [59, 47, 52, 60, 67, 48, 44, 58, 76, 58])
"""Pounds of peaches of 10 of 200 trees, weighed and estimated by eye; the eye says 11,600 of all.

W. G. Cochran, Sampling Techniques, 3rd edition (1977), exercise 7.1.
"""


def test_in_a_finite_project_it_is_the_difference_estimate_of_survey_sampling() -> None:
    """200 (54.3 + 11,600 / 200 - 56.9) = 11,080; differences with s² = 6.0444, so 200 √((1 - .05) 6.0444 / 10) = 151.55."""
    weighed, by_eye = PEACHES
    others = [(11_600 - sum(by_eye)) / 190] * 190

    found = ppi_mean(weighed, by_eye, others, probabilities=[10 / 200] * 10, trust=1)

    assert found.corrected.value is not None
    assert found.corrected.interval is not None
    assert 200 * found.corrected.value == pytest.approx(11_080)
    assert 200 * found.corrected.interval.width / 2 == pytest.approx(2.262157 * 151.55, rel=1e-4)


def test_the_tuned_trust_in_a_finite_project_is_the_slope_of_the_regression_estimate() -> None:
    """Cochran (1977), section 7.3: b = Σ (y - ȳ)(x - x̄) / Σ (x - x̄)², and ȳ + b (X̄ - x̄)."""
    weighed, by_eye = PEACHES
    slope = float(np.cov(weighed, by_eye)[0, 1] / np.var(by_eye, ddof=1))
    smaller = [59 + (eye - 59) * 3 for eye in by_eye]  # limited to 0 to 1, so with a judge that exaggerates

    found = ppi_mean(weighed, smaller, [59 + (58 - 59) * 3] * 190, probabilities=[0.05] * 10)

    assert found.trust == pytest.approx(slope / 3)


def test_drawn_by_strata_it_is_the_stratified_estimate() -> None:
    """Fisch et al. (2024), section 4: Σ w_h (λ mean of f + mean of Y - λf) over strata, w_h their shares of all images.

    By hand, λ = 1/2: 6/10 (.5 · .75 + mean of 1 - .45, 0 - .3, 1 - .4) = 6/10 · (.375 + .85/3), and
    4/10 (.5 · .2 + 1 - .15) = 4/10 · .95, from one of four images.
    """
    judge = [0.9, 0.6, 0.8, 0.75, 0.7, 0.75, 0.1, 0.3, 0.2, 0.2]
    people = ["first", "second", "first", None, None, None, None, "first", None, None]
    probabilities = [3 / 6] * 3 + [None] * 3 + [None, 1 / 4, None, None]

    found = ppi_win_rate(people, judge, probabilities=probabilities, trust=0.5)

    assert found.corrected.value == pytest.approx(0.6 * (0.375 + 0.85 / 3) + 0.4 * 0.95)


@pytest.mark.parametrize("judge", [["first"] * 4, [0.9, 0.2, 0.4, 0.5], [None] * 4])
def test_if_people_decided_every_image_it_is_exact(judge: list[object]) -> None:
    found = ppi_win_rate(["first", "second", "tie", "first"], judge, probabilities=[1, 1, 1, 1])

    assert found.corrected.value == 0.625
    assert found.corrected.interval == Interval(0.625, 0.625)
    assert found.people_alone == found.corrected


def test_certain_images_are_no_census_while_others_are_undecided() -> None:
    found = ppi_win_rate(["first"] * 20 + [None], ["first"] * 21, probabilities=[1] * 20 + [None])

    assert found.corrected.interval is not None
    assert found.corrected.interval.low < 1


def test_a_label_counts_as_often_as_its_probability_says() -> None:
    """Two drawn with 1/2 stand for four images, one drawn with 1/6 for six; the judge predicts 1/2 throughout."""
    people = ["first", "second", "first", *[None] * 7]

    found = ppi_win_rate(people, ["tie"] * 10, probabilities=[1 / 2, 1 / 2, 1 / 6, *[None] * 7])

    assert found.corrected.value == pytest.approx((2 + 6) / 10)


def test_a_label_outside_of_the_sample_is_not_counted() -> None:
    people, judge = ["first", "second", "first", "second", None], ["first", "second", "tie", "second", "first"]

    found = ppi_win_rate(people, judge, probabilities=[0.4, 0.4, None, None, None])

    assert (found.labelled, found.unlabelled) == (2, 3)
    assert (
        found.corrected
        == ppi_win_rate([*people[:2], None, None, None], judge, probabilities=[0.4] * 2 + [None] * 3).corrected
    )


def test_labels_that_are_all_alike_leave_some_doubt() -> None:
    """Agresti and Coull's interval with one success and one failure: 22 labels, 21 of them for the first."""
    found = ppi_win_rate(["first"] * 20, ["first"] * 20)

    assert found.corrected.value == 1
    assert found.corrected.interval is not None
    assert found.corrected.interval.low == pytest.approx(21 / 22 - 2.093024 * (21 / 22 / 22 / 22) ** 0.5, abs=1e-6)


def test_images_of_one_scene_count_less_than_as_many_scenes() -> None:
    people, judge = ["first", "second"] * 10, ["tie"] * 20
    scenes = [image % 2 + 2 * (image // 8) for image in range(20)]

    alone, together = (ppi_win_rate(people, judge, clusters=clusters).corrected.interval for clusters in (None, scenes))

    assert alone is not None
    assert together is not None
    assert together.width > 1.5 * alone.width


@pytest.mark.parametrize("prediction", [-0.1, 1.5, "b", float("inf")])
def test_a_prediction_outside_0_to_1_is_refused(prediction: object) -> None:
    with pytest.raises(ValueError, match=r"expected (predictions from 0 to 1|a verdict)"):
        ppi_win_rate(["first", "second"], [prediction, 0.5])


@pytest.mark.parametrize(
    "pairs", [FLEUR_LIKE, CLOSE, ONE_SIDED, Pairs(failed=0.3)], ids=["fleur", "close", "one", "failed"]
)
@pytest.mark.slow
@pytest.mark.parametrize("labels", [20, 50])
def test_its_interval_holds_with_few_labels(pairs: Pairs, labels: int) -> None:
    """Of 150 studies with 95% each, fewer than 89% hold the truth once in 700 times."""
    generator, held = np.random.default_rng(labels), 0
    for _ in range(150):
        project = pairs.draw(400, generator)
        interval = corrected(project, drawn_at_random(project, labels), by_verdict).corrected.interval
        held += interval is not None and project.truth in interval

    assert held >= 0.89 * 150
