"""An unusable answer is shown with its failure, so people see at once what the model said."""

from typing import Any

import dagster as dg

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


UNUSABLE: dict[str, tuple[str, str, StubReply, str | None]] = {
    "red": ("captions_8b", SMALL, completion(" ".join(["word"] * 21)), " ".join(["word"] * 21)),
    "green": ("captions_8b", SMALL, completion(" ".join(["word"] * 200)), " ".join(["word"] * 100)),
    "blue": ("captions_8b", SMALL, completion("mirror\u202ed " * 21), ("mirror\\u202ed " * 21).strip()),
    "yellow": ("captions_8b", SMALL, completion(REFUSAL), REFUSAL),
    "purple": ("judgements", JUDGE, completion("Both are fine."), "Both are fine."),
    "orange": ("captions_8b", SMALL, failure(400, "the picture is too orange"), None),
}
"""What a model says of an image, and what the page of its failed partition shows of it: too long, much too long, with an
invisible character, a refusal, no judgement, and no answer."""


def test_an_unusable_answer_is_shown_and_a_failure_without_an_answer_shows_none(trial: Trial) -> None:
    trial.add(*UNUSABLE)
    for colour, (_, model, reply, _) in UNUSABLE.items():
        trial.models.reply_always(model, colour, reply)
    trial.materialize()

    shown = {colour: failure_metadata(trial, asset, colour) for colour, (asset, *_) in UNUSABLE.items()}
    answers = {colour: metadata["answer"].strip() for colour, metadata in shown.items() if "answer" in metadata}
    assert answers == {colour: answer for colour, (*_, answer) in UNUSABLE.items() if answer}
    assert set(shown["orange"]) == {"image", "error", "reason"}
