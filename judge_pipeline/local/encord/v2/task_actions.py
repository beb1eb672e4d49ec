"""Actions on workflow tasks: atomic lists of actions in one stage, and moves between stages."""

import sqlite3
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from judge_pipeline.local.encord import access, label_reviews, tasks, times
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.tasks import Move
from judge_pipeline.local.encord.wire import Body, Id
from judge_pipeline.local.encord.workflow import Stage, StageKind, Workflow, same_title

router = APIRouter(route_class=V2Route)


class ChoosePathway(Body):
    """An agent's choice of a pathway, by uuid or name."""

    action: Literal["PATHWAY_ACTION"]
    task_uuid: Id
    pathway_uuid: Id | None = None
    pathway_name: str | None = None


class Finish(Body):
    """Finishes annotation or review; by default the task loses its assignee."""

    action: Literal["SUBMIT", "APPROVE", "REJECT"]
    task_uuid: Id
    assignee: str | None = None
    retain_assignee: bool = False
    resolve_label_reviews: bool = True
    approve_label_reviews: bool = True
    reject_label_reviews: bool = True


class Assign(Body):
    """A task gets an assignee."""

    action: Literal["ASSIGN"]
    task_uuid: Id
    assignee: str


class Release(Body):
    """A task loses its assignee."""

    action: Literal["RELEASE"]
    task_uuid: Id


Action = Annotated[ChoosePathway | Finish | Assign | Release, Field(discriminator="action")]

_ALLOWED = {
    StageKind.AGENT: {"PATHWAY_ACTION"},
    StageKind.ANNOTATION: {"SUBMIT", "ASSIGN", "RELEASE"},
    StageKind.REVIEW: {"APPROVE", "REJECT", "ASSIGN", "RELEASE"},
}


class TasksToMove(Body):
    """Tasks to move to any stage."""

    task_uuids: list[Id]
    destination_stage_uuid: Id


@router.post("/v2/public/projects/{project}/workflow/stages/{stage}/actions")
def act(call: CurrentCall, project: Id, stage: Id, actions: list[Action]) -> Json:
    """Act on tasks of one stage; if one action is impossible, none is carried out."""
    with call.state.database.writing() as db:
        workflow = _active_workflow(db, call.caller, project)
        here = workflow.stage(stage)
        found = tasks.in_stage(db, project, here, [action.task_uuid for action in actions])
        moves = []
        for action, task in zip(actions, found, strict=True):
            if action.action not in _ALLOWED.get(here.kind, set()):
                raise InvalidArguments(f"{action.action} is no action of the {here.kind} stage {here.title!r}")
            if isinstance(action, ChoosePathway):
                moves.append(Move(task, workflow.stage(_destination(here, action))))
            elif isinstance(action, Finish):
                moves.append(_finish(db, project, workflow, here, task, action))
            else:
                _assign(db, project, task, action)
        tasks.move(db, project, moves, by=call.caller, rotate_uuids=call.state.options.rotate_task_uuids)
    return Json(None)


@router.post("/v2/public/projects/{project}/workflow/stages/{stage}/move-tasks")
def move_tasks(call: CurrentCall, project: Id, stage: Id, body: TasksToMove) -> Json:
    """Move tasks from one stage to any other, all or none."""
    with call.state.database.writing() as db:
        workflow = _active_workflow(db, call.caller, project)
        found = tasks.in_stage(db, project, workflow.stage(stage), body.task_uuids)
        destination = workflow.stage(body.destination_stage_uuid)
        moves = [Move(task, destination) for task in found]
        tasks.move(db, project, moves, by=call.caller, rotate_uuids=call.state.options.rotate_task_uuids)
    return Json(None)


def _active_workflow(db: sqlite3.Connection, caller: str, project: str) -> Workflow:
    row = access.project(db, caller, project)
    if row["status"] == "paused":
        raise InvalidArguments(f"project {row['title']!r} is paused; its tasks cannot be moved")
    return Workflow.model_validate_json(row["workflow_json"])


def _destination(stage: Stage, action: ChoosePathway) -> str:
    matching = [
        pathway
        for pathway in stage.pathways
        if action.pathway_uuid in (None, pathway.uuid)
        and (action.pathway_name is None or same_title(action.pathway_name, pathway.name))
    ]
    is_named = action.pathway_uuid is not None or action.pathway_name is not None
    if not (matching and is_named):
        asked = action.pathway_name or action.pathway_uuid
        raise InvalidArguments(
            f"stage {stage.title!r} has no pathway {asked!r}; it has {[pathway.name for pathway in stage.pathways]}"
        )
    return matching[0].to


def _finish(
    db: sqlite3.Connection, project: str, workflow: Workflow, stage: Stage, task: sqlite3.Row, finish: Finish
) -> Move:
    assignee = finish.assignee
    if assignee is not None:
        _check_member(db, project, assignee)
    elif finish.retain_assignee:
        assignee = task["assignee"]
        if assignee is None:
            raise InvalidArguments(f"task {task['uuid']} has no assignee to retain")
    if finish.action == "SUBMIT":
        if finish.resolve_label_reviews:
            db.execute(
                "UPDATE label_reviews SET status = 'RESOLVED' WHERE task = ? AND status = 'REJECTED'", (task["seq"],)
            )
        return Move(task, workflow.stage(stage.pathways[0].to), assignee=assignee)
    if finish.action == "APPROVE":
        if finish.approve_label_reviews:
            label_reviews.decide_all(db, stage.uuid, [task["seq"]], "APPROVED")
        return Move(task, workflow.stage(str(stage.approve)), assignee=assignee)
    if finish.reject_label_reviews:
        label_reviews.decide_all(db, stage.uuid, [task["seq"]], "REJECTED")
    return Move(task, workflow.stage(str(stage.reject)), status="REOPENED", assignee=assignee)


def _assign(db: sqlite3.Connection, project: str, task: sqlite3.Row, action: Assign | Release) -> None:
    assignee = action.assignee if isinstance(action, Assign) else None
    if assignee is not None:
        _check_member(db, project, assignee)
    db.execute(
        "UPDATE tasks SET assignee = ?, status = ?, updated_at = ? WHERE seq = ?",
        (assignee, "ASSIGNED" if assignee else "RELEASED", times.now(), task["seq"]),
    )


def _check_member(db: sqlite3.Connection, project: str, email: str) -> None:
    if not db.execute("SELECT 1 FROM project_users WHERE project = ? AND email = ?", (project, email)).fetchone():
        raise InvalidArguments(f"{email} is not a user of project {project}")
