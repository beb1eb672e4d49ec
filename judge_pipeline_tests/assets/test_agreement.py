"""A minimum agreement blocks the exports until the judge is known to agree with people."""

from collections.abc import Sequence
from dataclasses import replace

import dagster as dg

from judge_pipeline.assets.checks import AGREEMENT
from judge_pipeline_tests.engine.people import choose
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions


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


def test_if_people_contradict_the_judge_the_report_is_written_and_the_exports_are_not(trial: Trial) -> None:
    trial.add_finished("red", "green")
    choose(trial, "red", "LLM-8B")
    following = ("final_choices", "report", "preference_pairs", "best_captions")
    trial.pipeline = replace(trial.pipeline, min_kappa=0.4)
    result = run(trial, following)
    assert not result.success
    assert materialized(result) == {"final_choices", "report"}
    (check,) = [each for each in result.get_asset_check_evaluations() if each.check_name == AGREEMENT]
    assert not check.passed
    assert "are not exported" in (check.description or "")

    alone = run(trial, ("preference_pairs",))
    assert not alone.success
    assert materialized(alone) == set()

    trial.pipeline = replace(trial.pipeline, min_kappa=None)
    free = run(trial, following)
    assert free.success
    assert materialized(free) == set(following)
