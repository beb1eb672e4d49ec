"""A bad tag fails alone, with its name and a reason. Once it is fixed, the next run finishes it and pays for nothing twice."""

from dataclasses import dataclass

import dagster as dg

from judge_pipeline_tests.engine.encord_state import encord_state, finished, image_row
from judge_pipeline_tests.engine.trial import Trial, every, message_of
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL, paint
from judge_pipeline_tests.models.stub_server import StubReply, completion, failure

TOO_LONG = completion(" ".join(["word"] * 21))
REFUSAL = completion("I'm sorry, but I can't help with describing this image.")
NEVER_VALID = completion('{"choice": "neither of them"}')

PATH_AFTER_CAPTIONS_8B = {"linked_text_items", "judgements"}


def replace_content(trial: Trial, colour: str, content: bytes) -> None:
    trial.seed.server.control("PUT", f"items/{trial.items[colour]}/content", data=content)


def test_a_damaged_image_fails_alone_and_succeeds_once_it_is_replaced(trial: Trial) -> None:
    trial.add("red", "green")
    whole = paint(trial.folder, "green").read_bytes()
    replace_content(trial, "green", whole[:60])
    result = trial.materialize()
    assert not result.success
    assert trial.failed() == every("green")
    assert trial.materialized() == every("red")
    assert "'green.png'" in message_of(result)
    assert "Of 2 tags: 1 done, 1 failed." in message_of(result)
    assert trial.models.count(colour="green") == 0
    assert (image_row(trial.seed, "green").client_metadata or {})["Tag"] == trial.tags["green"]

    replace_content(trial, "green", whole)
    paid = len(trial.models.calls)
    assert trial.materialize().success
    assert trial.failed() == set()
    assert {call.colour for call in trial.models.calls[paid:]} == {"green"}
    assert encord_state(trial.seed) == finished("red", "green")


def test_a_failure_is_reported_everywhere_people_look(trial: Trial) -> None:
    """The run's message, its table, the partition's page, and the store all name the file and the reason."""
    trial.add("red", "green")
    trial.models.reply_always(SMALL, "green", failure(400, "the picture is too green"))
    result = trial.materialize()
    tag = trial.tags["green"]
    assert "'green.png'" in message_of(result)
    assert "the picture is too green" in message_of(result)
    seen = trial.instance.fetch_observations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey("captions_8b"), asset_partitions=[tag]), limit=5
    ).records
    (observation,) = [record.asset_observation for record in seen]
    assert observation is not None
    assert observation.metadata["image"].value == "green.png"
    assert "the picture is too green" in str(observation.metadata["reason"].value)
    with trial.pipeline.open_store() as store:
        (recorded,) = store.failures()
    assert (recorded.asset, recorded.tag, recorded.kind) == ("captions_8b", tag, "BadRequest")
    assert "the picture is too green" in recorded.message
    assert recorded.run_id == result.run_id
    trial.models.clear_replies()
    trial.materialize()
    with trial.pipeline.open_store() as store:
        assert store.failures() == []


@dataclass(frozen=True)
class BadReply:
    """A model's reply to every question about one image, and how the tag fails with it."""

    model: str
    answer: StubReply
    failed: set[str]
    reason: str
    max_calls: int


NOT_CAPTIONED = {"captions_8b", *PATH_AFTER_CAPTIONS_8B}, {"captions_16b", *PATH_AFTER_CAPTIONS_8B}
BAD_REPLIES = {
    "red": BadReply(SMALL, failure(400, "no such thing"), NOT_CAPTIONED[0], "no such thing", 1),
    "green": BadReply(SMALL, TOO_LONG, NOT_CAPTIONED[0], "21 words, at most 20", 2),
    "blue": BadReply(LARGE, REFUSAL, NOT_CAPTIONED[1], "refuses", 1),
    "yellow": BadReply(SMALL, completion("A \ud83d area."), NOT_CAPTIONED[0], "surrogate pair", 2),
    "cyan": BadReply(SMALL, completion(None, refusal="I will not describe this."), NOT_CAPTIONED[0], "refuse", 1),
    "purple": BadReply(LARGE, completion(""), NOT_CAPTIONED[1], "gave an empty answer", 2),
    "orange": BadReply(LARGE, completion("A", finish_reason="length"), NOT_CAPTIONED[1], "finish", 2),
    "grey": BadReply(JUDGE, NEVER_VALID, {"judgements"}, "caption_a", 4),
    "white": BadReply(JUDGE, completion("Both are fine."), {"judgements"}, "JSON", 4),
}


