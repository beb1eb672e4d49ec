"""Tasks: one for each data row of a project, each in exactly one stage."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from judge_pipeline.local.encord import label_reviews, times
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.workflow import Stage, StageKind, Workflow

DEFAULT_PRIORITY = 0.5


def create(db: sqlite3.Connection, project: str, data_rows: Sequence[str]) -> None:
    """Create tasks for new data rows of a project, in the first stage of the workflow."""
    workflow = workflow_of(db, project)
    at = times.now()
    db.executemany(
        """INSERT OR IGNORE INTO tasks (uuid, project, data_row, stage, status, priority, created_at, updated_at)
           VALUES (?, ?, ?, ?, 'NEW', ?, ?, ?)""",
        [(str(uuid4()), project, data_row, workflow.start, DEFAULT_PRIORITY, at, at) for data_row in data_rows],
    )
    start = workflow.stage(workflow.start)
    if start.kind is StageKind.REVIEW:
        label_reviews.open_reviews(db, project, start.uuid, data_rows)


def workflow_of(db: sqlite3.Connection, project: str) -> Workflow:
    """The workflow of a project."""
    row = db.execute("SELECT workflow_json FROM projects WHERE uuid = ?", (project,)).fetchone()
    return Workflow.model_validate_json(row["workflow_json"])


def in_stage(db: sqlite3.Connection, project: str, stage: Stage, uuids: Sequence[str]) -> list[sqlite3.Row]:
    """The tasks with these uuids, in the given order; InvalidArguments if one is not in the stage or is listed twice."""
    found = {
        row["uuid"]: row
        for row in db.execute(
            "SELECT * FROM tasks WHERE project = ? AND stage = ? AND uuid IN (SELECT value FROM json_each(?))",
            (project, stage.uuid, json_list(uuids)),
        )
    }
    rows = []
    for uuid in uuids:
        if uuid not in found:
            raise InvalidArguments(f"task {uuid} is not in stage {stage.title!r}; nothing was done")
        rows.append(found.pop(uuid))
    return rows


@dataclass(frozen=True)
class Move:
    """A task and the stage to move it to."""

    task: sqlite3.Row
    destination: Stage
    status: str = "NEW"
    assignee: str | None = None


def move(db: sqlite3.Connection, project: str, moves: Sequence[Move], *, by: str, rotate_uuids: bool) -> None:
    """Move tasks to other stages; status, assignee and times start afresh, with `rotate_uuids` also the uuid."""
    at = times.now()
    db.executemany(
        """UPDATE tasks SET uuid = ?, stage = ?, status = ?, assignee = ?, last_actioned_by = ?, created_at = ?,
                            updated_at = ? WHERE seq = ?""",
        [
            (
                str(uuid4()) if rotate_uuids else move.task["uuid"],
                move.destination.uuid,
                "ASSIGNED" if move.assignee else move.status,
                move.assignee,
                by,
                at,
                at,
                move.task["seq"],
            )
            for move in moves
        ],
    )
    for destination in {move.destination for move in moves if move.destination.kind is StageKind.REVIEW}:
        entering = [move.task["data_row"] for move in moves if move.destination == destination]
        label_reviews.open_reviews(db, project, destination.uuid, entering)
