"""Rows move through the agent stages: together if Encord accepts that, one by one if not."""

import time
from dataclasses import replace

import pytest
from encord.workflow import AgentStage

from judge_pipeline.domain.workflow import AGENT_STAGES, CAPTIONING_STAGES, StageKind
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.tasks import SETTLING_SECONDS
from judge_pipeline_tests.encord_project.holding_proxy import holding_proxy
from judge_pipeline_tests.engine.people import complete, move, send
from judge_pipeline_tests.engine.trial import Trial

ACTIONS = "POST projects/{project}/workflow/stages/{stage}/actions"
TASKS = "GET projects/{project}/workflow/stages/{stage}/tasks"


def stages(project: EncordProject) -> dict[str, str]:
    return {row.title.partition(".")[0]: row.stage for row in project.snapshot().images.values()}


def hashes(project: EncordProject) -> list[str]:
    return [row.data_hash for row in project.snapshot().images.values()]


def test_rows_go_through_the_captioning_stages_with_one_request_a_stage(trial: Trial, project: EncordProject) -> None:
    trial.add("red", "green", "blue")
    rows = hashes(project)
    trial.reset_request_counts()
    assert project.move_tasks(rows, CAPTIONING_STAGES) == {}
    assert trial.requests()[ACTIONS] == 2
    assert trial.requests().get(TASKS, 0) == 0  # the rows name them
    assert set(stages(project).values()) == {"LLM as Judge"}


def test_moving_again_moves_nothing(trial: Trial, project: EncordProject) -> None:
    trial.add("red")
    rows = hashes(project)
    project.move_tasks(rows, CAPTIONING_STAGES)
    trial.reset_request_counts()
    assert project.move_tasks(rows, CAPTIONING_STAGES) == {}
    assert trial.writes() == 0
    assert stages(project) == {"red": "LLM as Judge"}


def test_rows_in_different_stages_end_in_the_same_one(trial: Trial, project: EncordProject) -> None:
    trial.add("red", "green", "blue")
    move(trial, "red", "LLM1", "First caption")
    complete(trial, "blue")
    assert project.move_tasks(hashes(project), AGENT_STAGES) == {}
    assert stages(project) == {"red": "Human Review", "green": "Human Review", "blue": "Complete"}


def test_only_the_named_rows_are_moved(trial: Trial, project: EncordProject) -> None:
    trial.add("red", "green")
    red = next(row.data_hash for row in project.snapshot().images.values() if row.title == "red.png")
    project.move_tasks([red], AGENT_STAGES)
    assert stages(project) == {"red": "Human Review", "green": "LLM1"}


def test_a_row_moved_by_someone_else_does_not_block_the_others(trial: Trial, project: EncordProject) -> None:
    """The bundle is refused as a whole; then each task is moved on its own."""
    trial.add("red", "green", "blue")
    rows = hashes(project)
    project.move_tasks(rows, CAPTIONING_STAGES)
    trial.inject_fault(match="POST .*/actions", status=400)
    assert project.move_tasks(rows, [StageKind.JUDGE]) == {}
    assert set(stages(project).values()) == {"Human Review"}
    stage = trial.seed.project().workflow.get_stage(name="LLM as Judge", type_=AgentStage)
    assert list(stage.get_tasks()) == []


@pytest.mark.parametrize("lag", [0.0, 0.2])
def test_a_row_that_has_another_task_by_the_time_it_is_moved_is_moved_by_that(trial: Trial, lag: float) -> None:
    """Someone has led it to the next stage and back since it was listed; its stage may list that task late."""
    trial.add("red", "green", "blue")

    def lead_red_away_and_back() -> None:
        move(trial, "red", "LLM1", "First caption")
        send(trial, "red.png", "LLM1")
        trial.seed.server.control("POST", "config", json={"task_lag_seconds": lag})

    direct = trial.pipeline.connection.domain
    with holding_proxy(direct, "PATHWAY_ACTION", meanwhile=lead_red_away_and_back, seconds=0) as proxy:
        connection = replace(trial.pipeline.connection, domain=proxy.url)
        project = replace(trial.pipeline, connection=connection).open_project()
        try:
            assert project.move_tasks(hashes(project), [StageKind.LLM1]) == {}
        finally:
            trial.seed.server.control("POST", "config", json={"task_lag_seconds": 0.0})
    assert proxy.held == 1
    assert set(stages(trial.project).values()) == {"LLM2"}


@pytest.mark.parametrize("status", [400, 403])
def test_refused_moves_are_returned_with_the_reason_and_not_waited_for(
    trial: Trial, project: EncordProject, status: int
) -> None:
    trial.add("red", "green", "blue")
    trial.inject_fault(match="POST .*/actions", status=status, times=5)
    began = time.monotonic()
    behind = project.move_tasks(hashes(project), [StageKind.LLM1])
    assert time.monotonic() - began < SETTLING_SECONDS / 2
    assert len(behind) == 2
    assert all(reason.startswith("LLM1: Encord at http") for reason in behind.values())
    assert sorted(stages(project).values()) == ["LLM1", "LLM1", "LLM2"]
