"""Several reviewers of an image: how often they agree, and whether the judge may replace one of them."""

import warnings
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp
from statsmodels.stats.multitest import multipletests

from judge_pipeline.domain.statistics import (
    alt_test,
    alt_test_of_counts,
    human_agreement,
    raw_agreement,
    reviewer_agreement,
)

PUBLISHED: dict[str, tuple[list[tuple[int, int, int]], float, float, float]] = {
    "LGBTeen, gpt-4o": ([(92, 575, 173), (88, 611, 181), (66, 517, 137), (14, 69, 37)], 0.2, 0.75, 0.77),
    "LGBTeen, gemini-pro": ([(60, 518, 262), (88, 509, 283), (68, 445, 207), (14, 56, 50)], 0.2, 0.00, 0.67),
    "LGBTeen, mistral-v03": ([(106, 526, 208), (58, 600, 222), (61, 487, 172), (15, 72, 33)], 0.2, 0.25, 0.75),
    "MT-Bench, gpt-4o": ([(14, 43, 17), (9, 59, 16), (8, 57, 23)], 0.2, 0.00, 0.77),
    "framing, gpt-4o": ([(124, 1900, 176), (219, 2126, 207), (113, 1969, 184), (46, 537, 55)], 0.15, 1.00, 0.92),
    "framing, mistral-v03": ([(131, 1653, 416), (189, 1868, 495), (90, 1749, 427), (41, 449, 148)], 0.15, 0.25, 0.80),
    "WAX, gpt-4o": (
        [
            (20, 123, 103),
            (28, 115, 103),
            (34, 44, 11),
            (81, 111, 41),
            (44, 52, 25),
            (34, 53, 23),
            (48, 75, 63),
            (42, 67, 40),
        ],
        0.1,
        0.50,
        0.73,
    ),
}
"""Counts of each annotator in the data of the paper, and its epsilon, winning rate and advantage probability: the printed results of
`alt_test_example.ipynb` in github.com/nitaytech/AltTest."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_winning_rates_of_the_paper(name: str) -> None:
    counts, epsilon, winning_rate, advantage = PUBLISHED[name]

    found = alt_test_of_counts(counts, epsilon=epsilon)

    assert found.winning_rate == pytest.approx(winning_rate)
    assert found.advantage == pytest.approx(advantage, abs=0.005)
    assert found.passes is (winning_rate >= 0.5)


WORDS = ["first", "second", "tie"]


def labelled(seed: int, images: int, reviewers: int, *, missing: float = 0.3) -> tuple[list[Any], list[list[Any]]]:
    """A judge and reviewers who are right on 80% and 70%, of three labels, with gaps."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, 3, images)

    def noisy(right: float, gaps: float) -> list[Any]:
        labels = np.where(draw.random(images) < right, truth, draw.integers(0, 3, images))
        return [
            None if gap else ["first", "second", "tie"][label]
            for label, gap in zip(labels, draw.random(images) < gaps, strict=True)
        ]

    columns = [noisy(0.7, missing) for _ in range(reviewers)]
    return noisy(0.8, 0.05), [list(row) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("seed", range(4))
def test_it_follows_the_paper_step_by_step(seed: int) -> None:
    """The definitions of section 3, written out with scipy's t-test and statsmodels' correction."""
    judge, people = labelled(seed, 150, 4)
    p_values, advantages = [], []
    for left_out in range(4):
        judge_wins, reviewer_wins = [], []
        for label, row in zip(judge, people, strict=True):
            others = [each for position, each in enumerate(row) if position != left_out and each is not None]
            if label is None or row[left_out] is None or not others:
                continue
            of_judge, of_reviewer = (fmean(each == own for each in others) for own in (label, row[left_out]))
            judge_wins.append(of_judge >= of_reviewer)
            reviewer_wins.append(of_reviewer >= of_judge)
        differences = np.array(reviewer_wins, dtype=float) - np.array(judge_wins, dtype=float)
        p_values.append(ttest_1samp(differences, 0.15, alternative="less").pvalue)
        advantages.append(fmean(judge_wins))

    found = alt_test(judge, people)

    assert [each.p_value for each in found.reviewers] == pytest.approx(p_values)
    assert [each.is_beaten for each in found.reviewers] == multipletests(p_values, 0.05, "fdr_by")[0].tolist()
    assert found.advantage == pytest.approx(fmean(advantages))
    assert alt_test(judge, pd.DataFrame(people)) == found


def test_two_reviewers_or_too_few_images_are_not_enough() -> None:
    judge, people = labelled(0, 100, 3, missing=0.0)

    two, short = alt_test(judge, [row[:2] for row in people]), alt_test(judge[:25], people[:25])

    for found in (two, short, alt_test_of_counts([])):
        assert (found.winning_rate, found.advantage, found.passes) == (None, None, None)
        assert (found.undefined or "").startswith("it takes at least 3 reviewers with 30 images each")
    assert [each.images for each in short.reviewers] == [sum(label is not None for label in judge[:25])] * 3


def test_a_judge_always_as_close_wins_if_there_are_enough_images() -> None:
    """(1 - 0.1)^n is below what the correction asks for at 40 images, and not at 30."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        enough, few = (alt_test(["first"] * n, [["first"] * 3] * n, epsilon=0.1) for n in (40, 30))
        farther = alt_test_of_counts([(0, 0, 40)] * 3)

    assert (enough.winning_rate, few.winning_rate, farther.winning_rate) == (1, 0, 0)
    assert enough.reviewers[0].p_value == pytest.approx(0.9**40)
    assert farther.reviewers[0].p_value == 1


@pytest.mark.parametrize("epsilon", [-0.1, 1.1, None, "x", float("nan")])
def test_an_epsilon_outside_0_to_1_is_refused(epsilon: Any) -> None:
    with pytest.raises(ValueError, match="expected an epsilon from 0 to 1"):
        alt_test(["first"], [["first", "tie"]], epsilon=epsilon)


def test_agreement_of_two_reviewers_is_raw_agreement() -> None:
    _, people = labelled(1, 120, 2, missing=0.1)
    one, other = (list(column) for column in zip(*people, strict=True))
    expected = raw_agreement(one, other)

    found = human_agreement(people)

    assert found.value == pytest.approx(expected.value)
    assert found.n == expected.total
    assert found.interval is not None
    assert expected.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.interval.low, expected.interval.high))


def test_fleiss_thirty_patients() -> None:
    """Fleiss (1971): 30 patients, six psychiatrists each, five diagnoses; observed agreement .555 (counts of table 1)."""
    table = """0 0 0 6 0|0 3 0 0 3|0 1 4 0 1|0 0 0 0 6|0 3 0 3 0|2 0 4 0 0|0 0 4 0 2|2 0 3 1 0|2 0 0 4 0|0 0 0 0 6|1 0 0 5 0
        |1 1 0 4 0|0 3 3 0 0|1 0 0 5 0|0 2 0 3 1|0 0 5 0 1|3 0 0 1 2|5 1 0 0 0|0 2 0 4 0|1 0 2 0 3|0 0 0 0 6|0 1 0 5 0
        |0 2 0 1 3|2 0 0 4 0|1 0 0 4 1|0 5 0 1 0|4 0 0 0 2|0 2 0 4 0|1 0 5 0 0|0 0 0 0 6"""
    people = [
        [diagnosis for diagnosis, count in enumerate(map(int, patient.split())) for _ in range(count)]
        for patient in table.split("|")
    ]

    found = human_agreement(people)

    assert found.value == pytest.approx(0.555, abs=0.001)
    assert found.n == 30


def test_the_interval_of_three_reviewers_holds_in_nineteen_of_twenty_studies() -> None:
    truth = 0.7**2 + 2 * 0.7 * 0.3 / 3 + 0.09 / 3
    held = 0
    for seed in range(200):
        interval = human_agreement(labelled(seed, 80, 3, missing=0.0)[1]).interval
        held += interval is not None and truth in interval

    assert 182 <= held <= 199


def test_all_images_decided_twice_are_a_census_and_scenes_widen_the_interval() -> None:
    _, people = labelled(3, 60, 2, missing=0.0)
    plain, census = human_agreement(people), human_agreement(people, population=60)
    scenes = human_agreement(
        [row for row in people for _ in range(3)], clusters=[scene for scene in range(60) for _ in range(3)]
    )

    assert plain.interval is not None
    assert census.interval is not None
    assert scenes.interval is not None
    assert census.interval.width == 0
    assert scenes.interval.width == pytest.approx(plain.interval.width, rel=0.02)


def test_reviewers_who_always_agree_are_not_certain() -> None:
    found = human_agreement([["tie", "tie"]] * 10)

    assert found.value == 1
    assert found.interval is not None
    assert found.interval.low == pytest.approx(0.722, abs=0.001)  # Wilson's for 10 of 10


def test_nobody_decided_an_image_twice() -> None:
    found = human_agreement([["first", None], [None, "tie"]])

    assert (found.value, found.undefined) == (None, "no image has two reviewers")
    with pytest.raises(ValueError, match="at least two raters"):
        human_agreement([["first"]])


def test_the_reviewers_one_by_one() -> None:
    judge = ["first", "first", "tie", "second", None]
    people = [
        ["first", "first", "second"],
        ["first", "tie", None],
        ["tie", None, None],
        ["second", "first", "first"],
        [None, "tie", "tie"],
    ]

    ann, ben, cem = reviewer_agreement(judge, people)

    assert (ann.images, ben.images, cem.images) == (4, 4, 3)
    assert (ann.with_others.n, ben.with_others.n) == (3, 4)
    assert ann.with_others.value == pytest.approx((1 / 2 + 0 + 0) / 3)
    assert ben.with_others.value == pytest.approx((1 / 2 + 0 + 1 / 2 + 1) / 4)
    assert (ann.with_judge.count, ann.with_judge.total) == (4, 4)
    assert (cem.with_judge.count, cem.with_judge.total) == (0, 2)
    assert [(each.ties.count, each.ties.total) for each in (ann, ben, cem)] == [(1, 4), (2, 4), (1, 3)]


def test_a_judge_needs_a_row_for_each_image_and_two_reviewers() -> None:
    with pytest.raises(ValueError, match="expected the same number of units from each rater"):
        reviewer_agreement(["first"], [["first", "tie"], ["tie", "tie"]])
    with pytest.raises(ValueError, match="expected a table of at least two reviewers"):
        alt_test(["first"], [["first"]])
