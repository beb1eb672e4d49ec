"""Tasks: atomic lists of actions, new uuids, cursors that survive moves."""

from pathlib import Path
from uuid import UUID

import pytest
from encord.exceptions import InvalidArgumentsError
from encord.orm.project import ProjectStatus
from encord.workflow import AgentStage, FinalStage, ReviewStage
from encord.workflow.stages.agent import AgentTask, AgentTaskStatus
from encord.workflow.stages.final import FinalStageTask
from encord.workflow.stages.review import ReviewTask

from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.processes import wait_until
from judge_pipeline_tests.seed_project import SeedProject


def agent(seed: SeedProject, name: str) -> AgentStage:
    return seed.project().workflow.get_stage(name=name, type_=AgentStage)


def tasks_at(seed: SeedProject, name: str) -> list[AgentTask]:
    return list(agent(seed, name).get_tasks())


def hashes_at(seed: SeedProject, name: str) -> list[str]:
    return [str(task.data_hash) for task in tasks_at(seed, name)]


def stages_of_rows(seed: SeedProject) -> list[str]:
    return [row.workflow_graph_node.title for row in seed.project().list_label_rows_v2() if row.workflow_graph_node]


def proceed_together(seed: SeedProject, tasks: list[AgentTask]) -> None:
    """One list of actions."""
    with seed.project().create_bundle() as bundle:
        for task in tasks:
            task.proceed("First caption", bundle=bundle)


def test_a_retried_proceed_is_reported_as_400(seed: SeedProject, tmp_path: Path) -> None:
    """The SDK retries an action whose response was lost; a successful move then looks like a failure."""
    add_texts(seed, tmp_path, 1)
    seed.server.control("POST", "faults", json={"match": "POST .*/actions$", "status": "reset", "when": "after"})
    with pytest.raises(InvalidArgumentsError, match="is not in stage 'LLM1'"):
        tasks_at(seed, "LLM1")[0].proceed("First caption")
    assert len(tasks_at(seed, "LLM2")) == 1


def test_a_list_of_actions_is_carried_out_entirely_or_not_at_all(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 3)
    tasks = tasks_at(seed, "LLM1")
    tasks[1].proceed("First caption")
    with pytest.raises(InvalidArgumentsError):
        proceed_together(seed, tasks)
    assert len(tasks_at(seed, "LLM1")) == 2


def test_the_same_task_twice_in_a_list_refuses_it(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 1)
    with pytest.raises(InvalidArgumentsError):
        proceed_together(seed, tasks_at(seed, "LLM1") * 2)
    assert len(tasks_at(seed, "LLM1")) == 1


def test_a_pathway_is_chosen_by_name_or_uuid(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 3)
    stage = agent(seed, "LLM1")
    by_name, by_uuid, by_both = stage.get_tasks()
    pathway = stage.pathways[0]
    by_name.proceed(pathway_name="First caption")
    by_uuid.proceed(pathway_uuid=pathway.uuid)
    by_both.proceed(pathway_name="First caption", pathway_uuid=pathway.uuid)
    assert len(tasks_at(seed, "LLM2")) == 3


def test_pathways_and_stages_are_found_in_any_case(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 1)
    tasks_at(seed, "LLM1")[0].proceed(pathway_name="FIRST CAPTION")
    (row,) = seed.project().list_label_rows_v2(workflow_graph_node_title_eq="llm2")
    assert row.workflow_graph_node is not None
    assert row.workflow_graph_node.title == "LLM2"


def test_a_pathway_of_another_stage_is_refused(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 1)
    task = tasks_at(seed, "LLM1")[0]
    with pytest.raises(InvalidArgumentsError, match="it has \\['First caption'\\]"):
        task.proceed("Second caption")
    with pytest.raises(InvalidArgumentsError):
        task.proceed(pathway_uuid=agent(seed, "LLM2").pathways[0].uuid)


