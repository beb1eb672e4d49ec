"""A small version of `python -m benchmarks.choices`: intervals contain the truth, or the report claims none."""

import numpy as np
import pytest

from judge_pipeline_tests.reporting.choice_study import (
    METRICS,
    WAYS,
    covers,
    drawn_choices,
    editor_choices,
    gate_world,
    passes_the_gate,
    world,
)

STUDIES = 6

NOT_CLAIMED = [way for way in WAYS if way.startswith(("picked", "in the editor"))]


@pytest.mark.parametrize("way", NOT_CLAIMED)
def test_picked_images_speak_for_no_others(way: str) -> None:
    generator = np.random.default_rng(5)
    study = WAYS[way](world(generator), generator)
    metrics, truths = study.metrics(), study.truths()

    assert {covers(metrics[name], truths[name]) for name in METRICS} == {None}


@pytest.mark.slow
@pytest.mark.parametrize("way", [way for way in WAYS if way not in NOT_CLAIMED])
def test_intervals_of_drawn_images_contain_the_truth(way: str) -> None:
    """Of six studies four or more, for each number that is claimed; at 95%, one of 12,000 has fewer."""
    generator = np.random.default_rng(5)
    found: dict[str, list[bool]] = {name: [] for name in METRICS}
    for _ in range(STUDIES):
        study = WAYS[way](world(generator), generator)
        metrics, truths = study.metrics(), study.truths()
        for name in METRICS:
            if (is_covered := covers(metrics[name], truths[name])) is not None:
                found[name].append(is_covered)

    assert len(found["people"]) == STUDIES
    assert all(sum(each) >= len(each) - 2 for each in found.values())


@pytest.mark.parametrize("follow", [0.0, 0.5, 1.0])
def test_people_who_follow_the_judge_in_the_editor_do_not_open_the_gate(follow: float) -> None:
    generator = np.random.default_rng(5)

    assert not passes_the_gate(editor_choices(gate_world(generator, kappa=0.34), generator, follow=follow))


def test_a_script_does_not_open_the_gate_and_drawn_choices_of_people_do() -> None:
    good = gate_world(np.random.default_rng(5), kappa=0.8)

    assert not passes_the_gate(drawn_choices(good, 200, scripted=True))
    assert not passes_the_gate(drawn_choices(good, 29))
    assert passes_the_gate(drawn_choices(good, 100))