def test_each_tag_fails_at_its_own_step_and_everything_else_is_done(trial: Trial) -> None:
    colours = (*BAD_REPLIES, "black")
    trial.add(*colours)
    for colour, bad in BAD_REPLIES.items():
        trial.models.reply_always(bad.model, colour, bad.answer)
    result = trial.materialize()
    assert not result.success
    assert trial.failed() == {(asset, colour) for colour, bad in BAD_REPLIES.items() for asset in bad.failed}
    assert trial.materialized() == every(*colours) - trial.failed()
    lines = {line for line in message_of(result).splitlines() if ".png" in line}
    for colour, bad in BAD_REPLIES.items():
        assert any(f"'{colour}.png'" in line and bad.reason in line for line in lines), colour
        assert trial.models.count(bad.model, colour) <= bad.max_calls, colour
    state = encord_state(trial.seed)
    for colour, bad in BAD_REPLIES.items():
        if bad.model != JUDGE:
            assert (state[colour]["stage"], state[colour]["texts"]) == ("LLM1", {}), colour
            assert trial.models.count(JUDGE, colour) == 0, colour

    trial.models.clear_replies()
    paid = len(trial.models.calls)
    assert trial.materialize().success
    again = {(call.model, call.colour) for call in trial.models.calls[paid:]}
    assert again == {(model, colour) for colour, bad in BAD_REPLIES.items() for model in (bad.model, JUDGE)}
    assert encord_state(trial.seed) == finished(*colours)


def test_a_model_that_keeps_answering_500_fails_only_its_tag(trial: Trial) -> None:
    """After six requests with growing waits; the other tags go on."""
    trial.add("red", "green")
    trial.models.reply_always(SMALL, "green", failure(500, "out of memory"))
    result = trial.materialize()
    assert trial.failed() == {(asset, "green") for asset in ("captions_8b", *PATH_AFTER_CAPTIONS_8B)}
    assert "'green.png'" in message_of(result)
    assert "did not answer 6 requests" in message_of(result)
    assert trial.models.count(SMALL, "green") == 6
    trial.models.clear_replies()
    assert trial.materialize().success
    assert trial.models.count(LARGE, "green") == 1
    assert encord_state(trial.seed) == finished("red", "green")


def test_an_answer_that_is_invalid_once_is_repaired_in_the_second_round(trial: Trial) -> None:
    """Red's caption, and green's judgement."""
    trial.add("red", "green")
    trial.models.reply_once(SMALL, "red", TOO_LONG)
    trial.models.reply_once(JUDGE, "green", NEVER_VALID)
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red", "green")
    first, second = [call for call in trial.models.calls if (call.model, call.colour) == (SMALL, "red")]
    assert second.body["messages"][:2] == first.body["messages"]
    assert "21 words, at most 20 are allowed" in second.text
    assert (trial.models.count(JUDGE, "red"), trial.models.count(JUDGE, "green")) == (2, 3)


def test_an_image_missing_from_storage_fails_alone_and_can_be_run_again(trial: Trial) -> None:
    """Once the file is back, the next run finishes the image."""
    trial.add("red", "green")
    trial.inject_fault(match="storage-blobs", status=404, times=1)
    result = trial.materialize()
    assert not result.success
    assert len({colour for _, colour in trial.failed()}) == 1
    assert "cannot be downloaded: its storage returned 404" in message_of(result)
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red", "green")
