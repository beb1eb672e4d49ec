"""Rows moved through the workflow's agent stages; a move that somebody else made already is a success."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from encord.exceptions import InvalidArgumentsError
from encord.project import Project
from encord.workflow.stages.agent import AgentStage as EncordAgentStage
from encord.workflow.stages.agent import AgentTask
from encord.workflow.stages.final import FinalStage

from judge_pipeline.domain.workflow import AgentStage

TASKS_PER_REQUEST = 100
"""A page of tasks; as many data hashes make a query of 5 kB, which every proxy lets through."""


def move(project: Project, data_hashes: Sequence[str], stage: AgentStage) -> None:
    """Moves the rows that stand in `stage` along its pathway, atomically by list and one by one where a list is refused.

    Rows that have no task there are passed over: whether all arrived is for the caller to read from the snapshot. So a move
    whose answer was lost may be made again.
    """
    encord_stage = project.workflow.get_stage(name=stage.title, type_=EncordAgentStage)
    tasks = list(_tasks(encord_stage, data_hashes))
    if not tasks:
        return
    try:
        with project.create_bundle() as bundle:
            for task in tasks:
                task.proceed(pathway_name=stage.pathway, bundle=bundle)
    except InvalidArgumentsError:
        for task in _tasks(encord_stage, data_hashes):
            try:
                task.proceed(pathway_name=stage.pathway)
            except InvalidArgumentsError:
                continue


def reopen(project: Project, data_hashes: Sequence[str], stage: AgentStage) -> None:
    """Moves the rows that stand in a final stage back to an agent stage; a row that somebody moves meanwhile is theirs."""
    destination = project.workflow.get_stage(name=stage.title, type_=EncordAgentStage).uuid
    for final in project.workflow.stages:
        if isinstance(final, FinalStage):
            for task in [task for chunk in _chunks(data_hashes) for task in final.get_tasks(data_hash=chunk)]:
                with suppress(InvalidArgumentsError):
                    task.move(destination_stage_uuid=destination)


def _tasks(stage: EncordAgentStage, data_hashes: Sequence[str]) -> Iterator[AgentTask]:
    for chunk in _chunks(data_hashes):
        yield from stage.get_tasks(data_hash=chunk)


def _chunks(data_hashes: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(data_hashes), TASKS_PER_REQUEST):
        yield list(data_hashes[start : start + TASKS_PER_REQUEST])
