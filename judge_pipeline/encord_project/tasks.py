"""Workflow tasks of rows: moved through the agent stages, approved, and reopened.

A task that someone else has moved first counts as done: which rows have arrived is read from the rows. So every call may
be repeated after a lost response.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar
from uuid import UUID

from encord.exceptions import InvalidArgumentsError
from encord.http.bundle import Bundle
from encord.project import Project
from encord.workflow.stages.agent import AgentStage as EncordAgentStage
from encord.workflow.stages.agent import AgentTask
from encord.workflow.stages.final import FinalStage
from encord.workflow.stages.review import ReviewStage, ReviewTask

from judge_pipeline.domain.workflow import AGENT_STAGES, COMPLETE, JUDGE, REVIEW, AgentStage, has_left
from judge_pipeline.encord_project.errors import ProjectMismatch
from judge_pipeline.encord_project.retries import poll
from judge_pipeline.encord_project.rows import list_label_rows, to_rows

Task = TypeVar("Task", AgentTask, ReviewTask)

REBUILD = "build the workflow shown in the README and create the project from it"

TASKS_PER_REQUEST = 100
"""A page of tasks; as many data hashes make a 5 kB query, which every proxy accepts."""

SETTLING_SECONDS = 30
"""How long a linked row or a moved task may take to show up; Encord documents no limit."""

APPROVAL_SECONDS = 10
"""How long an approved task may take to leave Human Review; a person is waiting."""


def check_agent_stages(project: Project) -> None:
    """Checks that the workflow has the three agent stages with their pathways.

    Raises:
        ProjectMismatch: one is missing.
    """
    found = {
        stage.title: [pathway.name for pathway in stage.pathways]
        for stage in project.workflow.stages
        if isinstance(stage, EncordAgentStage)
    }
    for stage in AGENT_STAGES:
        if stage.pathway not in found.get(stage.title, ()):
            have = "; ".join(f"{title}: {', '.join(names)}" for title, names in found.items()) or "none"
            raise ProjectMismatch(
                f"the workflow of project {project.title!r} has no agent stage {stage.title!r} with the pathway "
                f"{stage.pathway!r} (agent stages found: {have}); {REBUILD}"
            )


def proceed(project: Project, data_hashes: Sequence[str], stages: Sequence[AgentStage]) -> dict[str, str]:
    """Moves rows along the pathways of these stages in order; returns the stage title of each row still in one of them."""

    def move() -> None:
        for stage in stages:
            _proceed(project, data_hashes, stage)

    return _until_moved(project, data_hashes, move, lambda stage: has_left(stage, stages[-1]), SETTLING_SECONDS)


def approve(project: Project, data_hashes: Sequence[str]) -> dict[str, str]:
    """Approves the rows in Human Review; returns the stage title of each row still there.

    Raises:
        ProjectMismatch: the workflow has no review stage of that title.
    """
    return _until_moved(
        project,
        data_hashes,
        lambda: _approve(project, data_hashes),
        lambda stage: stage != REVIEW,
        APPROVAL_SECONDS,
    )


def reopen_for_judge(project: Project, data_hashes: Sequence[str]) -> None:
    """Moves the rows in any final stage back to the judge's stage; the others are skipped."""
    destination = project.workflow.get_stage(name=JUDGE.title, type_=EncordAgentStage).uuid
    _reopen(project, data_hashes, destination)


def reopen_for_review(project: Project, data_hashes: Sequence[str]) -> None:
    """Moves the rows in Complete back to Human Review; the others are skipped.

    Raises:
        ProjectMismatch: the workflow has no review stage of that title.
    """
    _reopen(project, data_hashes, _review_stage(project).uuid, from_title=COMPLETE)


def _until_moved(
    project: Project,
    data_hashes: Sequence[str],
    move: Callable[[], None],
    has_moved: Callable[[str], bool],
    seconds: float,
) -> dict[str, str]:
    def move_and_read() -> dict[str, str]:
        move()
        rows = to_rows(list_label_rows(project, data_hashes))
        return {row.data_hash: row.stage for row in rows if not has_moved(row.stage)}

    return poll(move_and_read, until=lambda remaining: not remaining, timeout_seconds=seconds, interval_seconds=0.5)


def _proceed(project: Project, data_hashes: Sequence[str], stage: AgentStage) -> None:
    encord_stage = project.workflow.get_stage(name=stage.title, type_=EncordAgentStage)

    def tasks() -> list[AgentTask]:
        return [task for chunk in _chunks(data_hashes) for task in encord_stage.get_tasks(data_hash=chunk)]

    def move(task: AgentTask, bundle: Bundle | None) -> None:
        task.proceed(pathway_name=stage.pathway, bundle=bundle)

    _act(project, tasks, move)


def _approve(project: Project, data_hashes: Sequence[str]) -> None:
    stage = _review_stage(project)

    def tasks() -> list[ReviewTask]:
        return list(stage.get_tasks(data_hash=list(data_hashes)))

    def approve_task(task: ReviewTask, bundle: Bundle | None) -> None:
        task.approve(bundle=bundle)

    _act(project, tasks, approve_task)


def _act(project: Project, tasks: Callable[[], list[Task]], act: Callable[[Task, Bundle | None], None]) -> None:
    """Acts on all tasks in one bundle, which is atomic; if it is refused, on each of the remaining tasks."""
    found = tasks()
    if not found:
        return
    try:
        with project.create_bundle() as bundle:
            for task in found:
                act(task, bundle)
    except InvalidArgumentsError:
        for task in tasks():
            with suppress(InvalidArgumentsError):
                act(task, None)


def _reopen(project: Project, data_hashes: Sequence[str], destination: UUID, *, from_title: str | None = None) -> None:
    for stage in project.workflow.stages:
        if isinstance(stage, FinalStage) and from_title in (None, stage.title):
            for task in [task for chunk in _chunks(data_hashes) for task in stage.get_tasks(data_hash=chunk)]:
                with suppress(InvalidArgumentsError):
                    task.move(destination_stage_uuid=destination)


def _review_stage(project: Project) -> ReviewStage:
    stages = project.workflow.stages
    for stage in stages:
        if isinstance(stage, ReviewStage) and stage.title == REVIEW:
            return stage
    have = ", ".join(repr(stage.title) for stage in stages)
    raise ProjectMismatch(
        f"the workflow of project {project.title!r} has no review stage {REVIEW!r} (it has: {have}); {REBUILD}"
    )


def _chunks(data_hashes: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(data_hashes), TASKS_PER_REQUEST):
        yield list(data_hashes[start : start + TASKS_PER_REQUEST])
