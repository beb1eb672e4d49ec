"""Workflow tasks of rows: moved through the agent stages, approved, and reopened.

A task that someone else has moved first counts as done: which rows have arrived is read from the rows. So every call may
be repeated after a lost response. A task that Encord refuses stays where it is, and the others move.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from encord.exceptions import AuthorisationError, InvalidArgumentsError
from encord.http.bundle import Bundle
from encord.orm.label_row import LabelRowMetadata
from encord.project import Project
from encord.workflow.stages.agent import AgentStage, _ActionPathway
from encord.workflow.stages.final import FinalStage, FinalStageTask
from encord.workflow.stages.review import ReviewStage, ReviewTask

from judge_pipeline.domain.workflow import StageKind, Workflow, stages_before
from judge_pipeline.encord_project.errors import ProjectMismatch, RowRefused
from judge_pipeline.encord_project.retries import poll
from judge_pipeline.encord_project.row_by_row import RowByRow
from judge_pipeline.encord_project.rows import list_label_rows
from judge_pipeline.encord_project.stages import check_active
from judge_pipeline.encord_project.write_guard import before_write

Task = TypeVar("Task")

TASKS_PER_REQUEST = 100
"""A page of tasks; as many data hashes make a 5 kB query, which every proxy accepts."""

SETTLING_SECONDS = 30
"""How long a linked row or a moved task may take to show up; Encord documents no limit."""

APPROVAL_SECONDS = 10
"""How long an approved task may take to leave the review; a person is waiting."""


def proceed(
    project: Project,
    workflow: Workflow,
    data_hashes: Sequence[str],
    stages: Sequence[StageKind],
    row_by_row: RowByRow,
) -> dict[str, str]:
    """Moves rows along the pathways of these stages in order; returns the stage title of each row that is not past them.

    After the title comes Encord's reason if it has refused the move. A row in an agent stage before these is not waited for.
    """

    is_first = True

    def move() -> tuple[dict[str, RowRefused], Sequence[LabelRowMetadata]]:
        nonlocal is_first
        refused: dict[str, RowRefused] = {}
        rows = list_label_rows(project, data_hashes)
        for stage in stages:
            if standing := [row for row in rows if _kind(row, workflow) is stage]:
                refused |= _proceed(project, workflow, standing, stage, row_by_row, is_first=is_first)
                rows = list_label_rows(project, data_hashes)
        is_first = False
        return refused, rows

    def has_moved(kind: StageKind) -> bool:
        return kind.has_left(stages[-1])

    before = frozenset(stage.title for stage in workflow.of_kind(*stages_before(stages[0])))
    return _until_moved(workflow, move, has_moved, SETTLING_SECONDS, not_awaited=before)


def approve(project: Project, workflow: Workflow, data_hashes: Sequence[str], row_by_row: RowByRow) -> dict[str, str]:
    """Approves the rows in review; returns the stage title of each row still there, and Encord's reason like `proceed`.

    Raises:
        ProjectMismatch: the workflow has no review stage.
    """
    stages = review_stages(project, workflow)

    def approve_all() -> tuple[dict[str, RowRefused], Sequence[LabelRowMetadata]]:
        refused: dict[str, RowRefused] = {}
        for stage in stages:
            refused |= _approve(project, stage, data_hashes, row_by_row)
        return refused, list_label_rows(project, data_hashes)

    def has_moved(kind: StageKind) -> bool:
        return kind is not StageKind.REVIEW

    return _until_moved(workflow, approve_all, has_moved, APPROVAL_SECONDS)


def reopen_for_judge(project: Project, workflow: Workflow, data_hashes: Sequence[str], row_by_row: RowByRow) -> None:
    """Moves the rows in any final stage back to the judge's stage; the others are skipped, refused ones too."""
    (judge,) = workflow.of_kind(StageKind.JUDGE)
    _reopen(project, workflow, data_hashes, UUID(judge.uuid), (StageKind.COMPLETE, StageKind.ARCHIVE), row_by_row)


def reopen_for_review(project: Project, workflow: Workflow, data_hashes: Sequence[str], row_by_row: RowByRow) -> None:
    """Moves the rows in Complete back to review; the others are skipped.

    Raises:
        ProjectMismatch: the workflow has no review stage.
    """
    review = review_stages(project, workflow)[0].uuid
    _reopen(project, workflow, data_hashes, review, (StageKind.COMPLETE,), row_by_row)


