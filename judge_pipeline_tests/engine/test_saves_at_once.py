"""What a person saves while the pipeline's own save is under way stays, for each kind of save."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from encord.objects import Object, Shape
from encord.objects.coordinates import BoundingBoxCoordinates

from judge_pipeline_tests.encord_project.holding_proxy import LABEL_SAVE, HoldingProxy, holding_proxy
from judge_pipeline_tests.engine.encord_state import encord_state, finished, image_row, labels
from judge_pipeline_tests.engine.people import choose, clear_choice, open_row
from judge_pipeline_tests.engine.trial import Trial, every, message_of

METADATA = ("patch-bulk",)


def hold(
    trial: Trial, *held: str, meanwhile: Callable[[], object], seconds: float = 0.5
) -> AbstractContextManager[HoldingProxy]:
    """Holds a request of the pipeline, which goes through a proxy from now on; a person does not."""
    return holding_proxy(trial.seed.connection.domain, *held, meanwhile=meanwhile, seconds=seconds)


def go_through(trial: Trial, proxy: HoldingProxy) -> None:
    trial.pipeline = replace(trial.pipeline, connection=replace(trial.pipeline.connection, domain=proxy.url))


def with_choice(state: dict[str, dict[str, object]], option: str | None) -> dict[str, dict[str, object]]:
    if option is not None:
        state["red"]["labels"]["Final Choice"] = {"Final Choice": option}  # type: ignore[index]
    return state


def test_a_final_choice_made_during_the_judges_save_survives(trial: Trial) -> None:
    trial.add("red", "green")
    with hold(trial, *LABEL_SAVE, meanwhile=lambda: choose(trial, "red", "LLM-8B")) as proxy:
        go_through(trial, proxy)
        assert trial.materialize().success
    assert proxy.held == 1
    assert encord_state(trial.seed) == with_choice(finished("red", "green"), "LLM-8B")
    assert trial.materialized() == every("red", "green")


@pytest.mark.parametrize("option", ["LLM-16B", None])
def test_a_final_choice_changed_or_removed_during_the_judges_save_stays_so(trial: Trial, option: str | None) -> None:
    trial.add("red", "green")
    choose(trial, "red", "LLM-8B")
    change = (lambda: choose(trial, "red", option)) if option else (lambda: clear_choice(trial, "red"))
    with hold(trial, *LABEL_SAVE, meanwhile=change) as proxy:
        go_through(trial, proxy)
        assert trial.materialize().success
    assert encord_state(trial.seed) == with_choice(finished("red", "green"), option)


def test_a_box_drawn_during_the_judges_save_survives(trial: Trial) -> None:
    ontology = trial.seed.client().get_ontology(trial.seed.ontology_hash)
    ontology.structure.add_object("Thing", Shape.BOUNDING_BOX)
    ontology.save()
    trial.add("red")
    box = BoundingBoxCoordinates(height=0.5, width=0.25, top_left_x=0.1, top_left_y=0.2)

    def draw() -> None:
        row = open_row(trial, "red")
        thing = row.ontology_structure.get_child_by_title("Thing", type_=Object).create_instance()
        thing.set_for_frames(box, 0)
        row.add_object_instance(thing)
        row.save()

    with hold(trial, *LABEL_SAVE, meanwhile=draw) as proxy:
        go_through(trial, proxy)
        assert trial.materialize().success
    (found,) = open_row(trial, "red").get_object_instances()
    assert found.get_annotation(0).coordinates == box
    assert labels(image_row(trial.seed, "red")) == finished("red")["red"]["labels"]


def test_a_choice_that_a_save_overwrites_at_once_survives_or_its_image_is_named_and_the_run_fails(trial: Trial) -> None:
    """The save follows the person's so closely that it may not have been seen; Encord's log then names it."""
    trial.add("red", "green")
    with hold(trial, *LABEL_SAVE, meanwhile=lambda: choose(trial, "red", "LLM-8B"), seconds=0) as proxy:
        direct = trial.pipeline
        go_through(trial, proxy)
        result = trial.materialize()
    trial.pipeline = direct
    state = encord_state(trial.seed)
    if result.success:
        assert state == with_choice(finished("red", "green"), "LLM-8B")
    else:
        assert "Final Choice" not in state["red"]["labels"]
        assert "'red.png' was changed by somebody else while it was being saved, and 'Final Choice' (by " in message_of(
            result
        )
        assert trial.failed() == {("judgements", "red")}
        assert trial.materialize().success
        assert encord_state(trial.seed) == finished("red", "green")


def test_a_metadata_key_that_another_program_writes_during_our_write_survives(trial: Trial) -> None:
    trial.add("red", "green")
    client = trial.seed.client()
    schema = client.metadata_schema()
    if not schema.has_key("Photographer"):
        schema.add_scalar("Photographer", data_type="varchar")
        schema.save()

    def write() -> None:
        client.get_storage_item(trial.items["red"]).update(client_metadata={"Photographer": "Ada"})

    with hold(trial, *METADATA, meanwhile=write) as proxy:
        go_through(trial, proxy)
        assert trial.materialize().success
    assert proxy.held == 1
    metadata = client.get_storage_item(trial.items["red"]).client_metadata
    assert metadata == {"Photographer": "Ada", "Data Type": "Image", "Tag": trial.tags["red"]}
    assert encord_state(trial.seed) == finished("red", "green")
