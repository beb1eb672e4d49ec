"""The corrected win rate uses all that the present judge says, and learns from the choices in the sample what it means."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import next_round
from judge_pipeline.domain.judgement import Judgement, PanelVote
from judge_pipeline.domain.statistics import ppi_win_rate
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.graded_judge import predictions, weights_by_doubt
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.domain.test_drawing import tags_of
from judge_pipeline_tests.reporting.values import (
    A,
    B,
    caption,
    correctness,
    drawing_order,
    first_round,
    image,
    judgement,
    person,
    report_on,
)

TAGS = tags_of(400)
DRAWS = first_round(TAGS)
ORDER = drawing_order(DRAWS)
EVEN = {tag: B if heads else A for tag, heads in zip(TAGS, np.random.default_rng(8).random(400) < 0.5, strict=True)}
"""What people say of images that the judge's scores leave level, or nearly so."""


def judged(tag: Tag, *, is_clear: bool, **values: Any) -> Judgement:
    """By four points for what people choose, or by one for what they choose half of the time."""
    winner = EVEN[tag] if is_clear else A
    lead = 4 if is_clear else 1
    scores = (correctness(winner, lead), correctness(winner.other, 0))
    return judgement(tag, winner, scores=scores, **values)


def reported(count: int, judge: Callable[[Tag], Judgement], **values: Any) -> Report:
    """People have decided the first images in the review's order."""
    choices = {tag: person(tag, EVEN[tag]) for tag in ORDER[:count]}
    return report_on(
        images={tag: image(tag) for tag in TAGS},
        captions_8b={tag: caption(tag, A) for tag in TAGS},
        captions_16b={tag: caption(tag, B) for tag in TAGS},
        judgements={tag: judge(tag) for tag in TAGS},
        final_choices=choices,
        **{"draws": DRAWS, **values},
    )


def half_clear(tag: Tag) -> Judgement:
    return judged(tag, is_clear=TAGS.index(tag) < 200)


def test_the_corrected_win_rate_is_made_of_graded_predictions() -> None:
    report = reported(120, half_clear)
    population = report.opinions.population
    by_grades, by_verdict = (
        ppi_win_rate(population.sampled_people, judge, probabilities=population.probabilities)
        for judge in (predictions(population), population.present_judge)
    )
    metric = report.metric("judge_corrected_by_people")

    assert (metric.value, metric.interval) == (by_grades.corrected.value, by_grades.corrected.interval)
    assert metric.interval is not None
    assert by_verdict.corrected.interval is not None
    assert metric.interval.width < 0.9 * by_verdict.corrected.interval.width
    assert by_grades.gain is not None
    notes = " ".join(note for section in report.sections for note in section.notes)
    assert f"worth as much as {120 * by_grades.gain:.0f}, drawn at random, without it" in notes


def test_if_every_image_is_decided_it_is_exact_whatever_the_judge_says() -> None:
    metric = reported(400, half_clear).metric("judge_corrected_by_people")

    assert metric.value == pytest.approx(sum(choice is B for choice in EVEN.values()) / 400)
    assert metric.interval is not None
    assert metric.interval.width == 0


def test_an_earlier_judge_predicts_nothing() -> None:
    def judge(tag: Tag) -> Judgement:
        return judged(tag, is_clear=True, judged_with="old" if tag in ORDER[:100] else "new")

    report = reported(150, judge, judged_with="new")
    found = dict(zip((outcome.tag for outcome in report.outcomes), predictions(report.opinions), strict=True))
    present = [found[tag] for tag in ORDER[100:]]

    assert [found[tag] for tag in ORDER[:100]] == pytest.approx([np.mean(present)] * 100)
    assert min(abs(value - 0.5) for value in present) > 0.25


def test_orders_that_disagree_and_split_panels_are_less_sure() -> None:
    def votes(*choices: Captioner | None) -> tuple[PanelVote, ...]:
        return tuple(PanelVote(f"J{number}", "m", choice, None, (), (), ()) for number, choice in enumerate(choices))

    def sureness(**values: Any) -> float:
        report = reported(0, lambda tag: replace(judgement(tag, B), **values))
        return predictions(report.opinions)[0]

    assert 0.5 < sureness(orders_agree=False) < sureness(orders_agree=True)
    assert 0.5 < sureness(panel=votes(B, B, A)) < sureness(panel=votes(B, B, None)) < sureness(panel=votes(B, B, B))
    abstained = replace(votes(None)[0], abstained="no answer")
    assert sureness(panel=(*votes(B, B), abstained)) == sureness(panel=votes(B, B))


def test_images_on_which_the_judge_errs_are_drawn_first() -> None:
    report = reported(120, half_clear)
    weights = weights_by_doubt(report.opinions)
    clear, doubtful = ([weights[tag] for tag in half] for half in (TAGS[:200], TAGS[200:]))

    assert set(weights_by_doubt(reported(20, half_clear).opinions).values()) == {1.0}
    assert min(doubtful) > 1.5 * max(clear)
    draws = next_round(DRAWS, weights, answered=set(ORDER[:120]), drawn_in=dict.fromkeys(ORDER[:120], 1))
    following = drawing_order({tag: draw for tag, draw in draws.items() if tag not in ORDER[:120]})[:50]
    assert sum(tag in TAGS[200:] for tag in following) > 30


@pytest.mark.parametrize("count", [0, 120])
def test_the_scores_of_an_earlier_judge_predict_nothing(count: int) -> None:
    def earlier(gap: int) -> Callable[[Tag], Judgement]:
        def judge(tag: Tag) -> Judgement:
            if TAGS.index(tag) < 300:
                return half_clear(tag)
            return judgement(tag, A, scores=(correctness(A, gap), correctness(B, 0)), model="earlier")

        return judge

    assert predictions(reported(count, earlier(4)).opinions) == predictions(reported(count, earlier(1)).opinions)