def _until_moved(
    workflow: Workflow,
    move: Callable[[], tuple[dict[str, RowRefused], Sequence[LabelRowMetadata]]],
    has_moved: Callable[[StageKind], bool],
    seconds: float,
    not_awaited: Collection[str] = (),
) -> dict[str, str]:
    """`move` returns the refusals, and the rows as they are afterwards."""
    refused: dict[str, RowRefused] = {}

    def move_and_read() -> dict[str, str]:
        nonlocal refused
        refused, rows = move()
        return {
            row.data_hash: row.workflow_graph_node.title if row.workflow_graph_node else ""
            for row in rows
            if not has_moved(_kind(row, workflow))
        }

    remaining = poll(
        move_and_read,
        until=lambda remaining: all(each in refused or stage in not_awaited for each, stage in remaining.items()),
        timeout_seconds=seconds,
        interval_seconds=0.5,
    )
    return {
        data_hash: f"{stage}: {refused[data_hash]}" if data_hash in refused else stage
        for data_hash, stage in remaining.items()
    }


def _kind(row: LabelRowMetadata, workflow: Workflow) -> StageKind:
    return workflow.kind_of(row.workflow_graph_node.uuid) if row.workflow_graph_node else StageKind.OTHER


def _proceed(
    project: Project,
    workflow: Workflow,
    rows: Sequence[LabelRowMetadata],
    kind: StageKind,
    row_by_row: RowByRow,
    *,
    is_first: bool,
) -> Mapping[str, RowRefused]:
    """Moves rows that stand in this stage, the first time by the tasks that they name: that saves a request for each page of tasks.

    If Encord refuses these, they are looked up among the stage's tasks. What has none there has left the stage and its row says so
    late, or has come back and the stage says so late: that is not a refusal.
    """
    (stage,) = workflow.of_kind(kind)
    encord_stage = project.workflow.get_stage(uuid=stage.uuid, type_=AgentStage)
    pathway = UUID(workflow.pathways[kind].uuid)

    def move(task_uuid: UUID, bundle: Bundle) -> None:
        action = _ActionPathway(task_uuid=task_uuid, pathway_uuid=pathway)
        encord_stage._workflow_client.action(encord_stage.uuid, action, bundle=bundle)  # noqa: SLF001

    named = {row.data_hash: row.task_uuid for row in rows if is_first and row.task_uuid}
    together: set[str] = set()
    refused = _act(project, "moving tasks", named, move, row_by_row, together=together)
    chunks = _chunks([row.data_hash for row in rows if row.data_hash in together or row.data_hash not in named])
    listed = {str(task.data_hash): task.uuid for chunk in chunks for task in encord_stage.get_tasks(data_hash=chunk)}
    alone = {data_hash: refusal for data_hash, refusal in refused.items() if data_hash not in together}
    return alone | _act(project, "moving tasks", listed, move, row_by_row)


def _approve(
    project: Project, stage: ReviewStage, data_hashes: Sequence[str], row_by_row: RowByRow
) -> Mapping[str, RowRefused]:
    def approve_task(task: ReviewTask, bundle: Bundle) -> None:
        task.approve(bundle=bundle)

    tasks = {str(task.data_hash): task for task in stage.get_tasks(data_hash=list(data_hashes))}
    return _act(project, "approving tasks", tasks, approve_task, row_by_row)


def _act(
    project: Project,
    action: str,
    tasks: Mapping[str, Task],
    act: Callable[[Task, Bundle], None],
    row_by_row: RowByRow,
    *,
    together: set[str] | None = None,
) -> dict[str, RowRefused]:
    """Acts on all tasks, by data hash, in one bundle, which is atomic; returns the refusals.

    `together` gets the rows of a refused bundle, of which perhaps one was refused; without it they are tried again in halves.

    Raises:
        ProjectInactive: it is refused, and the project has been paused since it was opened.
    """
    checked: list[Project] = []

    def act_on(data_hashes: Sequence[str]) -> dict[str, RowRefused | None]:
        try:
            with project.create_bundle() as bundle:
                for data_hash in data_hashes:
                    act(tasks[data_hash], bundle)
                before_write()
        except (InvalidArgumentsError, AuthorisationError) as error:
            if isinstance(error, InvalidArgumentsError) and not checked:
                project.refetch_data()
                check_active(project)
                checked.append(project)
            if together is not None:
                together.update(data_hashes)
                return dict.fromkeys(data_hashes, RowRefused(str(error)))
            raise
        return dict.fromkeys(data_hashes)

    return row_by_row.each(action, list(tasks), act_on, may_stop_the_run=False).refused


def _reopen(
    project: Project,
    workflow: Workflow,
    data_hashes: Sequence[str],
    destination: UUID,
    origins: Collection[StageKind],
    row_by_row: RowByRow,
) -> None:
    def move(task: FinalStageTask, bundle: Bundle) -> None:
        task.move(destination_stage_uuid=destination, bundle=bundle)

    for stage in workflow.of_kind(*origins):
        final_stage = project.workflow.get_stage(uuid=stage.uuid, type_=FinalStage)
        chunks = _chunks(data_hashes)
        tasks = {str(task.data_hash): task for chunk in chunks for task in final_stage.get_tasks(data_hash=chunk)}
        _act(project, "reopening tasks", tasks, move, row_by_row)


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
