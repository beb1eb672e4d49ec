"""The judge's decisions are exported only if it agrees with people as much as the setting requires."""

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice, Review
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.statistics import Estimate, Interval
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.export_gate import export_block_reason, judge_people_kappa
from judge_pipeline_tests.reporting.values import A, B, judgement

SURE = Estimate(0.7, Interval(0.6, 0.8), 120)


def outcome(number: int, judge: Captioner | None, person: Captioner | None) -> Outcome:
    tag = Tag(str(number))
    chosen = FinalChoice(tag, person, person.value, Review.OPEN) if person else None
    return Outcome(tag, "t", None, None, None, judgement(tag, judge), chosen, ())


def test_kappa_counts_the_images_that_both_compared() -> None:
    """By hand: of 10 images 8 are alike; both say either one in half of them, so chance gives 0.5: (0.8 - 0.5) / 0.5."""
    pairs = [(A, A)] * 4 + [(A, B)] + [(B, A)] + [(B, B)] * 4 + [(A, None)] * 5
    kappa = judge_people_kappa([outcome(number, *pair) for number, pair in enumerate(pairs)])
    assert kappa.n == 10
    assert kappa.value == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("min_kappa", "is_blocked"), [(None, False), (0.4, False), (0.6, False), (0.61, True), (0.75, True)]
)
def test_the_lower_end_of_the_interval_must_reach_the_setting(min_kappa: float | None, is_blocked: bool) -> None:
    assert (export_block_reason(SURE, min_kappa=min_kappa) is not None) is is_blocked


def test_an_undefined_kappa_blocks_exports_only_if_a_minimum_is_set() -> None:
    unknown = judge_people_kappa([])
    assert export_block_reason(unknown, min_kappa=None) is None
    assert export_block_reason(unknown, min_kappa=-1) == (
        "the judge's decisions are not exported: kappa is undefined because no image has a label of both raters, and "
        "JUDGE_PIPELINE_MIN_KAPPA requires the lower end of the interval to be at least -1; have people decide more images "
        "(`judge-pipeline review`), or use another judge"
    )
