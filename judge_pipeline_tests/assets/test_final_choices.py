"""People's decisions in Encord reach the store, are read only when they change, and leave the store when people remove them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import dagster as dg
import pytest
from encord.objects.attributes import RadioAttribute

from judge_pipeline.assets.final_choices import read_final_choices
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import TIE, FinalChoice, Review
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.final_choices import Cursor
from judge_pipeline_tests.engine.people import approve, choose, clear_choice, move_to_human_review, reject
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions

PERSON = "pipeline@example.com"

NOTHING = {
    "decided": 0,
    "ties": 0,
    "blind": 0,
    "random": 0,
    "stratified": 0,
    "disagreements": 0,
    "by hand": 0,
    "by a script": 0,
    "for an earlier caption": 0,
    "matched by times": 0,
    "approved": 0,
    "rejected": 0,
    "new": 0,
    "corrected": 0,
}


@pytest.fixture
def colours(trial: Trial) -> tuple[str, ...]:
    """Images in Human Review."""
    colours = ("red", "green", "blue", "yellow")
    trial.add(*colours)
    for colour in colours:
        move_to_human_review(trial, colour)
    return colours


def sync(trial: Trial) -> dict[str, int]:
    """What the asset does; returns its metadata. A Dagster run of it takes ten times as long."""
    return read_final_choices(trial.pipeline, holder=str(uuid4()))


def run_asset(trial: Trial) -> dict[str, Any]:
    """Runs the asset once and returns its metadata."""
    job = definitions(trial.pipeline).resolve_job_def("read_final_choices")
    result = job.execute_in_process(
        instance=trial.instance, asset_selection=[dg.AssetKey("final_choices")], run_config=QUIET
    )
    (event,) = result.asset_materializations_for_node("final_choices")
    return {name: value.value for name, value in event.metadata.items()}


def stored_choices(trial: Trial) -> dict[str, FinalChoice]:
    """The Final Choices in the store, by colour."""
    colours = {tag: colour for colour, tag in trial.tags.items()}
    with trial.pipeline.open_store() as store:
        return {colours[tag]: choice for tag, choice in store.results("final_choices", FinalChoice).items()}


def labels_read(trial: Trial) -> int:
    """How many requests for labels Encord has had since `reset_request_counts`."""
    return sum(
        count for name, count in trial.requests().items() if "classifications" in name or "labelrow" in name.split()
    )


@pytest.mark.usefixtures("colours")
def test_decisions_are_stored_with_who_and_when(trial: Trial) -> None:
    began = datetime.now(UTC) - timedelta(seconds=2)
    choose(trial, "red", "LLM-8B")
    choose(trial, "green", "LLM-16B")
    approve(trial, "green")
    reject(trial, "blue")
    counts = run_asset(trial)
    assert counts == {**NOTHING, "decided": 2, "by hand": 2, "approved": 1, "rejected": 1, "new": 3}
    found = stored_choices(trial)
    assert {colour: (each.choice, each.label, each.review) for colour, each in found.items()} == {
        "red": (Captioner.LLM_8B, "LLM-8B", Review.OPEN),
        "green": (Captioner.LLM_16B, "LLM-16B", Review.APPROVED),
        "blue": (None, None, Review.REJECTED),
    }
    assert found["red"].decided_by == PERSON
    assert began <= datetime.fromisoformat(found["red"].decided_at or "") <= datetime.now(UTC)
    assert found["blue"].decided_by is found["blue"].decided_at is None


@pytest.mark.usefixtures("colours")
def test_an_option_that_names_neither_captioner_is_a_tie(trial: Trial) -> None:
    ontology = trial.seed.client().get_ontology(trial.seed.ontology_hash)
    radio = ontology.structure.get_child_by_title("Final Choice", type_=RadioAttribute)
    radio.add_option("Both alike")
    ontology.save()
    choose(trial, "red", "Both alike")
    assert sync(trial)["ties"] == 1
    assert stored_choices(trial)["red"].is_tie


@pytest.mark.usefixtures("colours")
def test_changed_answers_are_updated_and_removed_ones_deleted(trial: Trial) -> None:
    choose(trial, "red", "LLM-8B")
    choose(trial, "green", "LLM-8B")
    sync(trial)
    choose(trial, "red", "LLM-16B")
    clear_choice(trial, "green")
    assert sync(trial)["new"] == 2
    assert {colour: each.choice for colour, each in stored_choices(trial).items()} == {"red": Captioner.LLM_16B}
    assert sync(trial)["new"] == 0


def test_only_labels_saved_since_the_last_sync_are_read(trial: Trial, colours: tuple[str, ...]) -> None:
    """An approval saves no label; the stage shows it."""
    for colour in colours:
        choose(trial, colour, "LLM-8B")
    sync(trial)
    advance_cursor(trial, minutes=5)
    approve(trial, "red")
    trial.reset_request_counts()
    assert sync(trial)["approved"] == 1
    assert labels_read(trial) == 0


@pytest.mark.usefixtures("colours")
def test_a_sync_makes_a_handful_of_requests_and_no_write(trial: Trial) -> None:
    choose(trial, "red", "LLM-8B")
    trial.reset_request_counts()
    sync(trial)
    assert sum(trial.requests().values()) <= 5
    assert trial.writes() == 0


@pytest.mark.usefixtures("colours")
def test_a_blind_choice_stays_blind_until_it_changes_in_encord(trial: Trial) -> None:
    choose(trial, "red", "LLM-8B")
    choose(trial, "green", "LLM-8B")
    sync(trial)
    blind = {
        colour: replace(stored_choices(trial)[colour], blind=True, decided_by="ada@example.com")
        for colour in ("red", "green")
    }
    save_choices(trial, *blind.values())
    approve(trial, "red")
    choose(trial, "green", "LLM-16B")
    sync(trial)
    assert stored_choices(trial)["red"] == replace(blind["red"], review=Review.APPROVED)
    assert stored_choices(trial)["green"].choice is Captioner.LLM_16B
    assert not stored_choices(trial)["green"].blind


@pytest.mark.usefixtures("colours")
def test_a_tie_that_was_never_in_encord_stays(trial: Trial) -> None:
    tie = FinalChoice(Tag(trial.tags["red"]), None, TIE, Review.OPEN, blind=True, decided_by="ada@example.com")
    save_choices(trial, tie)
    assert sync(trial)["ties"] == 1
    choose(trial, "red", "LLM-8B")
    assert sync(trial)["ties"] == 0


@pytest.mark.usefixtures("colours")
def test_a_leased_tag_waits_for_the_next_sync(trial: Trial) -> None:
    choose(trial, "red", "LLM-8B")
    choose(trial, "green", "LLM-8B")
    tag = Tag(trial.tags["red"])
    with trial.pipeline.open_store() as store:
        held = store.leases.acquire([tag], holder="a run", seconds=60)
        assert sync(trial)["new"] == 1
        assert set(stored_choices(trial)) == {"green"}
        store.leases.release(list(held.values()))
    assert sync(trial)["new"] == 1
    assert set(stored_choices(trial)) == {"red", "green"}


@pytest.mark.usefixtures("colours")
def test_the_choice_of_a_removed_image_is_deleted(trial: Trial) -> None:
    choose(trial, "red", "LLM-8B")
    sync(trial)
    client = trial.seed.client()
    (row,) = [row for row in trial.seed.project().list_label_rows_v2() if row.data_title == "red.png"]
    client.get_dataset(trial.seed.dataset_hash, include_data_rows=False).delete_data([row.data_hash])
    assert sync(trial) == {**NOTHING, "new": 1}


@pytest.mark.usefixtures("colours")
def test_another_classification_for_the_choice_is_read_from_the_start(trial: Trial) -> None:
    choose(trial, "red", "LLM-8B")
    sync(trial)
    advance_cursor(trial, minutes=5)
    with trial.pipeline.open_store() as store:
        text = store.sync_cursors.get("final_choices") or ""
        store.sync_cursors.save("final_choices", text.replace('"final_choice": "', '"final_choice": "another'))
        store.delete_results("final_choices", [Tag(trial.tags["red"])])
    sync(trial)
    assert set(stored_choices(trial)) == {"red"}


def test_a_cursor_survives_a_round_trip(trial: Trial) -> None:
    project = trial.project
    roles = trial.pipeline.titles.roles_in(project.ontology)
    cursor = Cursor(roles.final_choice.feature_hash, roles.version, datetime(2026, 1, 31, 8, 0, tzinfo=UTC))
    assert Cursor.read(str(cursor), roles) == cursor
    assert Cursor.read(None, roles) is None


def save_choices(trial: Trial, *choices: FinalChoice) -> None:
    """Saves choices in the store, as the review page does."""
    with trial.pipeline.open_store() as store:
        leases = store.leases.acquire([choice.tag for choice in choices], holder="page", seconds=60)
        store.save_results("final_choices", {leases[choice.tag]: choice for choice in choices})
        store.leases.release(list(leases.values()))


def advance_cursor(trial: Trial, *, minutes: int) -> None:
    """Moves the sync cursor ahead, as if the last sync had been that much later than all saves."""
    with trial.pipeline.open_store() as store:
        text = store.sync_cursors.get("final_choices") or ""
        edited_at = datetime.fromisoformat(text.split('"edited_at": "')[1].rstrip('"}'))
        moved = (edited_at + timedelta(minutes=minutes)).isoformat()
        store.sync_cursors.save("final_choices", text.replace(edited_at.isoformat(), moved))
