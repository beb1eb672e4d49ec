"""What stops a run early: finished tags stay finished, the rest are skipped but not failed, and nothing is paid twice."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

from judge_pipeline.domain.project_budget import BudgetPeriod, ProjectBudget
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.models.endpoint import Price
from judge_pipeline.models.exchange import MODEL_RETRIES
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.test_lost_responses import WRITES
from judge_pipeline_tests.engine.trial import QUIET, Trial, every, message_of
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL, ModelCall
from judge_pipeline_tests.models.stub_server import StubReply, failure

COLOURS = ("red", "green", "blue")
CALLS = 4 * len(COLOURS)
"""A caption of each captioner and a judgement in each order."""

NO_CREDIT = failure(429, "You exceeded your quota", code="insufficient_quota")
DAY = failure(
    429, "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"
)
BAD_KEY = failure(401, "bad key")
OVERLOADED = failure(503, "overloaded")
QUICK = replace(MODEL_RETRIES, waits_seconds=(0.05, 0.1, 0.2, 0.2, 0.2))


def config(**caps: Any) -> dict[str, Any]:
    return {**QUIET, "ops": {"path": {"config": caps}}}


def with_endpoints(pipeline: PipelineResources, **changes: Any) -> PipelineResources:
    captioners = {name: replace(endpoint, **changes) for name, endpoint in pipeline.captioners.items()}
    return replace(pipeline, captioners=captioners, judge=replace(pipeline.judge, **changes))


def fails_after(trial: Trial, calls: int, reply: StubReply, *, model: str | None = None) -> None:
    """Sets the reply to every call after the first `calls`, or to those of them to this model."""

    def on_call(call: ModelCall) -> None:
        if len(trial.models.calls) > calls and model in (None, call.model):
            trial.models.reply_always(call.model, call.colour, reply)

    trial.models.on_call = on_call


def dagster_tags(trial: Trial, run: dg.ExecuteInProcessResult) -> Mapping[str, str]:
    found = trial.instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.tags


def assert_stopped(trial: Trial, run: dg.ExecuteInProcessResult, *, reason: str) -> None:
    """The run says why it stopped; finished values are recorded, and the other tags have no failure."""
    assert not run.success
    assert message_of(run).startswith(f"stopped: {reason}")
    with trial.pipeline.open_store() as store:
        assert store.failures() == []
        done = sum(store.result_counts().values())
    assert len(trial.materialized()) == done
    assert trial.failed() == every(*COLOURS) - trial.materialized(), (
        "planned but not made, so Dagster offers to launch them again"
    )


def assert_finished_by_the_missing_calls(trial: Trial, *, unanswered: int) -> None:
    """A second run makes the rest, and asks for no answer that is stored."""
    trial.models.on_call = lambda _call: None
    trial.models.clear_replies()
    before = trial.materialized()
    assert trial.materialize().success
    assert before <= trial.materialized() == every(*COLOURS)
    assert encord_state(trial.seed) == finished(*COLOURS)
    assert len(trial.models.calls) == CALLS + unanswered


@pytest.mark.parametrize(
    ("reply", "reason", "calls"),
    [
        (NO_CREDIT, "has no credit left", 0),
        (NO_CREDIT, "has no credit left", 7),
        (DAY, "has used up its quota: Rate limit exceeded: free-models-per-day", 5),
        (BAD_KEY, "the API key is not accepted", 5),
    ],
)
def test_losing_the_account_in_mid_run_stops_the_run_at_once(
    trial: Trial, reply: StubReply, reason: str, calls: int
) -> None:
    trial.add(*COLOURS)
    trial.pipeline = with_endpoints(trial.pipeline, concurrency=1)
    fails_after(trial, calls, reply)

    run = trial.materialize()

    assert_stopped(trial, run, reason="")
    assert reason in message_of(run)
    unanswered = len(trial.models.calls) - calls
    assert 1 <= unanswered <= 3, "each endpoint may have had one call in flight"
    assert_finished_by_the_missing_calls(trial, unanswered=unanswered)


@pytest.mark.parametrize("cap", [1, CALLS - 1])
def test_a_run_makes_exactly_the_calls_that_its_config_allows(trial: Trial, cap: int) -> None:
    trial.add(*COLOURS)

    run = trial.materialize(run_config=config(max_model_calls=cap))

    assert len(trial.models.calls) == cap
    assert_stopped(
        trial, run, reason=f"the run has reached its limit of {cap} model calls (max_model_calls); launch the"
    )
    assert dagster_tags(trial, run)["judge_pipeline/model_calls"] == str(cap)
    assert_finished_by_the_missing_calls(trial, unanswered=0)


def test_a_runs_own_cap_overrides_the_settings_and_can_be_used_up(trial: Trial) -> None:
    trial.add(*COLOURS)
    trial.pipeline = replace(trial.pipeline, max_model_calls=1)
    assert trial.materialize(run_config=config(max_model_calls=CALLS)).success


def test_a_cap_in_dollars_is_kept(trial: Trial) -> None:
    """Each call costs 20 cents. One call too many is allowed: an endpoint's first, whose cost is not yet known."""
    trial.add(*COLOURS)
    trial.pipeline = with_endpoints(trial.pipeline, price=Price(input_usd=1000.0, output_usd=5000.0))

    run = trial.materialize(run_config=config(max_cost_usd=1.1))

    calls = len(trial.models.calls)
    assert 5 <= calls <= 6
    assert_stopped(trial, run, reason=f"the run has spent ${calls * 0.2:.4f} of its $1.1 (max_cost_usd), and")
    assert dagster_tags(trial, run)["judge_pipeline/cost_usd"] == f"{calls * 0.2:.6f}"
    assert_finished_by_the_missing_calls(trial, unanswered=0)


