"""The judge's decisions are exported only if it agrees with people as much as the setting requires."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import SCRIPTED
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.review_sample import Basis
from judge_pipeline.domain.statistics import Estimate, Interval
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.export_gate import export_block_reason, judge_people_kappa, missing_choices
from judge_pipeline.reporting.opinions import Opinions
from judge_pipeline_tests.reporting.values import A, B, judgement, person

SURE = Estimate(0.7, Interval(0.6, 0.8), 120)


def outcome(number: int, judge: Captioner | None, chosen: Captioner | None, *, basis: Basis = Basis.DRAWN) -> Outcome:
    tag = Tag(str(number))
    choice = person(tag, chosen) if chosen else None
    probability = 0.5 if chosen else None
    return Outcome(
        tag,
        "t",
        None,
        None,
        None,
        judgement(tag, judge),
        choice,
        (),
        in_population=True,
        probability=probability,
        basis=basis,
    )


def kappa_of(outcomes: Iterable[Outcome]) -> Estimate:
    return judge_people_kappa(Opinions(list(outcomes)))


PAIRS = [(A, A)] * 4 + [(A, B)] + [(B, A)] + [(B, B)] * 4 + [(A, None)] * 5
OUTCOMES = [outcome(number, *pair) for number, pair in enumerate(PAIRS)]


def test_kappa_counts_the_images_that_both_compared() -> None:
    """By hand: of 10 images 8 are alike; both say either one in half of them, so chance gives 0.5: (0.8 - 0.5) / 0.5."""
    kappa = kappa_of(OUTCOMES)
    assert kappa.n == 10
    assert kappa.value == pytest.approx(0.6)


def test_only_drawn_blind_choices_of_people_about_the_present_judge_count() -> None:
    def all_choices(**changes: Any) -> list[Outcome]:
        return [
            replace(each, final_choice=replace(each.final_choice, **changes) if each.final_choice else None)
            for each in OUTCOMES
        ]

    assert kappa_of(all_choices(decided_by="ann@example.com")).n == 10
    assert kappa_of(all_choices(decided_by=SCRIPTED)).n == 0
    assert kappa_of(all_choices(blind=False)).n == 0
    assert kappa_of(replace(each, basis=None, probability=None) for each in OUTCOMES).n == 0
    assert kappa_of(replace(each, basis=Basis.ASSUMED) for each in OUTCOMES).n == 0
    assert kappa_of(replace(each, basis=Basis.CENSUS, probability=1.0) for each in OUTCOMES).n == 10
    earlier = [
        replace(each, judgement=judgement(each.tag, A, model="an earlier judge")) if number < 3 else each
        for number, each in enumerate(OUTCOMES)
    ]
    assert kappa_of(earlier).n == 7


@pytest.mark.parametrize(
    ("min_kappa", "is_blocked"), [(None, False), (0.4, False), (0.6, False), (0.61, True), (0.75, True)]
)
def test_the_lower_end_of_the_interval_must_reach_the_setting(min_kappa: float | None, is_blocked: bool) -> None:
    assert (export_block_reason(SURE, min_kappa=min_kappa) is not None) is is_blocked


def test_an_undefined_kappa_blocks_exports_only_if_a_minimum_is_set() -> None:
    unknown = kappa_of([])
    assert export_block_reason(unknown, min_kappa=None) is None
    assert export_block_reason(unknown, min_kappa=-1) == (
        "the judge's decisions are not exported: kappa is undefined because no image has a label of both raters, and "
        "JUDGE_PIPELINE_MIN_KAPPA requires the lower end of the interval to be at least -1 on 30 images or more; 30 more "
        "choices are missing that people make blind with `judge-pipeline review`, in its usual order, about judgements of the "
        "present judge; no other choices count"
    )


@pytest.mark.parametrize(
    ("kappa", "min_kappa", "missing"),
    [
        (Estimate(None, None, 0, "no image"), 0.4, 30),
        (Estimate(0.9, Interval(0.8, 1.0), 12), 0.4, 18),
        (SURE, 0.6, 0),
        (Estimate(0.5, Interval(0.3, 0.7), 100), 0.4, 300),
        (Estimate(0.4, Interval(0.3, 0.5), 100), 0.4, None),
        (Estimate(0.3, Interval(0.2, 0.4), 100), 0.4, None),
    ],
)
def test_it_says_how_many_choices_are_missing(kappa: Estimate, min_kappa: float, missing: int | None) -> None:
    """By hand: to halve a margin of 0.2 takes four times 100 images."""
    found = missing_choices(kappa, min_kappa=min_kappa)
    assert found == (None if missing is None else pytest.approx(missing, abs=1))
