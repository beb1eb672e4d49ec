"""The project's budget in the digest of a run and in the forecast of the next one."""

from dataclasses import replace
from io import StringIO

import pytest

from judge_pipeline.cli.support.forecast_table import print_forecast
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.project_budget import BudgetPeriod, ProjectBudget
from judge_pipeline.models.endpoint import Price
from judge_pipeline_tests.automation.test_digests import Listener, listener, run, served
from judge_pipeline_tests.engine.test_stopping import with_endpoints
from judge_pipeline_tests.engine.trial import Trial

__all__ = ["listener", "served"]

pytestmark = pytest.mark.usefixtures("instance_on_disk")


def forecast(trial: Trial) -> str:
    printed = StringIO()
    print_forecast(trial.pipeline, Terminal(printed))
    return " ".join(printed.getvalue().split())


def test_digest_and_forecast_say_how_much_of_the_budget_is_spent(trial: Trial, listener: Listener) -> None:
    trial.add("red", "green")
    priced = with_endpoints(trial.pipeline, price=Price(1000.0, 1000.0))
    trial.pipeline = replace(priced, budget=ProjectBudget(100.0, BudgetPeriod.MONTH))
    assert "$0.00 of this month's budget of $100.00 is spent." in forecast(trial)

    run(trial, "red", "green")
    (digest,) = listener.next_digests()

    spent = f"${digest['cost_usd']:,.2f} of this month's budget of $100.00 is spent"
    assert digest["cost_usd"] > 0.5
    assert digest["budget"] == spent
    assert spent in digest["text"]
    assert f"{spent}." in forecast(trial), "also when there is nothing left to do"
