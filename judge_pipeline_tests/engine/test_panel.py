"""A panel judges an image: every judge is asked, the majority is written, and each vote is stored."""

import json
from dataclasses import replace

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline_tests.engine.encord_state import encord_state, finished, image_row, labels
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.model_stub import JUDGE, PANEL, StubModels
from judge_pipeline_tests.models.stub_server import StubReply, completion

FORM = {"choice": "Answer available", "correctness_score": "Accurate", "quality_score": "Good"}


@pytest.fixture
def panel(trial: Trial) -> Trial:
    judge = trial.pipeline.judge
    others = tuple(replace(judge, name=f"JUDGE__PANEL__{n}", model=model) for n, model in enumerate(PANEL))
    trial.pipeline = replace(trial.pipeline, panel=others)
    trial.add("red")
    return trial


def ruling_for_a() -> str:
    """A ruling for caption A, with equal scores for both."""
    rubric = {**FORM, "improvement_suggestion": None}
    return json.dumps({"caption_a": rubric, "caption_b": rubric, "choice": "Caption A"})


def judgement(trial: Trial) -> Judgement:
    with trial.pipeline.open_store() as store:
        (found,) = store.results("judgements", Judgement).values()
    return found


def prefer_shorter(models: StubModels, model: str) -> None:
    """This judge chooses the shorter caption in both orders."""

    def on_call(call: object) -> None:
        shown = call.captions  # type: ignore[attr-defined]
        if call.model == model:  # type: ignore[attr-defined]
            shorter = min(shown, key=lambda name: len(shown[name]))
            text = ruling_for_a().replace("Caption A", f"Caption {shorter}")
            models.reply_once(model, "red", completion(text))

    models.on_call = on_call


def test_all_judges_are_asked_in_both_orders_and_the_majority_is_written(panel: Trial) -> None:
    prefer_shorter(panel.models, PANEL[1])
    assert panel.materialize().success
    assert [panel.models.count(model) for model in (JUDGE, *PANEL)] == [2, 2, 2]
    assert encord_state(panel.seed) == finished("red")
    found = judgement(panel)
    assert [(vote.judge, vote.choice) for vote in found.panel] == [
        ("JUDGE", Captioner.LLM_16B),
        ("JUDGE__PANEL__0", Captioner.LLM_16B),
        ("JUDGE__PANEL__1", Captioner.LLM_8B),
    ]
    assert all(len(vote.rulings) == 2 for vote in found.panel)
    assert found.spent.prompt_tokens == 6 * 100


def test_a_judge_that_refuses_abstains_and_the_others_decide(panel: Trial) -> None:
    panel.models.reply_always(PANEL[0], "red", completion(None, refusal="I won't judge that."))
    assert panel.materialize().success
    found = judgement(panel)
    assert found.choice is Captioner.LLM_16B
    assert found.panel[1].abstained.startswith("Refused: JUDGE__PANEL__0")


def test_if_every_judge_refuses_the_tag_fails_with_the_first_reason(panel: Trial) -> None:
    for model in (JUDGE, *PANEL):
        panel.models.reply_always(model, "red", completion(None, refusal="I won't judge that."))
    assert not panel.materialize().success
    with panel.pipeline.open_store() as store:
        (failure,) = store.failures()
    assert failure.kind == "Refused"
    assert "JUDGE (" in failure.message


def test_a_judge_whose_server_rejects_the_question_fails_the_tag_and_is_asked_again(panel: Trial) -> None:
    """A server error is not a vote. The other judges' answers are stored and not paid for twice."""
    panel.models.reply_always(PANEL[1], "red", StubReply({"error": {"message": "unusual"}}, status=400))
    assert not panel.materialize().success
    panel.models.clear_replies()
    asked = panel.models.count(JUDGE)
    assert panel.materialize().success
    assert panel.models.count(JUDGE) == asked
    assert set(labels(image_row(panel.seed, "red")) or ()) == {"LLM 8B", "LLM 16B", "LLM Judge Choice"}
