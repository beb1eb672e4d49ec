"""Actions on workflow tasks: atomic lists of decisions on one stage, and moves from stage to stage."""

import sqlite3
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from judge_pipeline.local.encord import access, label_reviews, tasks, times
from judge_pipeline.local.encord.answers import Json
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.tasks import Move
from judge_pipeline.local.encord.wire import Body, Id
from judge_pipeline.local.encord.workflow import Stage, StageKind, Workflow

router = APIRouter(route_class=V2Route)


class Pathway(Body):
    """An agent's choice of the way out, by uuid or name."""

    action: Literal["PATHWAY_ACTION"]
    task_uuid: Id
    pathway_uuid: Id | None = None
    pathway_name: str | None = None


class Decision(Body):
    """The end of annotation or review; by default the assignee is let go."""

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


Action = Annotated[Pathway | Decision | Assign | Release, Field(discriminator="action")]

_ALLOWED = {
    StageKind.AGENT: {"PATHWAY_ACTION"},
    StageKind.ANNOTATION: {"SUBMIT", "ASSIGN", "RELEASE"},
    StageKind.REVIEW: {"APPROVE", "REJECT", "ASSIGN", "RELEASE"},
}


class TasksToMove(Body):
    """Tasks that jump to any stage."""

    task_uuids: list[Id]
    destination_stage_uuid: Id


@router.post("/v2/public/projects/{project}/workflow/stages/{stage}/actions")
def act(call: CurrentCall, project: Id, stage: Id, actions: list[Action]) -> Json:
    """Act on tasks of one stage: all actions or, when one is impossible, none."""
    with call.state.database.writing() as db:
        workflow = _workflow_in_motion(db, call.caller, project)
        here = workflow.stage(stage)
        found = tasks.in_stage(db, project, here, [action.task_uuid for action in actions])
        moves = []
        for action, task in zip(actions, found, strict=True):
            if action.action not in _ALLOWED.get(here.kind, set()):
                raise InvalidArguments(f"{action.action} is no action of the {here.kind} stage {here.title!r}")
            if isinstance(action, Pathway):
                moves.append(Move(task, workflow.stage(_way_out(here, action))))
            elif isinstance(action, Decision):
                moves.append(_decide(db, project, workflow, here, task, action))
            else:
                _assign(db, project, task, action)
        tasks.carry_out(db, project, moves, by=call.caller, rotate_uuids=call.state.options.rotate_task_uuids)
    return Json(None)


@router.post("/v2/public/projects/{project}/workflow/stages/{stage}/move-tasks")
def move_tasks(call: CurrentCall, project: Id, stage: Id, body: TasksToMove) -> Json:
    """Put tasks of one stage into any other, all or none."""
    with call.state.database.writing() as db:
        workflow = _workflow_in_motion(db, call.caller, project)
        found = tasks.in_stage(db, project, workflow.stage(stage), body.task_uuids)
        destination = workflow.stage(body.destination_stage_uuid)
        moves = [Move(task, destination) for task in found]
        tasks.carry_out(db, project, moves, by=call.caller, rotate_uuids=call.state.options.rotate_task_uuids)
    return Json(None)


def _workflow_in_motion(db: sqlite3.Connection, caller: str, project: str) -> Workflow:
    row = access.project(db, caller, project)
    if row["status"] == "paused":
        raise InvalidArguments(f"project {row['title']!r} is paused; its tasks cannot be moved")
    return Workflow.model_validate_json(row["workflow_json"])


def _way_out(stage: Stage, action: Pathway) -> str:
    ways = [
        way
        for way in stage.pathways
        if action.pathway_uuid in (None, way.uuid) and action.pathway_name in (None, way.name)
    ]
    is_named = action.pathway_uuid is not None or action.pathway_name is not None
    if not (ways and is_named):
        asked = action.pathway_name or action.pathway_uuid
        raise InvalidArguments(
            f"stage {stage.title!r} has no pathway {asked!r}; it has {[way.name for way in stage.pathways]}"
        )
    return ways[0].to


def _decide(
    db: sqlite3.Connection, project: str, workflow: Workflow, stage: Stage, task: sqlite3.Row, decision: Decision
) -> Move:
    assignee = decision.assignee
    if assignee is not None:
        _check_member(db, project, assignee)
    elif decision.retain_assignee:
        assignee = task["assignee"]
        if assignee is None:
            raise InvalidArguments(f"task {task['uuid']} has no assignee to retain")
    if decision.action == "SUBMIT":
        if decision.resolve_label_reviews:
            db.execute(
                "UPDATE label_reviews SET status = 'RESOLVED' WHERE task = ? AND status = 'REJECTED'", (task["seq"],)
            )
        return Move(task, workflow.stage(stage.pathways[0].to), assignee=assignee)
    if decision.action == "APPROVE":
        if decision.approve_label_reviews:
            label_reviews.decide_all(db, stage.uuid, [task["seq"]], "APPROVED")
        return Move(task, workflow.stage(str(stage.approve)), assignee=assignee)
    if decision.reject_label_reviews:
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
