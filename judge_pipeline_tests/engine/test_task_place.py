"""Where an image's task stands decides whether a run works on it; what the store knows only saves money."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import dagster as dg
import pytest
from encord.constants.enums import DataType

from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.tasks import SETTLING_SECONDS
from judge_pipeline_tests.encord_project.holding_proxy import LABEL_SAVE, holding_proxy
from judge_pipeline_tests.engine.encord_state import encord_state, finished, image_row, label_rows
from judge_pipeline_tests.engine.people import approve, choose, reject, send, submit, text_title
from judge_pipeline_tests.engine.trial import Trial, every, message_of
from judge_pipeline_tests.model_stub import JUDGE
from judge_pipeline_tests.processes import wait_until
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE, create_seed_project

COLOURS = ("red", "green")

LISTING = ('"datarows"',)
"""What the request contains with which a run begins to list its rows, unless the store has no index of the project yet."""

WHOLE_LISTING = ('"labelrowmetadata"', '"data_hashes": null')
"""The same if it has none: the run lists the whole project."""


def with_stages(trial: Trial, *stages: dict[str, Any], start: str = "LLM1", **changed: dict[str, Any]) -> None:
    """Gives the trial a project whose workflow has these stages as well, and others changed by title."""
    known = [stage | changed.get(stage["title"], {}) for stage in WORKFLOW_TEMPLATE["stages"]]
    template = WORKFLOW_TEMPLATE | {"uuid": str(uuid4()), "start": start, "stages": [*known, *stages]}
    trial.seed = create_seed_project(trial.seed.server, template=template)
    trial.pipeline = replace(trial.pipeline, project_hash=trial.seed.project_hash)


def annotation(title: str, to: str) -> dict[str, Any]:
    return {"title": title, "kind": "annotation", "pathways": [{"name": "Submit", "to": to}]}


def agent(title: str, pathway: str, to: str) -> dict[str, Any]:
    return {title: {"pathways": [{"name": pathway, "to": to}]}}


def stages(trial: Trial, colour: str) -> set[str]:
    """The stages in which a picture and its texts stand."""
    state = encord_state(trial.seed)[colour]
    return {state["stage"], *(text["stage"] for text in state["texts"].values())}


def counts(trial: Trial, run_id: str) -> dict[str, int]:
    """The counts of a run that are not zero."""
    run = trial.instance.get_run_by_id(run_id)
    assert run is not None
    names = ("done", "failed", "skipped", "left", "waiting")
    return {name: count for name in names if (count := int(run.tags.get(f"judge_pipeline/{name}", 0)))}


def test_an_image_sent_back_to_the_first_stage_goes_through_again_without_a_model_call(trial: Trial) -> None:
    trial.add_finished(*COLOURS)
    send(trial, "red", "LLM1")
    send(trial, text_title(trial, "red", "Text_8B"), "LLM2")
    choose(trial, "red", "LLM-8B")
    trial.models.reset()
    run = trial.materialize()
    assert run.success
    assert counts(trial, run.run_id) == {"done": 2}
    expected = finished(*COLOURS)
    expected["red"]["labels"]["Final Choice"] = {"Final Choice": "LLM-8B"}
    assert encord_state(trial.seed) == expected
    assert trial.models.calls == []


def test_moving_known_rows_needs_no_model(trial: Trial) -> None:
    trial.add_finished("red")
    send(trial, "red", "LLM2")
    working, endpoint = trial.pipeline, trial.pipeline.judge
    trial.pipeline = replace(working, judge=replace(endpoint, base_url="http://127.0.0.1:9/v1"))
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red")


def test_an_image_that_waits_for_a_person_needs_no_model(trial: Trial) -> None:
    with_stages(trial, annotation("Release", to="LLM1"), start="Release")
    trial.add("red")
    trial.pipeline = replace(trial.pipeline, judge=replace(trial.pipeline.judge, base_url="http://127.0.0.1:9/v1"))
    run = trial.materialize()
    assert run.success
    assert counts(trial, run.run_id) == {"waiting": 1}


def test_an_image_that_a_person_takes_away_while_a_run_begins_is_not_captioned(trial: Trial) -> None:
    with_stages(trial, annotation("Release", to="LLM1"))
    trial.add("red")
    direct = trial.seed.connection.domain
    with holding_proxy(direct, *WHOLE_LISTING, meanwhile=lambda: send(trial, "red", "Release"), seconds=0) as proxy:
        trial.pipeline = replace(trial.pipeline, connection=replace(trial.pipeline.connection, domain=proxy.url))
        run = trial.materialize()
    assert proxy.held == 1
    assert counts(trial, run.run_id) == {"waiting": 1}
    assert trial.models.calls == []


def test_an_image_that_a_reviewer_rejects_to_the_first_stage_goes_through_again(trial: Trial) -> None:
    with_stages(trial, **{"Human Review": {"reject": "LLM1"}})
    trial.add(*COLOURS)
    trial.materialize()
    reject(trial, "red")
    trial.models.reset()
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished(*COLOURS)
    assert trial.models.calls == []


@pytest.mark.parametrize("assets", [["judgements"], ["linked_text_items", "judgements"]])
def test_an_image_sent_back_is_moved_on_by_a_run_of_some_assets(trial: Trial, assets: list[str]) -> None:
    trial.add_finished("red")
    send(trial, "red", "LLM1")
    assert trial.materialize(assets=assets).success
    assert encord_state(trial.seed) == finished("red")


def test_a_reopened_image_that_a_person_completes_again_is_not_moved(trial: Trial) -> None:
    trial.add_finished("red")
    approve(trial, "red")
    before = encord_state(trial.seed)
    trial.reset_request_counts()
    assert trial.materialize().success
    assert encord_state(trial.seed) == before
    assert trial.writes() == 0


def test_before_a_person_releases_an_image_nothing_is_captioned(trial: Trial) -> None:
    with_stages(trial, annotation("Release", to="LLM1"), start="Release")
    trial.add(*COLOURS)
    submit(trial, "Release", "green")
    run = trial.materialize()
    assert run.success
    assert counts(trial, run.run_id) == {"done": 1, "waiting": 1}
    assert trial.models.count(colour="red") == 0
    assert encord_state(trial.seed)["red"]["labels"] is None
    assert trial.materialized() == every("green")
    assert trial.failed() == set()
    assert image_row(trial.seed, "green").workflow_graph_node.title == "Human Review"

    submit(trial, "Release")
    run = trial.materialize()
    assert run.success
    assert counts(trial, run.run_id) == {"done": 2}
    assert trial.materialized() == every(*COLOURS)
    assert len(trial.models.calls) == 8
    submit(trial, "Release")
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished(*COLOURS)


def test_an_image_is_not_judged_before_a_person_submits_it_to_the_judge(trial: Trial) -> None:
    with_stages(trial, annotation("Check", to="LLM as Judge"), **agent("LLM2", "Second caption", "Check"))
    trial.add(*COLOURS)
    run = trial.materialize()
    assert run.success
    assert counts(trial, run.run_id) == {"waiting": 2}
    assert trial.models.count(JUDGE) == 0
    assert [stages(trial, colour) for colour in COLOURS] == [{"Check"}] * 2
    assert trial.failed() == set()
    assert trial.materialize().success

    submit(trial, "Check")
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished(*COLOURS)
    assert len(trial.models.calls) == 8


def test_an_image_submitted_without_its_texts_is_judged_and_the_texts_follow_later(trial: Trial) -> None:
    with_stages(trial, annotation("Check", to="LLM as Judge"), **agent("LLM2", "Second caption", "Check"))
    trial.add("red")
    trial.materialize()
    submit(trial, "Check", "red")
    assert trial.materialize().success
    assert stages(trial, "red") == {"Human Review", "Check"}
    submit(trial, "Check")
    trial.models.reset()
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red")
    assert trial.models.calls == []


def test_a_persons_stage_between_the_captioners_holds_the_image_back(trial: Trial) -> None:
    review = {"title": "Check", "kind": "review", "approve": "LLM2", "reject": "Archive"}
    with_stages(trial, review, **agent("LLM1", "First caption", "Check"))
    trial.add("red")
    run = trial.materialize()
    assert counts(trial, run.run_id) == {"waiting": 1}
    assert trial.models.count(JUDGE) == 0
    for task in list(trial.seed.project().workflow.get_stage(name="Check").get_tasks()):
        task.approve()
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red")
    assert len(trial.models.calls) == 4


def test_an_image_at_the_judge_whose_text_is_still_at_a_captioner_is_judged_with_both(trial: Trial) -> None:
    trial.add_finished("red")
    send(trial, "red", "LLM as Judge")
    send(trial, text_title(trial, "red", "Text_16B"), "LLM1")
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red")


def test_a_text_left_behind_by_a_judged_image_is_moved_on(trial: Trial) -> None:
    trial.add_finished("red")
    send(trial, text_title(trial, "red", "Text_16B"), "LLM1")
    trial.models.reset()
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red")
    assert trial.models.calls == []


def test_a_deleted_text_of_an_image_sent_back_is_linked_again_without_a_model_call(trial: Trial) -> None:
    trial.add_finished("red")
    (text,) = [row for row in label_rows(trial.seed) if row.data_title.endswith("Text_8B.txt")]
    trial.seed.client().get_dataset(trial.seed.dataset_hash).delete_data([text.data_hash])
    send(trial, "red", "LLM1")
    trial.models.reset()
    assert trial.materialize().success
    state = encord_state(trial.seed)
    assert state["red"] == finished("red")["red"]
    assert trial.models.calls == []


def run_while(trial: Trial, meanwhile: Callable[[], object]) -> dg.ExecuteInProcessResult:
    """A run; `meanwhile` happens as it saves the judge's labels: it knows where its rows stood, and has not moved them on yet."""
    direct = trial.pipeline
    with holding_proxy(direct.connection.domain, *LABEL_SAVE, meanwhile=meanwhile, seconds=0) as proxy:
        trial.pipeline = replace(direct, connection=replace(direct.connection, domain=proxy.url))
        result = trial.materialize()
    trial.pipeline = direct
    assert proxy.held == 1
    return result


