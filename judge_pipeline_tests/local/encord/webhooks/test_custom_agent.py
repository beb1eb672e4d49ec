"""A custom agent is called for each task that enters its stage, and its answer moves the task."""

from pathlib import Path
from typing import Any

from encord.workflow import AgentStage, ReviewStage
from encord_agents.core.data_model import FrameData
from encord_agents.core.webhooks import verify_signature

from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.local.encord.webhooks.conftest import Register, settled
from judge_pipeline_tests.local.encord.webhooks.receiver import SECRET, Receiver
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE, SeedProject

CROSSROADS: dict[str, Any] = {
    "title": "Crossroads",
    "start": "Triage",
    "stages": [
        {
            "title": "Triage",
            "kind": "agent",
            "pathways": [{"name": "keep", "to": "Complete"}, {"name": "discard", "to": "Archive"}],
        },
        {"title": "Complete", "kind": "complete"},
        {"title": "Archive", "kind": "archive"},
    ],
}


def stages_of(seed: SeedProject) -> list[str | None]:
    return [
        row.workflow_graph_node.title if row.workflow_graph_node else None
        for row in seed.project().list_label_rows_v2()
    ]


def two_pathways(seed: SeedProject) -> SeedProject:
    """A project on the same dataset whose agent stage has two pathways."""
    template = seed.server.control("POST", "workflow-templates", json=CROSSROADS).json()["uuid"]
    project_hash = seed.client().create_project(
        "Triage", [seed.dataset_hash], ontology_hash=seed.ontology_hash, workflow_template_hash=template
    )
    return SeedProject(seed.server, project_hash, seed.dataset_hash, seed.folder_uuid, seed.ontology_hash)


def test_the_agent_is_called_with_the_data_unit_that_entered(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    register("custom_agent")
    data_hash = add_texts(seed, tmp_path, 1)[0]
    call = receiver.next_call()
    assert call.content == {"projectHash": seed.project_hash, "dataHash": data_hash, "frame": 0}
    assert call.is_signed_with(SECRET)
    assert call.headers["content-type"] == "application/json"
    verify_signature(
        call.body,
        signature=call.headers["x-encord-signature"],
        timestamp=call.headers["x-encord-timestamp"],
        secret=SECRET,
    )
    assert str(FrameData.model_validate_json(call.body).data_hash) == data_hash


def test_the_agent_is_called_once_for_every_task(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    register("custom_agent")
    hashes = add_texts(seed, tmp_path, 12)
    assert settled(seed)["counts"] == {"pending": 0, "delivered": 12, "failed": 0, "dropped": 0}
    assert sorted(receiver.next_call().content["dataHash"] for _ in hashes) == sorted(hashes)
    assert receiver.calls.empty()
    assert stages_of(seed) == ["LLM2"] * 12


def test_consecutive_agents_move_a_task_to_human_review(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    for template_stage in WORKFLOW_TEMPLATE["stages"][:3]:
        register("custom_agent", stage=template_stage["title"])
    data_hash = add_texts(seed, tmp_path, 1)[0]
    assert [receiver.next_call().content["dataHash"] for _ in range(3)] == [data_hash] * 3
    review = seed.project().workflow.get_stage(name="Human Review", type_=ReviewStage)
    while not list(review.get_tasks()):
        assert seed.server.control("GET", "webhooks").json()[2]["counts"]["failed"] == 0


def test_the_decision_names_the_pathway(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    project = two_pathways(seed)
    register("custom_agent", stage="Triage", project_hash=project.project_hash)
    receiver.will_answer({"decision": " discard ", "message": "blurred"})
    add_texts(seed, tmp_path, 1)
    (delivery,) = settled(project)["deliveries"]
    assert delivery["status"] == "delivered"
    assert delivery["attempts"][0]["answer"] == '{"decision": " discard ", "message": "blurred"}'
    assert stages_of(project) == ["Archive"]


def test_an_unknown_pathway_fails_and_leaves_the_task(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    register("custom_agent")
    receiver.will_answer({"decision": "first caption"})
    add_texts(seed, tmp_path, 1)
    (delivery,) = settled(seed)["deliveries"]
    assert delivery["status"] == "failed"
    assert [attempt["error"] for attempt in delivery["attempts"]] == [
        "the answer's decision is 'first caption'; stage 'LLM1' has the pathways ['First caption']"
    ]
    assert stages_of(seed) == ["LLM1"]


def test_an_agent_with_several_pathways_must_name_one(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    project = two_pathways(seed)
    register("custom_agent", stage="Triage", project_hash=project.project_hash)
    receiver.will_answer({"decision": "x" * 257})
    add_texts(seed, tmp_path, 1)
    (delivery,) = settled(project)["deliveries"]
    assert delivery["status"] == "failed"
    assert "must name one" in delivery["attempts"][0]["error"]
    assert stages_of(project) == ["Triage"]


def test_a_task_that_the_agent_moved_itself_stays_there(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    receiver.may_answer.clear()
    register("custom_agent")
    add_texts(seed, tmp_path, 1)
    receiver.next_call()
    stage = seed.project().workflow.get_stage(name="LLM1", type_=AgentStage)
    judge = seed.project().workflow.get_stage(name="LLM as Judge", type_=AgentStage)
    next(iter(stage.get_tasks())).move(destination_stage_uuid=judge.uuid)
    receiver.may_answer.set()
    assert settled(seed)["counts"]["delivered"] == 1
    assert stages_of(seed) == ["LLM as Judge"]


def test_a_pending_retry_is_dropped_when_the_task_leaves(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    register("custom_agent", backoff_seconds=3600)
    receiver.will_answer(503)
    add_texts(seed, tmp_path, 1)
    receiver.next_call()
    stage = seed.project().workflow.get_stage(name="LLM1", type_=AgentStage)
    next(iter(stage.get_tasks())).proceed("First caption")
    assert settled(seed)["counts"] == {"pending": 0, "delivered": 0, "failed": 0, "dropped": 1}


def test_a_paused_project_keeps_its_tasks(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    receiver.may_answer.clear()
    register("custom_agent")
    add_texts(seed, tmp_path, 1)
    receiver.next_call()
    seed.project().set_status("paused")  # type: ignore[arg-type]
    receiver.may_answer.set()
    (delivery,) = settled(seed)["deliveries"]
    assert (delivery["status"], delivery["attempts"][0]["status"]) == ("failed", 200)
    assert stages_of(seed) == ["LLM1"]


def test_a_deleted_data_unit_causes_no_more_calls(
    seed: SeedProject, tmp_path: Path, receiver: Receiver, register: Register
) -> None:
    register("custom_agent", backoff_seconds=3600)
    receiver.will_answer(503)
    data_hash = add_texts(seed, tmp_path, 1)[0]
    receiver.next_call()
    seed.client().get_dataset(seed.dataset_hash).delete_data([data_hash])
    assert seed.server.control("GET", "webhooks").json()[0]["deliveries"] == []