@pytest.mark.parametrize("is_rotating", [True, False])
def test_a_task_uuid_survives_a_move_only_on_request(seed: SeedProject, tmp_path: Path, is_rotating: bool) -> None:
    seed.server.control("POST", "config", json={"rotate_task_uuids": is_rotating})
    add_texts(seed, tmp_path, 1)
    task = tasks_at(seed, "LLM1")[0]
    task.proceed("First caption")
    moved = tasks_at(seed, "LLM2")[0]
    assert (moved.uuid == task.uuid) is not is_rotating
    assert moved.last_actioned_by == seed.server.email
    row = seed.project().list_label_rows_v2()[0]
    assert row.task_uuid == moved.uuid


def test_moving_tasks_while_paging_loses_and_repeats_nothing(seed: SeedProject, tmp_path: Path) -> None:
    seed.server.control("POST", "config", json={"task_page_size": 3})
    expected = set(add_texts(seed, tmp_path, 11))
    seen = []
    for task in agent(seed, "LLM1").get_tasks():
        seen.append(str(task.data_hash))
        task.proceed("First caption")
    assert len(seen) == len(set(seen))
    assert set(seen) == expected == set(hashes_at(seed, "LLM2"))


def test_tasks_are_listed_by_priority_then_age(seed: SeedProject, tmp_path: Path) -> None:
    seed.server.control("POST", "config", json={"task_page_size": 2})
    first, second, third, fourth, fifth = add_texts(seed, tmp_path, 5)
    project = seed.project()
    rows = {row.data_hash: row for row in project.list_label_rows_v2()}
    with project.create_bundle() as bundle:
        rows[fourth].set_priority(0.9, bundle=bundle)
        rows[first].set_priority(0.1, bundle=bundle)
    assert hashes_at(seed, "LLM1") == [fourth, second, third, fifth, first]
    assert {row.data_hash: row.priority for row in project.list_label_rows_v2()}[fourth] == pytest.approx(0.9)


def test_a_priority_out_of_range_is_refused(seed: SeedProject, tmp_path: Path) -> None:
    data_hash = add_texts(seed, tmp_path, 1)[0]
    with pytest.raises(InvalidArgumentsError, match=data_hash):
        seed.project().list_label_rows_v2()[0].set_priority(1.5)


def test_tasks_are_found_by_data_dataset_title_and_status(seed: SeedProject, tmp_path: Path) -> None:
    first, second, third = add_texts(seed, tmp_path, 3)
    stage = agent(seed, "LLM1")

    def found(tasks: object) -> list[str]:
        return [str(task.data_hash) for task in tasks]  # type: ignore[attr-defined]

    assert found(stage.get_tasks(data_hash=[third, first])) == [first, third]
    assert found(stage.get_tasks(data_title="TEXT-001")) == [second]
    assert found(stage.get_tasks(dataset_hash=seed.dataset_hash)) == [first, second, third]
    assert found(stage.get_tasks(dataset_hash=first)) == []
    assert found(stage.get_tasks(assignee="nobody@example.com")) == []
    assert found(stage.get_tasks(status=AgentTaskStatus.NEW)) == [first, second, third]
    assert found(stage.get_tasks(status=[AgentTaskStatus.COMPLETED, AgentTaskStatus.SKIPPED])) == []


def test_tasks_of_a_paused_project_cannot_be_moved(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 1)
    task = tasks_at(seed, "LLM1")[0]
    project = seed.project()
    project.set_status(ProjectStatus.PAUSED)
    with pytest.raises(InvalidArgumentsError, match="paused"):
        task.proceed("First caption")
    project.set_status(ProjectStatus.IN_PROGRESS)
    task.proceed("First caption")


def test_a_task_can_be_moved_to_any_stage_and_back(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 3)
    workflow = seed.project().workflow
    archive = workflow.get_stage(name="Archive", type_=FinalStage)
    judge = workflow.get_stage(name="LLM as Judge", type_=AgentStage)
    with seed.project().create_bundle() as bundle:
        for task in tasks_at(seed, "LLM1"):
            task.move(destination_stage_uuid=archive.uuid, bundle=bundle)
    archived: list[FinalStageTask] = list(archive.get_tasks())
    assert len(archived) == 3
    archived[0].move(destination_stage_uuid=judge.uuid)
    assert hashes_at(seed, "LLM as Judge") == [str(archived[0].data_hash)]
    with pytest.raises(InvalidArgumentsError):
        archived[0].move(destination_stage_uuid=judge.uuid)


