"""Lists workflow tasks by stage, with a keyset cursor."""

import sqlite3
from typing import Annotated, Any

from fastapi import APIRouter, Query

from judge_pipeline.local.encord import access, times
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.wire import Body, Id, key_of, page_of
from judge_pipeline.local.encord.workflow import Stage, StageKind, Workflow

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


@router.get("/v2/public/projects/{project}/workflow/stages/{stage}/tasks")
def list_tasks(call: CurrentCall, project: Id, stage: Id, wanted: Annotated[TasksWanted, Query()]) -> Json:
    """One page of a stage's tasks: highest priority first, then oldest data first.

    The cursor is the last task seen, not an offset, so tasks that leave between pages shift nothing.
    """
    conditions: dict[str, Any] = {}
    for name, value in wanted:
        if value:
            conditions[name] = json_list(value) if isinstance(value, tuple) else value
    cursor = key_of(wanted.page_token, length=2)
    page_size = call.state.options.task_page_size
    listed_before = times.ago(call.state.options.task_lag_seconds)
    with call.state.database.reading() as db:
        here = Workflow.model_validate_json(access.project(db, call.caller, project)["workflow_json"]).stage(stage)
        rows = db.execute(
            f"""SELECT t.*, r.title FROM tasks t JOIN data_rows r ON r.uuid = t.data_row
                WHERE t.project = :project AND t.stage = :stage AND t.created_at <= :listed_before
                {" ".join(f"AND {_CONDITIONS[name]}" for name in conditions)}
                ORDER BY t.priority DESC, t.seq LIMIT :limit""",  # noqa: S608 - constant texts
            conditions
            | {"project": project, "stage": stage, "listed_before": listed_before, "limit": page_size + 1}
            | {"priority": cursor[0], "seq": cursor[1]},
        ).fetchall()
    return Json(page_of(rows, page_size, ("priority", "seq"), lambda row: _task_wire(row, here)))


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
