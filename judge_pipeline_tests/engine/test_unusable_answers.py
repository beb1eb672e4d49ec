"""An unusable answer is shown with its failure, so people see at once what the model said."""

from typing import Any

import dagster as dg
import pytest

from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.model_stub import JUDGE, SMALL
from judge_pipeline_tests.models.stub_server import StubReply, completion, failure

REFUSAL = "I'm sorry, but I can't help with describing this image."


def failure_metadata(trial: Trial, asset: str, colour: str) -> dict[str, Any]:
    """The metadata on the failed partition's page."""
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset), asset_partitions=[trial.tags[colour]])
    (record,) = trial.instance.fetch_observations(wanted, limit=5).records
    assert record.asset_observation is not None
    return {name: value.value for name, value in record.asset_observation.metadata.items()}


@pytest.mark.parametrize(
    ("asset", "model", "reply", "answer"),
    [
        ("captions_8b", SMALL, completion(" ".join(["word"] * 21)), " ".join(["word"] * 21)),
        ("captions_8b", SMALL, completion(" ".join(["word"] * 200)), " ".join(["word"] * 100) + " "),
        ("captions_8b", SMALL, completion("mirror\u202ed " * 21), "mirror\\u202ed " * 21),
        ("captions_8b", SMALL, completion(REFUSAL), REFUSAL),
        ("judgements", JUDGE, completion("Both are fine."), "Both are fine."),
    ],
    ids=["too long", "much too long", "with an invisible character", "a refusal", "no judgement"],
)
def test_an_unusable_answer_is_shown(trial: Trial, asset: str, model: str, reply: StubReply, answer: str) -> None:
    trial.add("red")
    trial.models.reply_always(model, "red", reply)
    trial.materialize()

    assert failure_metadata(trial, asset, "red")["answer"].strip() == answer.strip()


def test_a_failure_without_an_answer_shows_none(trial: Trial) -> None:
    trial.add("red")
    trial.models.reply_always(SMALL, "red", failure(400, "the picture is too red"))
    trial.materialize()

    assert set(failure_metadata(trial, "captions_8b", "red")) == {"image", "error", "reason"}
