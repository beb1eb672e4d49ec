"""Workflow tasks: listed with a keyset cursor, acted on in atomic lists, moved between stages."""

import sqlite3
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from judge_pipeline.local_encord import access, label_reviews, tasks, times
from judge_pipeline.local_encord.answers import Json
from judge_pipeline.local_encord.database import each
from judge_pipeline.local_encord.errors import InvalidArguments
from judge_pipeline.local_encord.exchange import CurrentCall, V2Route
from judge_pipeline.local_encord.tasks import Move
from judge_pipeline.local_encord.wire import Body, Id, key_of, page, token_after
from judge_pipeline.local_encord.workflow import Stage, StageKind, Workflow

router = APIRouter(route_class=V2Route)

_CONDITIONS = {
    "user_emails": "t.assignee IN (SELECT value FROM json_each(:user_emails))",
    "data_hashes": "t.data_row IN (SELECT value FROM json_each(:data_hashes))",
    "dataset_hashes": "r.dataset IN (SELECT value FROM json_each(:dataset_hashes))",
    "statuses": "t.status IN (SELECT value FROM json_each(:statuses))",
    "data_title_contains": "instr(lower(r.title), lower(:data_title_contains)) > 0",
    "page_token": "(t.priority < :priority OR (t.priority = :priority AND t.seq > :seq))",
}


class TasksWanted(Body):
    """Which tasks of a stage to list; an empty list means no condition."""

    user_emails: tuple[str, ...] = ()
    data_hashes: tuple[Id, ...] = ()
    dataset_hashes: tuple[Id, ...] = ()
    statuses: tuple[str, ...] = ()
    data_title_contains: str | None = None
    page_token: str | None = None


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


@router.get("/v2/public/projects/{project}/workflow/stages/{stage}/tasks")
def list_tasks(call: CurrentCall, project: Id, stage: Id, wanted: Annotated[TasksWanted, Query()]) -> Json:
    """One page of a stage's tasks: highest priority first, then oldest data first.

    The cursor names the last task seen, not a number of tasks: those that leave meanwhile shift nothing.
    """
    conditions: dict[str, Any] = {}
    for name, value in wanted:
        if value:
            conditions[name] = each(value) if isinstance(value, tuple) else value
    cursor = key_of(wanted.page_token, length=2) if wanted.page_token else [None, None]
    page_size = call.state.options.task_page_size
    with call.state.database.reading() as db:
        here = _workflow(access.project(db, call.caller, project)).stage(stage)
        rows = db.execute(
            f"""SELECT t.*, r.title FROM tasks t JOIN data_rows r ON r.uuid = t.data_row
                WHERE t.project = :project AND t.stage = :stage
                {" ".join(f"AND {_CONDITIONS[name]}" for name in conditions)}
                ORDER BY t.priority DESC, t.seq LIMIT :limit""",  # noqa: S608 - constant texts
            conditions
            | {"project": project, "stage": stage, "priority": cursor[0], "seq": cursor[1], "limit": page_size + 1},
        ).fetchall()
    shown = rows[:page_size]
    token = token_after([shown[-1]["priority"], shown[-1]["seq"]]) if len(rows) > len(shown) else None
    return Json(page([_task_wire(row, here) for row in shown], token))


@router.post("/v2/public/projects/{project}/workflow/stages/{stage}/actions")
def act(call: CurrentCall, project: Id, stage: Id, actions: list[Action]) -> Json:
    """Act on tasks of one stage: all actions or, when one is impossible, none."""
    with call.state.database.writing() as db:
        row = access.project(db, call.caller, project)
        _check_running(row)
        workflow = _workflow(row)
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
        row = access.project(db, call.caller, project)
        _check_running(row)
        workflow = _workflow(row)
        found = tasks.in_stage(db, project, workflow.stage(stage), body.task_uuids)
        destination = workflow.stage(body.destination_stage_uuid)
        moves = [Move(task, destination) for task in found]
        tasks.carry_out(db, project, moves, by=call.caller, rotate_uuids=call.state.options.rotate_task_uuids)
    return Json(None)


def _workflow(project: sqlite3.Row) -> Workflow:
    return Workflow.model_validate_json(project["workflow_json"])


def _check_running(project: sqlite3.Row) -> None:
    if project["status"] == "paused":
        raise InvalidArguments(f"project {project['title']!r} is paused; its tasks cannot be moved")


def _task_wire(row: sqlite3.Row, stage: Stage) -> dict[str, Any]:
    task = {
        "uuid": row["uuid"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
        "dataHash": row["data_row"],
        "dataTitle": row["title"],
    }
    if stage.is_final:
        return task
    task |= {"status": row["status"], "assignee": row["assignee"]}
    if stage.kind is not StageKind.REVIEW:
        task["labelBranchName"] = "main"
    if stage.kind is StageKind.AGENT:
        task["lastActionedBy"] = row["last_actioned_by"]
    return task


def _way_out(stage: Stage, action: Pathway) -> str:
    fits: list[Callable[[Any], bool]] = []
    if action.pathway_uuid is not None:
        fits.append(lambda way: way.uuid == action.pathway_uuid)
    if action.pathway_name is not None:
        fits.append(lambda way: way.name == action.pathway_name)
    ways = [way for way in stage.pathways if fits and all(fit(way) for fit in fits)]
    if not ways:
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
