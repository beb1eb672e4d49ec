"""Differences between captioners in several criteria: what the report shows holds for all of them together."""

from dataclasses import replace

import numpy as np
import pytest

from judge_pipeline.domain.score import Score
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.criterion_scores import criterion_scores_section
from judge_pipeline.reporting.metric import Kind, Section
from judge_pipeline.reporting.opinions import Opinions
from judge_pipeline_tests.reporting.values import A, B, judgement, report_of


def scored(*images: dict[str, tuple[int, int]]) -> Section:
    """The section of images with, for each criterion, the positions of A's and B's scores of five options."""
    judgements = [
        judgement(
            Tag(f"{number}"),
            B,
            scores=[
                Score(captioner, criterion, str(position), position, 5)
                for criterion, positions in image.items()
                for captioner, position in zip((A, B), positions, strict=True)
            ],
        )
        for number, image in enumerate(images)
    ]
    return criterion_scores_section(Opinions(report_of(*judgements).outcomes), {})


def test_p_values_are_adjusted_for_the_number_of_tests_and_say_so() -> None:
    """By hand: eight of eight images score B one step higher in one criterion; both exact tests give 2 / 2⁸. The other ties."""
    section = scored(*[{"Correctness": (1, 2), "Quality": (place % 5, place % 5)} for place in range(8)])
    tests = {metric.name: metric for metric in section.metrics if metric.kind is Kind.P_VALUE}

    assert tests["correctness_sign_test"].value == pytest.approx(2 * 2 / 2**8)
    assert "This test alone: 0.008." in tests["correctness_sign_test"].means
    assert tests["quality_sign_test"].undefined == "both scores are equal on every image"
    assert "adjusted for 2 tests (Holm)" in section.notes[0]


def test_an_inconclusive_difference_says_what_would_have_been_found() -> None:
    section = scored(*[{"Correctness": (2, 1 + place % 3)} for place in range(30)])
    (difference,) = [metric for metric in section.metrics if metric.kind is Kind.STEPS]

    assert difference.value == 0
    assert difference.means.endswith("would show a true difference of 0.44 in four studies of five.")


@pytest.mark.slow
def test_eight_criteria_without_a_difference_seldom_show_one() -> None:
    """Three looks at each of eight criteria used to show a difference in a third of all studies."""
    generator = np.random.default_rng(3)
    alarms, studies = 0, 100
    for _ in range(studies):
        positions = generator.integers(0, 5, (40, 8, 2)).tolist()
        section = scored(*[{f"C{place}": tuple(pair) for place, pair in enumerate(image)} for image in positions])
        alarms += any(
            (metric.value is not None and metric.value < 0.05)
            if metric.kind is Kind.P_VALUE
            else (metric.interval is not None and 0 not in metric.interval)
            for metric in section.metrics
        )

    assert alarms / studies <= 0.1


def test_images_of_one_scene_count_once() -> None:
    """Twenty images of two scenes that all score B higher are two observations."""
    judgements = [
        judgement(Tag(f"{number:02}"), B, scores=[Score(A, "C", "1", 1, 5), Score(B, "C", "2", 2, 5)])
        for number in range(20)
    ]
    outcomes = report_of(*judgements).outcomes
    scenes = [replace(outcome, cluster="ab"[place % 2]) for place, outcome in enumerate(outcomes)]
    metrics = {metric.name: metric for metric in criterion_scores_section(Opinions(scenes), {}).metrics}

    assert (metrics["c_sign_test"].value, metrics["c_sign_test"].n) == (1, 2)
    assert metrics["c_sign_test"].units == "scenes with both scores"
    assert metrics["c_difference"].value == 1
