"""Judging again, and Encord's notifications: what the agent asks of Dagster."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from encord.orm.project import ProjectStatus

from judge_pipeline.domain.tag import tag_for
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.local.encord.webhooks.calls import Reason, notification
from judge_pipeline_tests.editor_agent.harness import Agent, Harness
from judge_pipeline_tests.editor_agent.test_access import EDITOR, KEY, policy, signature
from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.processes import wait_until
from judge_pipeline_tests.seed_project import SeedProject


def move(seed: SeedProject, title: str, *ways: tuple[str, str]) -> None:
    """Moves a task out of agent stages, each by its pathway."""
    from encord.workflow import AgentStage

    for stage, pathway in ways:
        (task,) = seed.project().workflow.get_stage(name=stage, type_=AgentStage).get_tasks(data_title=title)
        task.proceed(pathway_name=pathway)


def approve(seed: SeedProject, title: str) -> None:
    from encord.workflow import ReviewStage

    review = seed.project().workflow.get_stage(name="Human Review", type_=ReviewStage)
    (task,) = review.get_tasks(data_title=title)
    task.approve()


CAPTIONED = (("LLM1", "First caption"), ("LLM2", "Second caption"))
JUDGED = (*CAPTIONED, ("LLM as Judge", "LLM Ruling"))


def test_the_judge_is_asked_again_about_the_open_image(harness: Harness, agent: Agent) -> None:
    move(harness.seed, "red.png", *JUDGED)
    answer = agent.click(harness.data_hash("red.png"), route="rejudge")
    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Queued: the judge will be asked again. http://127.0.0.1:3000/runs/0f1d",
        "status": "queued",
        "run_id": "0f1d",
        "url": "http://127.0.0.1:3000/runs/0f1d",
    }
    row = EncordProject.open(harness.connection, harness.seed.project_hash).row(harness.data_hash("red.png"))
    assert row is not None
    assert harness.runs.rejudged == [tag_for(project_hash=harness.seed.project_hash, item_uuid=row.item_uuid)]


def test_a_paused_project_is_named_and_queues_no_run(harness: Harness, agent: Agent) -> None:
    move(harness.seed, "red.png", *JUDGED)
    harness.seed.project().set_status(ProjectStatus.PAUSED)
    answer = agent.click(harness.data_hash("red.png"), route="rejudge")
    harness.seed.project().set_status(ProjectStatus.IN_PROGRESS)
    assert "is paused in Encord" in answer.json()["message"]
    assert harness.runs.rejudged == []


def test_a_double_click_queues_one_run(harness: Harness, agent: Agent) -> None:
    move(harness.seed, "red.png", *CAPTIONED)
    for _ in range(2):
        assert agent.click(harness.data_hash("red.png"), route="rejudge").json()["status"] == "queued"
    assert len(harness.runs.rejudged) == 1


def test_an_image_without_captions_is_not_judged(harness: Harness, agent: Agent) -> None:
    answer = agent.click(harness.data_hash("red.png"), route="rejudge")
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "'red.png' is in LLM1: it has no captions to judge yet.",
    )


def test_a_finished_image_is_not_judged_again(harness: Harness, agent: Agent) -> None:
    move(harness.seed, "red.png", *JUDGED)
    approve(harness.seed, "red.png")
    answer = agent.click(harness.data_hash("red.png"), route="rejudge")
    assert answer.status_code == 409
    assert answer.json()["message"].startswith("'red.png' is in Complete: a person has finished it")
    assert harness.runs.rejudged == []


def test_a_caption_is_not_judged(harness: Harness, agent: Agent, tmp_path: Path) -> None:
    (data_hash,) = add_texts(harness.seed, tmp_path, 1)
    answer = agent.click(data_hash, route="rejudge")
    assert answer.status_code == 409
    assert "is a caption; open its image" in answer.json()["message"]


def test_an_unavailable_dagster_is_reported_without_its_address(harness: Harness, agent: Agent) -> None:
    move(harness.seed, "red.png", *CAPTIONED)
    harness.runs.is_reachable = False
    answer = agent.click(harness.data_hash("red.png"), route="rejudge")
    assert answer.status_code == 503
    assert answer.json() == {"message": "Dagster did not accept the run; try again in a minute."}


def test_an_agent_without_a_pipeline_only_describes(harness: Harness) -> None:
    with harness.agent(with_pipeline=False) as agent:
        answer = agent.click(harness.data_hash("red.png"), route="rejudge")
        assert answer.status_code == 409
        assert answer.json()["message"].startswith("This agent only describes frames")
        assert agent.click(harness.data_hash("red.png")).status_code == 200


def event(harness: Harness, **differing: Any) -> bytes:
    body = json.loads(
        notification(
            uid=str(uuid4()),
            at="2026-01-01T00:00:00Z",
            project=harness.seed.project_hash,
            stage=str(uuid4()),
            pending_count=2,
            reason=Reason.BATCH_SIZE_REACHED,
        )
    )
    return json.dumps(body | differing).encode()


def test_a_notification_triggers_a_sensor_tick(harness: Harness) -> None:
    with harness.agent(policy(harness)) as agent:
        body = event(harness)
        answer = agent.post(body, route=f"{KEY}/task-ready", **signature(body))
        assert (answer.status_code, answer.content) == (200, b"")
        wait_until(lambda: harness.runs.ticks == 1, seconds=5)


def test_an_unsigned_notification_is_refused(harness: Harness) -> None:
    with harness.agent(policy(harness)) as agent:
        body = event(harness)
        assert agent.post(body, route=f"{KEY}/task-ready", Origin=EDITOR).status_code == 401
        assert agent.post(body, route=f"{KEY}/task-ready", **signature(body, "another")).status_code == 401
    assert harness.runs.ticks == 0


@pytest.mark.parametrize(
    ("differing", "status"),
    [
        ({"event_type": "task_submitted_event", "version": 7, "payload": None}, 200),
        ({"version": 2}, 400),
        ({"payload": {"project_hash": "x"}}, 400),
        ({"payload": None}, 400),
    ],
)
def test_other_events_are_ignored_and_invalid_ones_refused(
    harness: Harness, differing: dict[str, Any], status: int
) -> None:
    with harness.agent(policy(harness)) as agent:
        body = event(harness, **differing)
        assert agent.post(body, route=f"{KEY}/task-ready", **signature(body)).status_code == status
    assert harness.runs.ticks == 0


def test_a_notification_about_another_project_is_refused(harness: Harness) -> None:
    other = str(uuid4())
    with harness.agent(policy(harness, projects={harness.seed.project_hash, other})) as agent:
        work = {"project_hash": other, "stage_uuid": str(uuid4()), "pending_count": 1, "reason": "new_reason"}
        body = event(harness, payload=work)
        assert agent.post(body, route=f"{KEY}/task-ready", **signature(body)).status_code == 403


def test_the_local_encords_notification_triggers_a_sensor_tick(harness: Harness) -> None:
    """A webhook registered with the local Encord, which signs and sends it when a task is in the stage."""
    from judge_pipeline_tests.editor_agent.test_signatures import SECRET

    with harness.agent(policy(harness)) as agent:
        hook = {
            "project_hash": harness.seed.project_hash,
            "stage": "LLM1",
            "url": f"{agent.url}/{KEY}/task-ready",
            "secret": SECRET,
            "kind": "task_ready",
        }
        harness.seed.server.control("POST", "webhooks", json=hook)
        wait_until(lambda: harness.runs.ticks == 1, seconds=10)
    (registered,) = [
        each
        for each in harness.seed.server.control("GET", "webhooks").json()
        if each["project_hash"] == harness.seed.project_hash
    ]
    assert registered["counts"]["delivered"] == 1
    harness.seed.server.control("DELETE", "webhooks")
