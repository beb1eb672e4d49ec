"""An ambiguous Tag is refused, never guessed, and the message names every image or text that has it."""

from pathlib import Path

from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import ASSETS, Trial, message_of

TAG = "11111111-2222-4333-8444-555555555555"


def set_metadata(trial: Trial, item: str, **metadata: str) -> None:
    trial.seed.client().get_storage_item(item).update(client_metadata=metadata)


def add_text(trial: Trial, name: str, *, tag: str) -> str:
    """Uploads a text for a tag's 8B slot, as another program might."""
    path = Path(trial.folder, name)
    path.write_text("A caption from elsewhere.")
    client = trial.seed.client()
    metadata = {"Tag": tag, "Data Type": "Text_8B"}
    item = client.get_storage_folder(trial.seed.folder_uuid).upload_text(path, title=name, client_metadata=metadata)
    client.get_dataset(trial.seed.dataset_hash, include_data_rows=False).link_items([item])
    return str(item)


def test_two_images_with_one_tag_are_both_named_and_neither_is_touched(trial: Trial) -> None:
    trial.add("red", "green", "blue")
    for colour in ("red", "green"):
        set_metadata(trial, trial.items[colour], **{"Tag": TAG, "Data Type": "Image"})
    result = trial.materialize()
    assert not result.success
    message = message_of(result)
    for expected in ("2 images share the Tag", "red.png", "green.png", trial.items["red"], trial.items["green"]):
        assert expected in message
    assert {call.colour for call in trial.models.calls} == {"blue"}
    with trial.pipeline.open_store() as store:
        assert {failure.tag for failure in store.failures()} == {TAG}
    rows = trial.seed.project().list_label_rows_v2(include_client_metadata=True)
    stages = {row.data_title: row.workflow_graph_node.title for row in rows if row.workflow_graph_node}
    assert (stages["red.png"], stages["green.png"], stages["blue.png"]) == ("LLM1", "LLM1", "Human Review")


def test_two_texts_in_one_slot_are_both_named_and_their_image_is_not_captioned_until_they_are_unlinked(
    trial: Trial,
) -> None:
    trial.add("red", "green")
    tag = trial.tags["red"]
    texts = [add_text(trial, name, tag=tag) for name in ("one.txt", "two.txt")]
    result = trial.materialize()
    assert not result.success
    message = message_of(result)
    for expected in ("2 text items share Text_8B", "one.txt", "two.txt", *texts):
        assert expected in message
    assert trial.models.count(colour="red") == 0
    assert {asset for asset, _ in trial.failed()} == set(ASSETS)
    assert {colour for _, colour in trial.failed()} == {"red"}

    dataset = trial.seed.client().get_dataset(trial.seed.dataset_hash)
    dataset.delete_data([row.uid for row in dataset.list_data_rows() if row.title in ("one.txt", "two.txt")])
    assert trial.materialize().success
    state = encord_state(trial.seed)
    assert state["red"] == finished("red")["red"]


ODD: dict[str, dict[str, object]] = {
    "red": {"Tag": 7},
    "green": {"Tag": True},
    "blue": {"Tag": 0},
    "black": {"Tag": ["a", "b"]},
    "white": {"Tag": {"of": 1}},
    "cyan": {"Tag": "x" * 3000},
    "purple": {"Tag": "good tag", "Data Type": ["Image"]},
}


def test_an_image_whose_metadata_cannot_be_used_is_refused_by_name_and_left_as_it_is(trial: Trial) -> None:
    """No model is asked about it, nothing is overwritten, and the others go on, also next to texts as odd."""
    trial.add(*ODD, "grey")
    for colour, metadata in ODD.items():
        trial.seed.client().get_storage_item(trial.items[colour]).update(client_metadata=metadata)
    text = add_text(trial, "foreign.txt", tag=TAG)
    trial.seed.client().get_storage_item(text).update(client_metadata={"Tag": [TAG], "Data Type": ["Text_8B"]})
    result = trial.materialize()
    assert not result.success
    assert {colour for _, colour in trial.failed()} == ODD.keys()
    assert {call.colour for call in trial.models.calls} == {"grey"}
    message = message_of(result)
    assert "'red.png' has the Tag 7, expected a text" in message
    for colour, metadata in ODD.items():
        assert trial.seed.client().get_storage_item(trial.items[colour]).client_metadata == metadata
    rows = trial.seed.project().list_label_rows_v2()
    stages = {row.data_title: row.workflow_graph_node.title for row in rows if row.workflow_graph_node}
    assert stages["grey.png"] == "Human Review"
