"""The pipeline leaves people's work in Encord alone: choices, labels, objects, metadata and decisions."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

from encord.objects import Classification, Object, Shape
from encord.objects.attributes import TextAttribute
from encord.objects.coordinates import BoundingBoxCoordinates

from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.engine.encord_state import encord_state, finished, image_row, label_rows, labels
from judge_pipeline_tests.engine.people import approve, choose, complete, move, move_to_human_review, open_row
from judge_pipeline_tests.engine.trial import Trial, message_of
from judge_pipeline_tests.model_stub import JUDGE, ModelCall
from judge_pipeline_tests.models.stub_server import completion


def test_the_pipeline_never_writes_a_final_choice(trial: Trial) -> None:
    trial.add_finished("red")
    assert "Final Choice" not in (labels(image_row(trial.seed, "red")) or {})


def test_a_final_choice_made_before_the_run_or_during_judging_survives_it(trial: Trial) -> None:
    trial.add("red", "green")
    choose(trial, "red", "LLM-8B")

    def person(call: ModelCall) -> None:
        if call.model == JUDGE and call.colour == "green" and trial.models.count(JUDGE, "green") == 1:
            choose(trial, "green", "LLM-8B")

    trial.models.on_call = person
    assert trial.materialize().success
    expected = finished("red", "green")
    for colour in ("red", "green"):
        expected[colour]["labels"]["Final Choice"] = {"Final Choice": "LLM-8B"}
    assert encord_state(trial.seed) == expected


def test_a_final_choice_survives_judging_again(trial: Trial) -> None:
    trial.add_finished("red")
    choose(trial, "red", "LLM-8B")
    with trial.pipeline.open_store() as store:
        store.delete_results("judgements", [Tag(trial.tags["red"])])
    assert trial.materialize().success
    expected = finished("red")
    expected["red"]["labels"]["Final Choice"] = {"Final Choice": "LLM-8B"}
    assert encord_state(trial.seed) == expected


def test_an_undecided_judge_removes_its_earlier_choice(trial: Trial) -> None:
    trial.add_finished("red")
    with trial.pipeline.open_store() as store:
        store.delete_results("judgements", [Tag(trial.tags["red"])])
    trial.pipeline = replace(trial.pipeline, judge=replace(trial.pipeline.judge, temperature=0.5))
    rubric = {"choice": "Answer available", "correctness_score": "Accurate", "quality_score": "Good"}
    level = {name: {**rubric, "improvement_suggestion": None} for name in ("caption_a", "caption_b")}
    always_a = completion(json.dumps({**level, "choice": "Caption A"}))
    trial.models.reply_once(JUDGE, "red", always_a, always_a)
    assert trial.materialize().success
    assert set(labels(image_row(trial.seed, "red")) or ()) == {"LLM 8B", "LLM 16B"}


def test_a_persons_other_labels_and_objects_survive(trial: Trial) -> None:
    ontology = trial.seed.client().get_ontology(trial.seed.ontology_hash)
    ontology.structure.add_object("Thing", Shape.BOUNDING_BOX)
    ontology.structure.add_classification().add_attribute(TextAttribute, "Remarks")
    ontology.save()
    trial.add("red")
    row = open_row(trial, "red")
    thing = row.ontology_structure.get_child_by_title("Thing", type_=Object).create_instance()
    box = BoundingBoxCoordinates(height=0.5, width=0.25, top_left_x=0.1, top_left_y=0.2)
    thing.set_for_frames(box, 0)
    row.add_object_instance(thing)
    remarks = row.ontology_structure.get_child_by_title("Remarks", type_=Classification).create_instance()
    remarks.set_for_frames(0)
    remarks.set_answer("seen by me")
    row.add_classification_instance(remarks)
    row.save()

    assert trial.materialize().success
    after = open_row(trial, "red")
    expected = finished("red")["red"]["labels"] | {"Remarks": {"Remarks": "seen by me"}}
    assert labels(after) == expected
    (found,) = after.get_object_instances()
    assert found.object_name == "Thing"
    assert found.get_annotation(0).coordinates == box
    assert found.object_hash == thing.object_hash


TAGS: dict[str, tuple[dict[str, Any], str]] = {
    "red": ({"Tag": (own := "11111111-2222-4333-8444-555555555555")}, own),
    "green": ({"Tag": (own := "22222222-2222-4333-8444-555555555555"), "Data Type": "Image"}, own),
    "blue": ({"Tag": 'cat, "no" 1…@2C'}, "cat@2C@20@22no@22@201@E2@80@A6@402C"),
}
"""What a person has written on an image, and the key of its partition."""


def test_a_persons_tags_and_other_client_metadata_survive(trial: Trial) -> None:
    trial.add(*TAGS, "yellow")
    client = trial.seed.client()
    schema = client.metadata_schema()
    if not schema.has_key("Photographer"):
        schema.add_scalar("Photographer", data_type="varchar")
        schema.save()
    for colour, (metadata, _) in TAGS.items():
        client.get_storage_item(trial.items[colour]).update(client_metadata=metadata)
    client.get_storage_item(trial.items["yellow"]).update(client_metadata={"Photographer": "Ada"})
    keys = {colour: key for colour, (_, key) in TAGS.items()}
    assert trial.tags == {**keys, "yellow": trial.tags["yellow"]}
    assert trial.materialize().success
    given = [(row.client_metadata or {})["Tag"] for row in label_rows(trial.seed)]
    own = {metadata["Tag"] for metadata, _ in TAGS.values()} | {trial.tags["yellow"]}
    assert Counter(given) == dict.fromkeys(own, 3)
    assert encord_state(trial.seed) == finished(*TAGS, "yellow")
    metadata = client.get_storage_item(trial.items["yellow"]).client_metadata
    assert metadata is not None
    assert metadata["Photographer"] == "Ada"
    assert metadata["Data Type"] == "Image"
    assert metadata["Tag"] == trial.tags["yellow"]


def test_an_image_that_a_person_has_completed_is_left_alone_and_one_moved_by_hand_is_judged_there(trial: Trial) -> None:
    trial.add("red", "green", "blue")
    complete(trial, "red")
    move_to_human_review(trial, "blue")
    before = encord_state(trial.seed)["red"]
    result = trial.materialize()
    state = encord_state(trial.seed)
    assert state["red"] == before
    expected = finished("green", "blue")
    assert [state[colour] for colour in ("green", "blue")] == [expected["green"], expected["blue"]]
    assert trial.models.count(colour="red") == 0
    assert "'red.png' is in 'Complete': a person has finished it" in message_of(result)


def test_an_image_that_a_person_completes_during_judging_keeps_its_labels(trial: Trial) -> None:
    trial.add("red")

    def person(call: ModelCall) -> None:
        if call.model == JUDGE and trial.models.count(JUDGE) == 1:
            move(trial, "red", "LLM as Judge", "LLM Ruling")
            choose(trial, "red", "LLM-8B")
            approve(trial, "red")

    trial.models.on_call = person
    assert "a person has finished it" in message_of(trial.materialize())
    state = encord_state(trial.seed)["red"]
    assert state["stage"] == "Complete"
    assert state["labels"] == {"Final Choice": {"Final Choice": "LLM-8B"}}


def test_a_text_that_is_already_linked_is_adopted_as_the_caption(trial: Trial) -> None:
    """It comes from another program, or from a run whose store is lost; with the judge's own labels no model is asked."""
    trial.add_finished("red")
    trial.models.reset()
    trial.pipeline = replace(trial.pipeline, database_url=f"sqlite:///{trial.folder / 'new.sqlite3'}")
    assert trial.materialize().success
    assert trial.models.calls == []
    assert encord_state(trial.seed) == finished("red")
