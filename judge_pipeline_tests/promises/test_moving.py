"""Rows pass each agent stage of the workflow once, however often they are moved."""

import pytest
from encord.exceptions import InvalidArgumentsError
from encord.workflow import AgentStage
from encord.workflow.stages.agent import AgentTask

from judge_pipeline.domain.workflow import AGENT_STAGES, StageKind
from judge_pipeline_tests.promises.target import EncordTarget, soon


def tasks(target: EncordTarget, stage: str, data_hashes: list[str]) -> list[AgentTask]:
    found = target.project().workflow.get_stage(name=stage, type_=AgentStage)
    return sorted(found.get_tasks(data_hash=list(data_hashes)), key=lambda task: data_hashes.index(str(task.data_hash)))


def waiting(target: EncordTarget, stage: str, data_hashes: list[str]) -> list[AgentTask]:
    """The rows' tasks in a stage, once all have arrived."""
    assert soon(lambda: len(tasks(target, stage, data_hashes)), len(data_hashes)) == len(data_hashes)
    return tasks(target, stage, data_hashes)


def proceed_together(target: EncordTarget, moving: list[AgentTask]) -> None:
    with target.project().create_bundle() as bundle:
        for task in moving:
            task.proceed("First caption", bundle=bundle)


def test_a_moved_task_is_gone_from_its_stage_and_in_the_next(encord_target: EncordTarget) -> None:
    data_hashes = encord_target.linked_images(1)
    waiting(encord_target, "LLM1", data_hashes)[0].proceed("First caption")
    assert soon(lambda: len(tasks(encord_target, "LLM2", data_hashes)), 1) == 1
    assert tasks(encord_target, "LLM1", data_hashes) == []


def test_moving_twice_is_refused_without_effect(encord_target: EncordTarget) -> None:
    """A move whose response was lost is repeated; its refusal says nothing about the first attempt."""
    data_hashes = encord_target.linked_images(1)
    task = waiting(encord_target, "LLM1", data_hashes)[0]
    task.proceed("First caption")
    with pytest.raises(InvalidArgumentsError):
        task.proceed("First caption")
    assert soon(lambda: encord_target.stages(data_hashes), ["LLM2"]) == ["LLM2"]


def test_rows_name_their_tasks(encord_target: EncordTarget) -> None:
    """So the pipeline moves rows without listing the tasks of their stage, page by page."""
    data_hashes = encord_target.linked_images(2)
    first = waiting(encord_target, "LLM1", data_hashes)
    first[0].proceed("First caption")
    second = waiting(encord_target, "LLM2", data_hashes[:1])
    rows = encord_target.project().list_label_rows_v2(data_hashes=data_hashes)
    assert {row.data_hash: row.task_uuid for row in rows} == {
        data_hashes[0]: second[0].uuid,
        data_hashes[1]: first[1].uuid,
    }


def test_one_moved_task_refuses_its_whole_bundle(encord_target: EncordTarget) -> None:
    """So the pipeline retries the tasks of a refused bundle one by one."""
    data_hashes = encord_target.linked_images(2)
    gone, here = waiting(encord_target, "LLM1", data_hashes)
    gone.proceed("First caption")
    with pytest.raises(InvalidArgumentsError):
        proceed_together(encord_target, [here, gone])
    assert soon(lambda: encord_target.stages(data_hashes), ["LLM2", "LLM1"]) == ["LLM2", "LLM1"]


def test_an_unknown_pathway_is_refused(encord_target: EncordTarget) -> None:
    data_hashes = encord_target.linked_images(1)
    with pytest.raises(InvalidArgumentsError):
        waiting(encord_target, "LLM1", data_hashes)[0].proceed("No such pathway")
    assert encord_target.stages(data_hashes) == ["LLM1"]


def test_rows_move_through_every_agent_stage_to_review(encord_target: EncordTarget) -> None:
    data_hashes = encord_target.linked_images(2)
    assert encord_target.pipeline().move_tasks(data_hashes, AGENT_STAGES) == {}
    assert encord_target.stages(data_hashes) == ["Human Review", "Human Review"]


def test_rows_of_several_stages_are_moved_together(encord_target: EncordTarget) -> None:
    """After a crash the rows of one tag are in different stages."""
    data_hashes = encord_target.linked_images(2)
    pipeline = encord_target.pipeline()
    assert pipeline.move_tasks(data_hashes[:1], [StageKind.LLM1]) == {}
    assert pipeline.move_tasks(data_hashes, [StageKind.LLM1, StageKind.LLM2]) == {}
    assert encord_target.stages(data_hashes) == ["LLM as Judge", "LLM as Judge"]


def test_moving_again_changes_nothing(encord_target: EncordTarget) -> None:
    data_hashes = encord_target.linked_images(1)
    pipeline = encord_target.pipeline()
    for _ in range(2):
        assert pipeline.move_tasks(data_hashes, [StageKind.LLM1]) == {}
    assert encord_target.stages(data_hashes) == ["LLM2"]