def with_another_teams_stages(trial: Trial) -> None:
    """Another team's stages before LLM1, where texts begin too, and before the judge. Red is at the judge, its texts in `Sort`."""
    sort = {"title": "Sort", "kind": "agent", "pathways": [{"name": "Sorted", "to": "LLM1"}]}
    enrich = {"title": "Enrich", "kind": "agent", "pathways": [{"name": "Enriched", "to": "LLM as Judge"}]}
    with_stages(trial, sort, enrich, start="Sort", **agent("LLM2", "Second caption", "Enrich"))
    trial.add("red")
    send(trial, "red", "LLM1")
    trial.materialize()
    send(trial, "red", "LLM as Judge")


@pytest.mark.parametrize("stage", ["LLM1", "LLM2"])
def test_a_text_that_another_teams_agent_leads_to_a_captioner_during_a_run_is_moved_on(
    trial: Trial, stage: str
) -> None:
    with_another_teams_stages(trial)
    text = text_title(trial, "red", "Text_8B")
    began = time.monotonic()
    assert run_while(trial, lambda: send(trial, text, "LLM1")).success
    assert time.monotonic() - began < SETTLING_SECONDS
    state = encord_state(trial.seed)["red"]
    assert state["stage"] == "Human Review"
    assert {name: each["stage"] for name, each in state["texts"].items()} == {"Text_8B": "Enrich", "Text_16B": "Sort"}
    assert trial.failed() == set()


