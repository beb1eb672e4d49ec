"""Lists a project's label rows: every data row with its stage, task and label status, in one statement."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import from_json

from judge_pipeline.local.encord import data_groups, frames, times
from judge_pipeline.local.encord.data_rows import DATA_TYPES
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.exchange import Call
from judge_pipeline.local.encord.wire import Id, Moment
from judge_pipeline.local.encord.workflow import Stage, StageKind, Workflow, same_title

MAIN_BRANCH = "main"

_SELECT = """
  SELECT r.uuid AS data_hash, r.title AS data_title, d.uuid AS dataset, d.title AS dataset_title,
         i.uuid AS item, i.type, i.object_key, i.mime_type, i.file_size, i.width, i.height, i.client_metadata_json,
         i.media_json,
         t.uuid AS task, t.stage, t.priority, t.assignee, t.last_actioned_by,
         b.value AS branch, l.hash AS label_hash, l.created_at, l.edited_at, l.errors_json
  FROM project_datasets p JOIN datasets d ON d.uuid = p.dataset JOIN data_rows r ON r.dataset = d.uuid
  JOIN items i ON i.uuid = r.item JOIN json_each(:branches) b
  LEFT JOIN tasks t ON t.project = p.project AND t.data_row = r.uuid
  LEFT JOIN label_rows l ON l.project = p.project AND l.data_row = r.uuid AND l.branch = b.value
  WHERE p.project = :project
"""

_CONDITIONS = {
    "data_hashes": "r.uuid IN (SELECT value FROM json_each(:data_hashes))",
    "label_hashes": "l.hash IN (SELECT value FROM json_each(:label_hashes))",
    "data_title_eq": "r.title = :data_title_eq",
    "data_title_like": "r.title LIKE :data_title_like",
    "edited_before": "l.edited_at < :edited_before",
    "edited_after": "l.edited_at >= :edited_after",
    "stages": "t.stage IN (SELECT value FROM json_each(:stages))",
}


class LabelRowFilter(BaseModel):
    """The payload of `v1 GET labelrowmetadata`; None means no condition, `*_like` is an SQL LIKE pattern."""

    model_config = ConfigDict(frozen=True)

    data_hashes: list[Id] | None = None
    label_hashes: list[Id] | None = None
    data_title_eq: str | None = None
    data_title_like: str | None = None
    edited_before: Moment | None = None
    edited_after: Moment | None = None
    label_statuses: list[str] | None = None
    workflow_graph_node_title_eq: str | None = None
    workflow_graph_node_title_like: str | None = None
    include_uninitialised_labels: bool | None = False
    include_client_metadata: bool | None = False
    include_images_data: bool | None = False
    include_workflow_graph_node: bool | None = True
    include_all_label_branches: bool | None = False
    branch_name: str | None = None


def label_rows(
    db: sqlite3.Connection, call: Call, project: str, workflow: Workflow, wanted: LabelRowFilter
) -> list[dict[str, Any]]:
    """All matching rows, oldest data first; there is no paging."""
    conditions = {
        name: json_list(value) if isinstance(value, list) else value
        for name in _CONDITIONS
        if name != "stages" and (value := getattr(wanted, name)) is not None
    }
    stages = _stages_by_title(db, workflow, wanted)
    if stages is not None:
        conditions["stages"] = json_list(stages)
    branch = wanted.branch_name or MAIN_BRANCH
    sql = [_SELECT, *(f"AND {_CONDITIONS[name]}" for name in conditions)]
    branches = [branch]
    if wanted.include_all_label_branches:
        branches = branches_of(db, project)
        sql.append("AND (b.value = 'main' OR l.hash IS NOT NULL)")
    if not wanted.include_uninitialised_labels:
        sql.append("AND l.hash IS NOT NULL")
    rows = db.execute(
        " ".join([*sql, "ORDER BY r.seq, b.key"]), conditions | {"project": project, "branches": json_list(branches)}
    )
    found = rows.fetchall()
    spaces = data_groups.spaces(db, ((row["item"], row["type"]) for row in found))
    return list(_wire(db, found, spaces, {stage.uuid: stage for stage in workflow.stages}, wanted))


def branches_of(db: sqlite3.Connection, project: str) -> list[str]:
    """The label branches of a project: `main`, then the others that have labels."""
    rows = db.execute("SELECT DISTINCT branch FROM label_rows WHERE project = ? ORDER BY branch", (project,))
    return [MAIN_BRANCH, *(row["branch"] for row in rows if row["branch"] != MAIN_BRANCH)]


def label_status(stage: Stage | None, *, is_initialised: bool) -> str:
    """The label status of a row, from the stage of its task."""
    if not is_initialised:
        return "NOT_LABELLED"
    if stage is None or not (stage.is_final or stage.kind is StageKind.REVIEW):
        return "LABEL_IN_PROGRESS"
    return "REVIEWED" if stage.kind is StageKind.COMPLETE else "LABELLED"


def _stages_by_title(db: sqlite3.Connection, workflow: Workflow, wanted: LabelRowFilter) -> list[str] | None:
    exact, pattern = wanted.workflow_graph_node_title_eq, wanted.workflow_graph_node_title_like
    if exact is None and pattern is None:
        return None
    rows = db.execute(
        """SELECT value ->> 'uuid' AS uuid, value ->> 'title' AS title FROM json_each(:stages)
           WHERE :pattern IS NULL OR value ->> 'title' LIKE :pattern""",
        {
            "stages": json.dumps([{"uuid": stage.uuid, "title": stage.title} for stage in workflow.stages]),
            "pattern": pattern,
        },
    )
    return [row["uuid"] for row in rows if exact is None or same_title(row["title"], exact)]


def _wire(
    db: sqlite3.Connection,
    rows: Sequence[sqlite3.Row],
    spaces: Mapping[str, dict[str, Any]],
    stages: dict[str, Stage],
    wanted: LabelRowFilter,
) -> Iterator[dict[str, Any]]:
    for row in rows:
        stage = stages.get(row["stage"])
        node = {"uuid": stage.uuid, "title": stage.title} if stage and wanted.include_workflow_graph_node else None
        status = label_status(stage, is_initialised=row["label_hash"] is not None)
        if wanted.label_statuses is not None and status not in wanted.label_statuses:
            continue
        yield {
            "label_hash": row["label_hash"],
            "task_uuid": row["task"],
            "branch_name": row["branch"],
            "label_status": status,
            "created_at": times.label_form(row["created_at"]) if row["created_at"] else None,
            "last_edited_at": times.label_form(row["edited_at"]) if row["edited_at"] else None,
            "data_hash": row["data_hash"],
            "group_hash": None,
            "dataset_hash": row["dataset"],
            "dataset_title": row["dataset_title"],
            "data_title": row["data_title"],
            "data_type": DATA_TYPES[row["type"]],
            "is_shadow_data": False,
            **frames.listed(row["type"], from_json(row["media_json"])),
            "data_link": row["object_key"] or None,
            "file_type": row["mime_type"],
            "file_size": row["file_size"],
            "width": row["width"],
            "height": row["height"],
            "spaces": spaces.get(row["item"], {}),
            "priority": None if stage is None or stage.is_final else row["priority"],
            "is_valid": row["errors_json"] in (None, "[]"),
            "backing_item_uuid": row["item"],
            "assigned_user_email": row["assignee"],
            "last_actioned_by_user_email": row["last_actioned_by"],
            "workflow_graph_node": node,
            "images_data": frames.images_data(db, row) if wanted.include_images_data else None,
            "client_metadata": from_json(row["client_metadata_json"]) if wanted.include_client_metadata else None,
        }