def test_approved_tasks_are_complete_and_rejected_ones_archived(seed: SeedProject, tmp_path: Path) -> None:
    approved, rejected = add_texts(seed, tmp_path, 2)
    workflow = seed.project().workflow
    review = workflow.get_stage(name="Human Review", type_=ReviewStage)
    for task in tasks_at(seed, "LLM1"):
        task.move(destination_stage_uuid=review.uuid)
    waiting: dict[str, ReviewTask] = {str(task.data_hash): task for task in review.get_tasks()}
    waiting[approved].approve()
    waiting[rejected].reject()
    complete = workflow.get_stage(name="Complete", type_=FinalStage)
    assert complete.uuid == UUID("7e7598de-612c-40c4-ba08-5dfec8c3ae8f")
    assert [str(task.data_hash) for task in complete.get_tasks()] == [approved]
    archive = workflow.get_stage(name="Archive", type_=FinalStage)
    assert [str(task.data_hash) for task in archive.get_tasks()] == [rejected]
    rows = {row.data_hash: row for row in seed.project().list_label_rows_v2()}
    assert rows[approved].priority is None


def test_an_assignee_is_a_member_and_stays_with_the_task_only_on_request(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 3)
    seed.server.another_user("reviewer@example.com")
    project = seed.project()
    review = project.workflow.get_stage(name="Human Review", type_=ReviewStage)
    for task in tasks_at(seed, "LLM1"):
        task.move(destination_stage_uuid=review.uuid)
    with pytest.raises(InvalidArgumentsError, match="not a user of project"):
        next(iter(review.get_tasks())).assign("reviewer@example.com")
    project.add_users(["reviewer@example.com"], 2)  # type: ignore[arg-type]
    assigned, kept, released = review.get_tasks()
    for waiting in (assigned, kept, released):
        waiting.assign("reviewer@example.com")
    assert len(list(review.get_tasks(assignee="reviewer@example.com"))) == 3
    released.release()
    statuses = {str(task.data_hash): task.status.value for task in review.get_tasks()}
    assert statuses[str(released.data_hash)] == "RELEASED"
    assert statuses[str(kept.data_hash)] == "ASSIGNED"
    with pytest.raises(InvalidArgumentsError, match="no assignee to retain"):
        released.approve(retain_assignee=True)
    kept.approve(retain_assignee=True)
    assigned.approve()
    rows = {row.data_hash: row for row in project.list_label_rows_v2()}
    assert rows[str(kept.data_hash)].assigned_user_email == "reviewer@example.com"
    assert rows[str(assigned.data_hash)].assigned_user_email is None


def test_a_stage_can_list_a_task_late(seed: SeedProject, tmp_path: Path) -> None:
    """After linking or moving, the row shows the new stage before the stage lists the task, so programs must poll."""
    seed.server.control("POST", "config", json={"task_lag_seconds": 0.3})
    (data_hash,) = add_texts(seed, tmp_path, 1)
    assert hashes_at(seed, "LLM1") == []
    assert stages_of_rows(seed) == ["LLM1"]
    wait_until(lambda: hashes_at(seed, "LLM1") == [data_hash], seconds=10)
    tasks_at(seed, "LLM1")[0].proceed("First caption")
    assert hashes_at(seed, "LLM2") == []
    assert stages_of_rows(seed) == ["LLM2"]
    wait_until(lambda: hashes_at(seed, "LLM2") == [data_hash], seconds=10)


def test_a_label_row_names_its_stage_and_task(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 2)
    tasks_at(seed, "LLM1")[0].proceed("First caption")
    project = seed.project()
    assert sorted(stages_of_rows(seed)) == ["LLM1", "LLM2"]
    at_second = project.list_label_rows_v2(workflow_graph_node_title_eq="LLM2")
    assert [row.task_uuid for row in at_second] == [task.uuid for task in tasks_at(seed, "LLM2")]
    assert len(project.list_label_rows_v2(workflow_graph_node_title_like="LLM%")) == 2
    assert {row.workflow_graph_node for row in project.list_label_rows_v2(include_workflow_graph_node=False)} == {None}