def test_an_image_sent_back_to_the_first_stage_while_it_is_judged_goes_through_again(trial: Trial) -> None:
    trial.add(*COLOURS)
    assert run_while(trial, lambda: [send(trial, colour, "LLM1") for colour in COLOURS]).success
    assert encord_state(trial.seed) == finished(*COLOURS)


def test_an_image_sent_back_without_its_text_while_it_is_judged_waits_for_the_next_run(trial: Trial) -> None:
    trial.add(*COLOURS)

    def send_back() -> None:
        replace_text(trial, "red")
        send(trial, "red", "LLM1")

    result = run_while(trial, send_back)
    assert "'red.png' was sent back to 'LLM1' and lost a caption" in message_of(result)
    assert [stages(trial, colour) for colour in COLOURS] == [{"LLM1", "Human Review"}, {"Human Review"}]
    trial.models.reset()
    assert trial.materialize().success
    assert_judged_with_the_other_text(trial)


def replace_text(trial: Trial, colour: str) -> None:
    """A person links another text in the place of the image's 8B caption."""
    (text,) = [row for row in label_rows(trial.seed) if row.data_title == text_title(trial, colour, "Text_8B")]
    client = trial.seed.client()
    client.get_dataset(trial.seed.dataset_hash).delete_data([text.data_hash])
    path = trial.folder / "corrected.txt"
    path.write_text("What a person wrote.")
    metadata = {"Tag": trial.tags[colour], "Data Type": "Text_8B"}
    item = client.get_storage_folder(trial.seed.folder_uuid).upload_text(path, client_metadata=metadata)
    client.get_dataset(trial.seed.dataset_hash).link_items([item])


