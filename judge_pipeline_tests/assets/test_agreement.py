"""The exports are held back where the judge is not known to agree with people."""

from collections.abc import Sequence
from dataclasses import replace

import dagster as dg
import pytest

from judge_pipeline.assets.agreement import NAME, agreement, held_back
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice, Review
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.statistics import Estimate, Interval
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.engine.people import choose
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions
from judge_pipeline_tests.reporting.values import judgement

A, B = Captioner.LLM_8B, Captioner.LLM_16B
SURE = Estimate(0.7, Interval(0.6, 0.8), 120)


def outcome(number: int, judge: Captioner | None, person: Captioner | None) -> Outcome:
    tag = Tag(str(number))
    chosen = FinalChoice(tag, person, person.value, Review.OPEN) if person else None
    return Outcome(tag, "t", None, None, None, judgement(tag, judge), chosen, ())


def test_kappa_counts_the_images_that_both_have_compared() -> None:
    """By hand: of 10 images 8 are alike; both say either one in half of them, so chance gives 0.5: (0.8 - 0.5) / 0.5."""
    pairs = [(A, A)] * 4 + [(A, B)] + [(B, A)] + [(B, B)] * 4 + [(A, None)] * 5
    kappa = agreement([outcome(number, *pair) for number, pair in enumerate(pairs)])
    assert kappa.n == 10
    assert kappa.value == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("min_kappa", "is_held_back"), [(None, False), (0.4, False), (0.6, False), (0.61, True), (0.75, True)]
)
def test_the_lower_end_of_the_interval_has_to_reach_the_setting(min_kappa: float | None, is_held_back: bool) -> None:
    assert (held_back(SURE, min_kappa=min_kappa) is not None) is is_held_back


def test_what_cannot_be_told_is_held_back_once_a_setting_asks_for_it() -> None:
    unknown = agreement([])
    assert held_back(unknown, min_kappa=None) is None
    assert held_back(unknown, min_kappa=-1) == (
        "the judge's decisions are held back: kappa is undefined, because no image has a label of both raters, and "
        "JUDGE_PIPELINE_MIN_KAPPA asks for an interval that begins at -1 or higher; let people decide more images "
        "(`judge-pipeline review`), or take another judge"
    )


def run(trial: Trial, assets: Sequence[str]) -> dg.ExecuteInProcessResult:
    return (
        definitions(trial.pipeline)
        .resolve_implicit_global_asset_job_def()
        .execute_in_process(
            instance=trial.instance,
            run_config=QUIET,
            asset_selection=[dg.AssetKey(asset) for asset in assets],
            raise_on_error=False,
        )
    )


def materialized(result: dg.ExecuteInProcessResult) -> set[str]:
    events = result.get_asset_materialization_events()
    return {event.asset_key.to_user_string() for event in events if event.asset_key}


def test_a_judge_that_people_contradict_has_its_report_and_no_export(trial: Trial) -> None:
    trial.add("red", "green")
    trial.materialize()
    choose(trial, "red", "LLM-8B")
    following = ("final_choices", "report", "preference_pairs", "best_captions")
    trial.pipeline = replace(trial.pipeline, min_kappa=0.4)
    result = run(trial, following)
    assert not result.success
    assert materialized(result) == {"final_choices", "report"}
    (check,) = [each for each in result.get_asset_check_evaluations() if each.check_name == NAME]
    assert not check.passed
    assert "are held back" in (check.description or "")

    alone = run(trial, ("preference_pairs",))
    assert not alone.success
    assert materialized(alone) == set()

    trial.pipeline = replace(trial.pipeline, min_kappa=None)
    free = run(trial, following)
    assert free.success
    assert materialized(free) == set(following)
