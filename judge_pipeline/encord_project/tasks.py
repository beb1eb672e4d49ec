"""Workflow tasks of rows: moved through the agent stages, approved, and reopened.

A task that someone else has moved first counts as done: which rows have arrived is read from the rows. So every call may
be repeated after a lost response.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar
from uuid import UUID

from encord.exceptions import InvalidArgumentsError
from encord.http.bundle import Bundle
from encord.project import Project
from encord.workflow.stages.agent import AgentStage, AgentTask
from encord.workflow.stages.final import FinalStage
from encord.workflow.stages.review import ReviewStage, ReviewTask

from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.workflow import StageKind, Workflow
from judge_pipeline.encord_project.errors import ProjectMismatch
from judge_pipeline.encord_project.retries import poll
from judge_pipeline.encord_project.rows import list_label_rows, to_rows
from judge_pipeline.encord_project.stages import check_active
from judge_pipeline.encord_project.write_guard import before_write

Task = TypeVar("Task", AgentTask, ReviewTask)

TASKS_PER_REQUEST = 100
"""A page of tasks; as many data hashes make a 5 kB query, which every proxy accepts."""

SETTLING_SECONDS = 30
"""How long a linked row or a moved task may take to show up; Encord documents no limit."""

APPROVAL_SECONDS = 10
"""How long an approved task may take to leave the review; a person is waiting."""


def proceed(
    project: Project, workflow: Workflow, data_hashes: Sequence[str], stages: Sequence[StageKind]
) -> dict[str, str]:
    """Moves rows along the pathways of these stages in order; returns the stage title of each row still in one of them."""

    def move() -> None:
        for stage in stages:
            _proceed(project, workflow, data_hashes, stage)

    def has_moved(row: ProjectRow) -> bool:
        return row.kind.has_left(stages[-1])

    return _until_moved(project, workflow, data_hashes, move, has_moved, SETTLING_SECONDS)


def approve(project: Project, workflow: Workflow, data_hashes: Sequence[str]) -> dict[str, str]:
    """Approves the rows in review; returns the stage title of each row still there.

    Raises:
        ProjectMismatch: the workflow has no review stage.
    """
    stages = review_stages(project, workflow)

    def approve_all() -> None:
        for stage in stages:
            _approve(project, stage, data_hashes)

    def has_moved(row: ProjectRow) -> bool:
        return row.kind is not StageKind.REVIEW

    return _until_moved(project, workflow, data_hashes, approve_all, has_moved, APPROVAL_SECONDS)


def reopen_for_judge(project: Project, workflow: Workflow, data_hashes: Sequence[str]) -> None:
    """Moves the rows in any final stage back to the judge's stage; the others are skipped."""
    (judge,) = workflow.of_kind(StageKind.JUDGE)
    _reopen(project, workflow, data_hashes, UUID(judge.uuid), (StageKind.COMPLETE, StageKind.ARCHIVE))


def reopen_for_review(project: Project, workflow: Workflow, data_hashes: Sequence[str]) -> None:
    """Moves the rows in Complete back to review; the others are skipped.

    Raises:
        ProjectMismatch: the workflow has no review stage.
    """
    _reopen(project, workflow, data_hashes, review_stages(project, workflow)[0].uuid, (StageKind.COMPLETE,))


def _until_moved(
    project: Project,
    workflow: Workflow,
    data_hashes: Sequence[str],
    move: Callable[[], None],
    has_moved: Callable[[ProjectRow], bool],
    seconds: float,
) -> dict[str, str]:
    def move_and_read() -> dict[str, str]:
        move()
        rows = to_rows(list_label_rows(project, data_hashes), workflow)
        return {row.data_hash: row.stage for row in rows if not has_moved(row)}

    return poll(move_and_read, until=lambda remaining: not remaining, timeout_seconds=seconds, interval_seconds=0.5)


def _proceed(project: Project, workflow: Workflow, data_hashes: Sequence[str], kind: StageKind) -> None:
    (stage,) = workflow.of_kind(kind)
    encord_stage = project.workflow.get_stage(uuid=stage.uuid, type_=AgentStage)
    pathway = UUID(workflow.pathways[kind].uuid)

    def tasks() -> list[AgentTask]:
        return [task for chunk in _chunks(data_hashes) for task in encord_stage.get_tasks(data_hash=chunk)]

    def move(task: AgentTask, bundle: Bundle | None) -> None:
        task.proceed(pathway_uuid=pathway, bundle=bundle)

    _act(project, tasks, move)


def _approve(project: Project, stage: ReviewStage, data_hashes: Sequence[str]) -> None:
    def tasks() -> list[ReviewTask]:
        return list(stage.get_tasks(data_hash=list(data_hashes)))

    def approve_task(task: ReviewTask, bundle: Bundle | None) -> None:
        task.approve(bundle=bundle)

    _act(project, tasks, approve_task)


def _act(project: Project, tasks: Callable[[], list[Task]], act: Callable[[Task, Bundle | None], None]) -> None:
    """Acts on all tasks in one bundle, which is atomic; if it is refused, on each of the remaining tasks.

    Raises:
        ProjectInactive: it is refused, and the project has been paused since it was opened.
    """
    found = tasks()
    if not found:
        return
    try:
        with project.create_bundle() as bundle:
            for task in found:
                act(task, bundle)
            before_write()
    except InvalidArgumentsError:
        project.refetch_data()
        check_active(project)
        for task in tasks():
            before_write()
            with suppress(InvalidArgumentsError):
                act(task, None)


def _reopen(
    project: Project,
    workflow: Workflow,
    data_hashes: Sequence[str],
    destination: UUID,
    origins: Collection[StageKind],
) -> None:
    for stage in workflow.of_kind(*origins):
        final_stage = project.workflow.get_stage(uuid=stage.uuid, type_=FinalStage)
        for task in [task for chunk in _chunks(data_hashes) for task in final_stage.get_tasks(data_hash=chunk)]:
            before_write()
            with suppress(InvalidArgumentsError):
                task.move(destination_stage_uuid=destination)


def review_stages(project: Project, workflow: Workflow) -> list[ReviewStage]:
    """The stages in which rows wait for a person's choice.

    Raises:
        ProjectMismatch: the workflow has none.
    """
    reviews = workflow.of_kind(StageKind.REVIEW)
    if not reviews:
        raise ProjectMismatch(
            f"the workflow of project {project.title!r} has no review stage (its stages: "
            f"{workflow.titles_of(*StageKind)}); add one in Encord"
        )
    return [project.workflow.get_stage(uuid=stage.uuid, type_=ReviewStage) for stage in reviews]


def _chunks(data_hashes: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(data_hashes), TASKS_PER_REQUEST):
        yield list(data_hashes[start : start + TASKS_PER_REQUEST])