@pytest.mark.parametrize(
    ("caps", "words"),
    [
        ({"max_model_calls": 0}, ["max_model_calls is 0", "above 0"]),
        ({"max_cost_usd": -1.0}, ["max_cost_usd is -1", "above 0"]),
        (
            {"max_cost_usd": 5.0},
            ["price of LLM1", "LLM1__INPUT_USD_PER_MILLION_TOKENS", "LLM1__OUTPUT_USD_PER_MILLION_TOKENS"],
        ),
    ],
)
def test_a_cap_that_cannot_be_enforced_stops_the_run_before_the_first_call(
    trial: Trial, caps: dict[str, Any], words: list[str]
) -> None:
    trial.add("red")
    run = trial.materialize(run_config=config(**caps))
    message = message_of(run)
    assert message.startswith("stopped: ")
    assert "\n" not in message
    assert [word for word in words if word not in message] == []
    assert trial.models.calls == []


def test_an_endpoint_that_goes_down_stops_the_run_after_a_while(trial: Trial) -> None:
    trial.add(*COLOURS)
    trial.pipeline = replace(trial.pipeline, retry_policy=QUICK, outage_seconds=1.0)
    fails_after(trial, 2, OVERLOADED, model=LARGE)

    run = trial.materialize()

    assert_stopped(trial, run, reason="LLM2 (")
    assert (
        "has not answered for 1 s, most recently: HTTP 503: overloaded; launch the remaining tags again"
        in message_of(run)
    )
    asked = Counter(call.model for call in trial.models.calls)
    assert asked[SMALL] == len(COLOURS), "the other endpoints are asked until the run gives up"
    assert_finished_by_the_missing_calls(trial, unanswered=len(trial.models.calls) - stored_answers(trial))


