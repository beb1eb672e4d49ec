"""Weights by which the next images are drawn for people to decide."""

import numpy as np
import pytest

from judge_pipeline.domain.drawing import Draw, in_drawing_order, inclusion_probabilities, next_round, random_number
from judge_pipeline.domain.statistics import drawing_weights
from judge_pipeline.domain.statistics.neyman import LEAST, PILOT
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.domain.statistics.drawn_study import (
    BATCH,
    FLEUR_LIKE,
    by_grades,
    corrected,
    drawn_at_random,
    drawn_by_doubt,
    next_probabilities,
)


def test_a_pilot_is_drawn_with_equal_weights() -> None:
    few = PILOT - 1

    assert (
        drawing_weights([0.1, 0.9] * 50, ["first"] * few + [None] * (100 - few), [0.5] * few + [None] * (100 - few))
        == [1] * 100
    )


def test_weights_are_those_of_neymans_allocation() -> None:
    """n_h is proportional to N_h S_h (Neyman 1934): points 0 and 1 have S = .5 around 1/2, and √.06 around .9 with 6% wrong."""
    people = ["first", "second"] * 1000 + (["first"] * 94 + ["second"] * 6) * 20

    found = drawing_weights([0.5] * 2000 + [0.94] * 2000, people, [0.5] * 4000)

    assert found[0] == 1
    assert found[-1] == pytest.approx((0.06 * 0.94) ** 0.5 / 0.5, rel=0.05)


def test_no_weight_is_too_small_to_be_surprised() -> None:
    people = ["first", "second"] * 500 + ["first"] * 1000

    found = drawing_weights([0.5] * 1000 + [1.0] * 1000, people, [0.5] * 2000)

    assert min(found) == LEAST
    assert max(found) == 1


def test_a_judge_that_is_alike_unsure_everywhere_gives_nearly_equal_weights() -> None:
    generator = np.random.default_rng(2)
    people = np.where(generator.random(400) < 0.5, "first", "second").tolist()

    assert min(drawing_weights([0.45, 0.55] * 200, people, [0.1] * 400)) > 0.9


def test_labels_outside_of_the_sample_teach_nothing() -> None:
    predictions, people = [0.1, 0.5, 0.9] * 50, ["second", "first", "first"] * 50
    drawn = [0.5] * 60 + [None] * 90

    assert drawing_weights(predictions, people, drawn) == drawing_weights(
        predictions, [*people[:60], *[None] * 90], drawn
    )


def test_the_simulated_drawing_is_that_of_review() -> None:
    """`next_probabilities` of the simulated studies against `domain/drawing`, in three rounds of different weights."""
    generator = np.random.default_rng(3)
    tags = [Tag(f"image-{number}") for number in range(60)]
    numbers = np.array([random_number(tag) for tag in tags])
    reached, draws = np.zeros(60), dict[Tag, Draw]()
    drawn_in = dict[Tag, int]()
    for number in (1, 2, 3):
        weights = generator.uniform(0.2, 1, 60)
        draws = next_round(
            draws, dict(zip(tags, weights.tolist(), strict=True)), answered=set(drawn_in), drawn_in=drawn_in
        )
        waiting = [tag for tag in tags if tag not in drawn_in]
        drawn_in |= dict.fromkeys(in_drawing_order(waiting, draws)[:10], number)
        reached = next_probabilities(numbers, reached, weights, 10)

        found = inclusion_probabilities(draws, answered=set(drawn_in), drawn_in=drawn_in)
        assert [found[tag] for tag in tags] == pytest.approx(reached.tolist())
        assert {tag for tag, u in zip(tags, numbers, strict=True) if u < found[tag]} == set(drawn_in)


@pytest.mark.slow
def test_it_saves_labels_and_the_interval_holds() -> None:
    """benchmarks/label_savings.py has the figures of many studies: about 3 at 150 labels; these have an error of a seventh."""
    generator, labels = np.random.default_rng(6), PILOT + 4 * BATCH
    errors, held = [], 0
    for _ in range(50):
        project = FLEUR_LIKE.draw(1500, generator)
        found = corrected(project, drawn_by_doubt(project, labels), by_grades).corrected
        assert found.value is not None
        errors.append(found.value - project.truth)
        held += found.interval is not None and project.truth in found.interval
    people = (1 / labels - 1 / 1500) * 0.25

    assert people / float(np.mean(np.square(errors))) > 2.2
    assert abs(float(np.mean(errors))) < 0.01
    assert held >= 44


def test_every_image_has_been_drawn_when_people_have_decided_all() -> None:
    project = FLEUR_LIKE.draw(60, np.random.default_rng(7))

    found = corrected(project, drawn_by_doubt(project, 60), by_grades).corrected

    assert found.interval is not None
    assert found.interval.width == 0
    assert found.value == pytest.approx(project.truth)
    assert drawn_at_random(project, 60).tolist() == [1] * 60
