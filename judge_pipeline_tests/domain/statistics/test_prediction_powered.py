"""PPI++ by its identities (Angelopoulos, Duchi and Zrnic 2023), and on verdicts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.statistics import mean_difference, ppi_mean, ppi_win_rate, win_rates

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