def test_an_endpoint_that_comes_back_in_time_fails_no_tag(trial: Trial) -> None:
    trial.add(*COLOURS)
    two_attempts = RetryPolicy(waits_seconds=(0.05,))
    trial.pipeline = replace(trial.pipeline, retry_policy=two_attempts, outage_seconds=20.0)
    for colour in COLOURS:
        trial.models.reply_once(JUDGE, colour, OVERLOADED, OVERLOADED)

    run = trial.materialize()

    assert run.success
    assert encord_state(trial.seed) == finished(*COLOURS)


def test_an_encord_that_stops_answering_ends_the_run_before_the_judge_is_paid(trial: Trial) -> None:
    trial.add(*COLOURS)
    for match, skip in ((WRITES["linking"][0], 0), ("v1 GET labelrowmetadata", 2)):
        trial.inject_fault(match=match, status=429, retry_after=3600, skip=skip, times=99)

    run = trial.materialize()
    trial.seed.server.control("DELETE", "faults")

    assert_stopped(trial, run, reason="Encord at ")
    assert "it does not answer anything else either, so the run ends here" in message_of(run)
    assert Counter(call.model for call in trial.models.calls)[JUDGE] == 0
    assert_finished_by_the_missing_calls(trial, unanswered=len(trial.models.calls) - stored_answers(trial))


def test_a_failure_of_an_earlier_run_does_not_count_as_one_of_this_run(trial: Trial) -> None:
    """The run stops before it reaches the image that failed last time."""
    trial.add("red", "green")
    trial.models.reply_always(SMALL, "red", failure(400, "the picture is too red"))
    assert "too red" in message_of(trial.materialize())
    trial.models.clear_replies()
    fails_after(trial, len(trial.models.calls), BAD_KEY)

    run = trial.materialize()

    assert "Of 2 tags: 1 done, 1 skipped." in message_of(run)
    assert "too red" not in message_of(run)
    assert "judge_pipeline/failed" not in dagster_tags(trial, run)
    with trial.pipeline.open_store() as store:
        assert [failure.message for failure in store.failures()] != [], "the store still has it"


def test_a_runs_tags_say_what_it_spent(trial: Trial) -> None:
    trial.add("red")
    run = trial.materialize()
    assert dagster_tags(trial, run)["judge_pipeline/model_calls"] == "4"
    assert dagster_tags(trial, run)["judge_pipeline/cost_usd"] == "unknown"
    again = trial.materialize()
    assert "judge_pipeline/model_calls" not in dagster_tags(trial, again), "it made no call"


def stored_answers(trial: Trial) -> int:
    """How many answers are in the store."""
    with trial.pipeline.open_store() as store:
        return sum(len(store.recent_answers(asset, 1_000)) for asset in ("captions_8b", "captions_16b", "judgements"))


def test_a_capped_run_finishes_tags_rather_than_starting_new_ones(trial: Trial) -> None:
    trial.add(*COLOURS)

    run = trial.materialize(run_config=config(max_model_calls=8))

    assert_stopped(trial, run, reason="the run has reached its limit of 8 model calls (max_model_calls); launch the")
    assert len({colour for asset, colour in trial.materialized() if asset == "judgements"}) == 2
    assert_finished_by_the_missing_calls(trial, unanswered=0)


def test_a_budget_that_is_used_up_stops_the_next_run_before_its_first_call(trial: Trial) -> None:
    trial.add(*COLOURS)
    priced = with_endpoints(trial.pipeline, price=Price(1000.0, 1000.0))
    trial.pipeline = replace(priced, budget=ProjectBudget(0.01, BudgetPeriod.MONTH))

    first = trial.materialize()
    calls = len(trial.models.calls)
    second = trial.materialize()

    assert 1 <= calls <= 3, "the first call of each model may exceed it"
    assert len(trial.models.calls) == calls
    for run in (first, second):
        assert "the project has used up its budget: $" in message_of(run)
        assert "of this month's budget of $0.01 is spent" in message_of(run)
    assert "of this month's budget of $0.01" in dagster_tags(trial, first)["judge_pipeline/budget"]
