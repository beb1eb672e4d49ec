"""A command's budget holds over all its Dagster runs."""

from pathlib import Path

import pytest

from judge_pipeline.cli.support.budget import CommandBudget
from judge_pipeline.dagster_events.run_tags import RunSpent
from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.cli.conftest import UserProject

slow = pytest.mark.slow


@slow
def test_the_maximum_of_calls_holds_over_all_runs_of_a_command(user_project: UserProject, tmp_path: Path) -> None:
    """Two images in two runs of four calls each."""
    capped = judge_pipeline(
        "run", "--batch-size", "1", "--max-model-calls", "6", cwd=tmp_path, settings=user_project.settings
    )
    assert (capped.returncode, capped.stderr) == (1, "")
    assert len(user_project.models.calls) == 6
    assert (
        "stopped: the run has reached its limit of 2 model calls (max_model_calls); launch the remaining tags"
        in capped.stdout
    )


def test_a_run_leaves_less_for_the_next() -> None:
    budget = CommandBudget(model_calls=10, cost_usd=0.5).after(RunSpent(model_calls=4, cost_usd=0.25))
    assert budget == CommandBudget(model_calls=6, cost_usd=0.25)
    assert budget.config == {"max_model_calls": 6, "max_cost_usd": 0.25}
    assert not budget.is_used_up
    assert budget.after(RunSpent(model_calls=6, cost_usd=0.1)).is_used_up, "no run starts without a call left"
    assert budget.after(RunSpent(model_calls=1, cost_usd=0.3)).is_used_up


def test_without_limits_the_budget_is_never_used_up() -> None:
    budget = CommandBudget(model_calls=None, cost_usd=None).after(RunSpent(model_calls=1000, cost_usd=None))
    assert not budget.is_used_up
    assert budget.config == {}


@pytest.mark.parametrize(
    ("tags", "spent"),
    [
        ({}, RunSpent(0, 0.0)),
        ({"judge_pipeline/model_calls": "12", "judge_pipeline/cost_usd": "0.25"}, RunSpent(12, 0.25)),
        ({"judge_pipeline/model_calls": "12", "judge_pipeline/cost_usd": "unknown"}, RunSpent(12, None)),
    ],
)
def test_a_runs_tags_hold_what_it_spent(tags: dict[str, str], spent: RunSpent) -> None:
    assert RunSpent.of(tags) == spent


@slow
def test_dollars_need_the_prices_of_all_models(user_project: UserProject, tmp_path: Path) -> None:
    prices = {f"LLM1__{half}_USD_PER_MILLION_TOKENS": "1" for half in ("INPUT", "OUTPUT")}
    refused = judge_pipeline("run", "--max-cost-usd", "5", cwd=tmp_path, settings=user_project.settings | prices)
    assert refused.returncode == 2
    assert "LLM2__INPUT_USD_PER_MILLION_TOKENS and LLM2__OUTPUT_USD_PER_MILLION_TOKENS" in refused.stderr
    assert user_project.models.calls == []
