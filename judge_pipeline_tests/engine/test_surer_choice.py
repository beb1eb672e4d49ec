"""`JUDGE__LOGPROBS`: where the orders disagree and the scores are level, the surer choice decides."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from judge_pipeline.cli.support.findings import Result
from judge_pipeline.cli.support.paid_probe import judge_probe, probe_finding
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.exporting.decision import Decision, Provenance, decision
from judge_pipeline.reporting.report import Report
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline_tests.domain.ontologies import seed_ontology
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.model_stub import JUDGE, SMALL, ModelCall, caption
from judge_pipeline_tests.models.stub_server import StubReply, completion, completion_with_logprobs, failure

RUBRIC = {
    "choice": "Answer available",
    "correctness_score": "Accurate",
    "quality_score": "Good",
    "improvement_suggestion": None,
}
LEVEL = json.dumps({"caption_a": RUBRIC, "caption_b": RUBRIC, "choice": "Caption A"})


def surer_of_the_small_captioner(call: ModelCall) -> StubReply:
    """It takes Caption A in both orders, with 95% if that is the small captioner's and with 70% if not."""
    probability = 0.95 if call.captions["A"] == caption(SMALL, call.colour) else 0.7
    return completion_with_logprobs(LEVEL, "Caption A", "Caption B", probability)


def answer_with(trial: Trial, reply: Callable[[ModelCall], StubReply]) -> None:
    def on_call(call: ModelCall) -> None:
        if call.model == JUDGE:
            trial.models.reply_once(JUDGE, call.colour, reply(call))

    trial.models.on_call = on_call


def judgement(trial: Trial) -> Judgement:
    with trial.pipeline.open_store() as store:
        (found,) = store.results("judgements", Judgement).values()
    return found


@pytest.fixture
def asking(trial: Trial) -> Trial:
    trial.pipeline = replace(trial.pipeline, judge=replace(trial.pipeline.judge, logprobs=True))
    trial.add("red")
    return trial


def judge_bodies(trial: Trial) -> list[dict[str, object]]:
    return [call.body for call in trial.models.calls if call.model == JUDGE]


def test_the_surer_choice_decides_and_is_recorded_as_such(asking: Trial) -> None:
    answer_with(asking, surer_of_the_small_captioner)

    assert asking.materialize().success

    found = judgement(asking)
    assert (found.choice, found.orders_agree, found.decided_by_probability) == (Captioner.LLM_8B, False, True)
    assert sorted(ruling.probability or 0 for ruling in found.rulings) == pytest.approx([0.7, 0.95])
    assert all((body["logprobs"], body["top_logprobs"]) == (True, 5) for body in judge_bodies(asking))
    assert "logprobs" in found.judged_with
    with asking.pipeline.open_store() as store:
        (outcome,) = load_outcomes(store)
    assert decision(outcome) == Decision(Captioner.LLM_8B, Provenance.JUDGE_PROBABILITIES)
    (orders,) = [table for section in Report((outcome,)).sections for table in section.tables if table.name == "orders"]
    assert ("decided by the surer choice, since the scores were level too", 1) in orders.rows
    assert asking.materialize().success
    assert asking.models.count(JUDGE) == 2


def test_without_the_setting_nothing_is_asked_and_the_image_stays_undecided(trial: Trial) -> None:
    """Even if the server gives log-probabilities unasked."""
    trial.add("red")
    answer_with(trial, surer_of_the_small_captioner)

    assert trial.materialize().success

    found = judgement(trial)
    assert (found.choice, found.decided_by_probability, "logprobs" in found.judged_with) == (None, False, False)
    assert all("logprobs" not in body for body in judge_bodies(trial))


def test_a_server_that_gives_none_is_named_and_no_call_is_lost(asking: Trial) -> None:
    answer_with(asking, lambda call: completion(LEVEL))

    result = asking.materialize()

    assert result.success
    assert judgement(asking).choice is None
    assert asking.models.count(JUDGE) == 2
    (line,) = [
        entry.user_message
        for entry in asking.instance.all_logs(result.run_id)
        if "gave no log-probabilities" in entry.user_message
    ]
    assert "of its choice in 2 answers, so images with level scores stay undecided; unset JUDGE__LOGPROBS" in line


def refusing(call: ModelCall) -> StubReply:
    """As OpenAI's reasoning models and Groq say it."""
    if "logprobs" in call.body:
        return failure(400, "logprobs is not supported with this model", param="logprobs")
    return completion(LEVEL)


def test_a_server_that_refuses_them_is_asked_without_at_once(asking: Trial) -> None:
    answer_with(asking, refusing)

    assert asking.materialize().success

    assert ["logprobs" in body for body in judge_bodies(asking)].count(False) == 2
    assert judgement(asking).choice is None


@pytest.mark.parametrize(
    ("reply", "result", "said"),
    [
        (surer_of_the_small_captioner, Result.OK, "log-probabilities"),
        (lambda call: completion(LEVEL), Result.WRONG, "gave no log-probabilities of its choice in 1 answer,"),
        (refusing, Result.WRONG, "unset JUDGE__LOGPROBS, or use a model that gives them"),
    ],
)
def test_doctor_says_whether_the_server_gives_them(
    asking: Trial, reply: Callable[[ModelCall], StubReply], result: Result, said: str
) -> None:
    answer_with(asking, reply)

    finding, _ = probe_finding("JUDGE answer", judge_probe(asking.pipeline.judge, seed_ontology()), None)

    assert finding.result is result
    assert said in finding.found