def assert_judged_with_the_other_text(trial: Trial) -> None:
    assert {call.model for call in trial.models.calls} == {JUDGE}
    texts = [row for row in label_rows(trial.seed) if row.data_type is DataType.PLAIN_TEXT]
    assert len([each for each in texts if trial.tags["red"] in (each.client_metadata or {}).values()]) == 2
    assert encord_state(trial.seed)["red"]["texts"]["Text_8B"]["content"] == "What a person wrote."
    assert stages(trial, "red") == {"Human Review"}
    assert trial.failed() == set()


def test_a_text_that_a_person_has_replaced_is_adopted_and_judged_when_the_image_is_sent_back(trial: Trial) -> None:
    trial.add_finished("red")
    replace_text(trial, "red")
    send(trial, "red", "LLM1")
    trial.models.reset()
    assert trial.materialize().success
    assert_judged_with_the_other_text(trial)


def test_a_text_replaced_after_a_run_that_had_only_to_move_has_begun_is_judged_too(trial: Trial) -> None:
    """The run lists the rows twice: before it takes its leases, when no model is needed, and after."""
    trial.add_finished("red")
    send(trial, "red", "LLM1")
    trial.models.reset()
    direct = trial.seed.connection.domain
    with holding_proxy(direct, *LISTING, meanwhile=lambda: replace_text(trial, "red"), seconds=0, skip=1) as proxy:
        trial.pipeline = replace(trial.pipeline, connection=replace(trial.pipeline.connection, domain=proxy.url))
        assert trial.materialize().success
    assert proxy.held == 1
    assert_judged_with_the_other_text(trial)


def test_a_text_replaced_while_a_run_that_had_only_to_move_waits_for_another_run_is_judged_too(trial: Trial) -> None:
    trial.add_finished("red")
    send(trial, "red", "LLM1")
    trial.models.reset()
    with trial.pipeline.open_store() as store, ThreadPoolExecutor(1) as pool:
        (lease,) = store.leases.acquire([Tag(trial.tags["red"])], holder="another run", seconds=60).values()
        trial.reset_request_counts()
        run = pool.submit(trial.materialize)
        wait_until(lambda: trial.requests().get("GET storage/folders/{folder}", 0) > 0, seconds=60)
        replace_text(trial, "red")
        store.leases.release([lease])
        assert run.result(timeout=60).success
    assert_judged_with_the_other_text(trial)
