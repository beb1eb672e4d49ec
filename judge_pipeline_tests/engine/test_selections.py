"""Some of the assets on their own, as people select them in Dagster."""

from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import ASSETS, Trial, every, message_of
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL

CAPTIONING = ("images", "captions_8b", "captions_16b")


def test_a_run_for_each_asset_in_order_does_only_its_part_and_all_end_like_one_run(trial: Trial) -> None:
    colours = ("red", "green")
    trial.add(*colours)
    assert trial.materialize(assets=["images"]).success
    assert trial.models.calls == []
    metadata = trial.seed.client().get_storage_item(trial.items["red"]).client_metadata
    assert metadata == {"Tag": trial.tags["red"], "Data Type": "Image"}
    assert trial.statuses() == dict.fromkeys(every(*colours, assets=["images"]), "MATERIALIZED")

    assert trial.materialize(assets=["captions_8b"]).success
    assert [call.model for call in trial.models.calls] == [SMALL] * 2
    assert trial.materialized() == every(*colours, assets=["images", "captions_8b"])
    state = encord_state(trial.seed)
    assert state["folder"] == {"images": 2, "texts": 0}
    assert {state[colour]["stage"] for colour in colours} == {"LLM1"}

    for asset in ("captions_16b", "linked_text_items", "judgements"):
        assert trial.materialize(assets=[asset]).success
    assert encord_state(trial.seed) == finished(*colours)


def test_captions_first_and_the_rest_in_a_second_run_end_like_one_run(trial: Trial) -> None:
    trial.add("red", "green")
    assert trial.materialize(assets=CAPTIONING).success
    assert trial.models.count(JUDGE) == 0
    assert trial.materialize(assets=["linked_text_items", "judgements"]).success
    assert encord_state(trial.seed) == finished("red", "green")
    assert trial.models.count(SMALL) == trial.models.count(LARGE) == 2
    assert trial.materialized() == every("red", "green")


def test_captions_without_their_image_fail_and_say_what_to_select(trial: Trial) -> None:
    trial.add("red")
    result = trial.materialize(assets=["captions_8b"])
    assert not result.success
    assert trial.failed() == {("captions_8b", "red")}
    assert "images has no value for this tag yet; select it as well" in message_of(result)
    assert trial.models.calls == []


def test_judgements_without_captions_fail_and_say_what_to_select(trial: Trial) -> None:
    trial.add("red", "green")
    trial.materialize("red", assets=[asset for asset in ASSETS if asset != "judgements"])
    trial.materialize("green", assets=["images", "captions_8b"])
    result = trial.materialize(assets=["judgements"])
    assert not result.success
    assert trial.failed() == {("judgements", "green")}
    assert ("judgements", "red") in trial.materialized()
    assert "captions_16b has no value for this tag yet; select it as well" in message_of(result)
    assert trial.models.count(JUDGE, "green") == 0
    assert encord_state(trial.seed)["red"] == finished("red")["red"]
