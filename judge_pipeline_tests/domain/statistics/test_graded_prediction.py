"""Predictions from all that a judge says, made from the labels of other images only."""

import numpy as np
import pytest

from judge_pipeline.domain.statistics import graded_predictions, ppi_win_rate
from judge_pipeline_tests.domain.statistics.drawn_study import (
    FLEUR_LIKE,
    by_grades,
    by_verdict,
    corrected,
    drawn_at_random,
)

UNKNOWN = [None] * 5


def test_without_labels_it_leans_to_the_verdict_and_the_gap() -> None:
    found = graded_predictions(UNKNOWN, ["first", "first", "tie", "second", "second"], [0.6, 0.2, 0, -0.2, -0.6])

    assert found == sorted(found, reverse=True)
    assert found[2] == 0.5
    assert found[0] + found[4] == pytest.approx(1)
    assert 0.7 < found[1] < found[0] < 0.95


def test_a_verdict_that_the_orders_did_not_share_and_a_split_panel_say_less() -> None:
    sure = graded_predictions([None], ["first"], [0.5], orders_agree=[True], votes=[1])
    flipped = graded_predictions([None], ["first"], [0.5], orders_agree=[False], votes=[1])
    split = graded_predictions([None], ["first"], [0.5], orders_agree=[True], votes=[2 / 3])

    assert 0.5 < flipped[0] < sure[0]
    assert 0.5 < split[0] < sure[0]


def test_an_image_never_predicts_itself() -> None:
    """Whatever people say of it; nor do images of the same scene."""
    judge, gaps, scenes = ["first", "second"] * 20, [0.5, -0.5] * 20, [image // 4 for image in range(40)]
    people: list[str | None] = ["first", "second"] * 20

    for keys, own in ((None, [7]), (scenes, [4, 5, 6, 7])):
        before = graded_predictions(people, judge, gaps, keys=keys)
        changed = ["tie" if image in own else label for image, label in enumerate(people)]
        after = graded_predictions(changed, judge, gaps, keys=keys)

        assert [after[image] for image in own] == [before[image] for image in own]
        assert after != before


def test_people_teach_it_that_the_judge_is_wrong() -> None:
    """A judge that always chooses the worse caption helps as much as one that chooses the better."""
    people = ["first", "second"] * 100
    judge, gaps = ["second", "first"] * 100, [-0.5, 0.5] * 100

    found = graded_predictions(people, judge, gaps)

    assert max(found[1::2]) < 0.2
    assert min(found[::2]) > 0.8


def test_failures_are_predicted_by_what_people_say_of_failures() -> None:
    people = ["first"] * 60 + ["second"] * 60 + [None] * 2
    judge = ["failed"] * 60 + ["tie"] * 60 + ["not available", "tie"]

    found = graded_predictions(people, judge, [None] * 122)

    assert found[-2] > 0.85
    assert found[-1] < 0.15
    assert max(found[:60]) - min(found[:60]) < 0.05  # labelled or not


def test_a_judge_that_was_not_asked_is_predicted_by_the_mean_and_teaches_nothing() -> None:
    """Also where people have decided just these images: a judge asked again asks about the others."""
    judge = [None] * 50 + ["first"] * 40 + ["second"] * 20
    people = ["second"] * 50 + ["first"] * 10 + [None] * 50
    gaps = [None] * 110

    found = graded_predictions(people, judge, gaps)

    assert found[:50] == pytest.approx([np.mean(found[50:])] * 50)
    assert found[50:] == graded_predictions([None] * 50 + people[50:], judge, gaps)[50:]


def test_labels_that_the_judge_separates_perfectly_give_finite_predictions() -> None:
    found = graded_predictions(
        ["first"] * 500 + ["second"] * 500, ["first"] * 500 + ["second"] * 500, [1] * 500 + [-1] * 500
    )

    assert 0 < min(found) < 0.02
    assert 0.98 < max(found) < 1


def test_the_same_images_have_the_same_predictions_in_any_order() -> None:
    people, judge, gaps = ["first", None, "second", "tie"] * 10, ["first", "tie"] * 20, [0.1, -0.2, None, 0.3] * 10
    keys = [f"image {number}" for number in range(40)]
    order = np.random.default_rng(1).permutation(40).tolist()

    straight = graded_predictions(people, judge, gaps, keys=keys)
    mixed = ([column[row] for row in order] for column in (people, judge, gaps))
    shuffled = graded_predictions(*mixed, keys=[keys[row] for row in order])

    assert shuffled == pytest.approx([straight[row] for row in order], abs=1e-9)


@pytest.mark.parametrize("votes", [[2.0], [-0.1], ["many"]])
def test_a_share_of_votes_outside_0_to_1_is_refused(votes: list[object]) -> None:
    with pytest.raises(ValueError, match="expected shares of votes from 0 to 1, found "):
        graded_predictions([None], ["first"], [0.5], votes=votes)


@pytest.mark.slow
def test_it_saves_labels_and_the_interval_holds() -> None:
    """The same study in benchmarks/label_savings.py saves 2.2 against 1.95; 60 studies show it with errors of a fifth."""
    generator = np.random.default_rng(5)
    errors, held = np.zeros((2, 60)), 0
    for study in range(60):
        project = FLEUR_LIKE.draw(1000, generator)
        reached = drawn_at_random(project, 150)
        for row, predict in enumerate((by_verdict, by_grades)):
            found = corrected(project, reached, predict).corrected
            assert found.value is not None
            errors[row, study] = found.value - project.truth
        held += found.interval is not None and project.truth in found.interval
    people = (1 / 150 - 1 / 1000) * 0.25

    assert people / (errors[1] ** 2).mean() > 1.7
    assert (errors[1] ** 2).mean() < (errors[0] ** 2).mean()
    assert held >= 0.89 * 60


def test_predictions_go_where_verdicts_go() -> None:
    people, judge = ["first", "second", "first", None], ["first", "second", "tie", "first"]

    graded = ppi_win_rate(people, [1.0, 0.0, 0.5, 1.0], probabilities=[0.75] * 3 + [None])

    assert graded == ppi_win_rate(people, judge, probabilities=[0.75] * 3 + [None])
