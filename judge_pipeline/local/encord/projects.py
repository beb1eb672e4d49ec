"""Projects: datasets, an ontology and a workflow."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from judge_pipeline.local.encord import access, properties, tasks, times
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import NotAuthorised
from judge_pipeline.local.encord.properties import PropertyFilter
from judge_pipeline.local.encord.workflow import Workflow, default_workflow

_EMPTY_EDITOR = '{"objects": [], "classifications": [], "skeleton_templates": []}'


def shared_with(
    db: sqlite3.Connection, caller: str, wanted: PropertyFilter, *, tags: Sequence[str] = ()
) -> list[sqlite3.Row]:
    """The caller's matching projects that have one of `tags`, if given; each with the caller's `role`."""
    return db.execute(
        f"""SELECT p.*, u.role FROM projects p JOIN project_users u ON u.project = p.uuid AND u.email = :caller
            WHERE {properties.SQL} AND (:tags = '[]' OR EXISTS (
              SELECT 1 FROM project_tags a JOIN organisation_tags t ON t.uuid = a.tag
              WHERE a.project = p.uuid AND t.name IN (SELECT value FROM json_each(:tags))))
            ORDER BY created_at""",  # noqa: S608 - constant text
        wanted.parameters() | {"caller": caller, "tags": json_list(tags)},
    ).fetchall()


def create(
    db: sqlite3.Connection,
    caller: str,
    *,
    title: str,
    description: str,
    datasets: Sequence[str],
    ontology: str | None,
    template: str | None,
) -> str:
    """Create a project with its own copy of the template's workflow; returns its uuid.

    Without a template the workflow is annotate and review; without an ontology the project gets an empty one.
    """
    uuid, at = str(uuid4()), times.now()
    workflow = default_workflow() if template is None else template_workflow(db, template)
    if ontology is None:
        ontology = str(uuid4())
        db.execute(
            "INSERT INTO ontologies VALUES (?, ?, '', ?, ?, ?, ?)", (ontology, title, _EMPTY_EDITOR, caller, at, at)
        )
    access.ontology(db, caller, ontology)
    db.execute(
        "INSERT INTO projects VALUES (?, ?, ?, 'inProgress', ?, ?, NULL, ?, ?, ?)",
        (uuid, title, description, ontology, workflow.model_dump_json(), caller, at, at),
    )
    db.execute("INSERT INTO project_users VALUES (?, ?, ?)", (uuid, caller, access.ADMIN))
    attach(db, caller, uuid, datasets)
    return uuid


def copy(
    db: sqlite3.Connection,
    caller: str,
    project: sqlite3.Row,
    *,
    title: str | None,
    description: str | None,
    with_datasets: bool,
    with_users: bool,
) -> str:
    """Create a project with another's ontology and workflow, all tasks in the first stage; returns its uuid."""
    uuid, at = str(uuid4()), times.now()
    db.execute(
        "INSERT INTO projects VALUES (?, ?, ?, 'inProgress', ?, ?, ?, ?, ?, ?)",
        (
            uuid,
            title or f"Copy of {project['title']}",
            project["description"] if description is None else description,
            *(project["ontology"], project["workflow_json"], project["editor_layout_json"]),
            *(caller, at, at),
        ),
    )
    db.execute("INSERT INTO project_users VALUES (?, ?, ?)", (uuid, caller, access.ADMIN))
    if with_users:
        db.execute(
            "INSERT OR IGNORE INTO project_users SELECT ?, email, role FROM project_users WHERE project = ?",
            (uuid, project["uuid"]),
        )
    if with_datasets:
        rows = db.execute("SELECT dataset FROM project_datasets WHERE project = ?", (project["uuid"],)).fetchall()
        attach(db, caller, uuid, [row["dataset"] for row in rows])
    return uuid


def attach(db: sqlite3.Connection, caller: str, project: str, datasets: Sequence[str]) -> None:
    """Add datasets to a project; each of their data rows gets a task."""
    for dataset in datasets:
        access.dataset(db, caller, dataset)
        db.execute("INSERT OR IGNORE INTO project_datasets VALUES (?, ?)", (project, dataset))
        rows = db.execute("SELECT uuid FROM data_rows WHERE dataset = ? ORDER BY seq", (dataset,)).fetchall()
        tasks.create(db, project, [row["uuid"] for row in rows])


def datasets_of(db: sqlite3.Connection, project: str) -> list[sqlite3.Row]:
    """The datasets of a project, oldest first."""
    return db.execute(
        """SELECT d.* FROM datasets d JOIN project_datasets p ON p.dataset = d.uuid
           WHERE p.project = ? ORDER BY d.created_at""",
        (project,),
    ).fetchall()


def detach(db: sqlite3.Connection, project: str, datasets: Sequence[str]) -> None:
    """Remove datasets from a project, with the tasks, labels and issues of their data rows."""
    for dataset in datasets:
        db.execute("DELETE FROM project_datasets WHERE project = ? AND dataset = ?", (project, dataset))
        for table in ("tasks", "label_rows", "issues"):
            db.execute(
                f"DELETE FROM {table} WHERE project = ? AND data_row IN (SELECT uuid FROM data_rows WHERE dataset = ?)",  # noqa: S608
                (project, dataset),
            )


def template_workflow(db: sqlite3.Connection, template: str) -> Workflow:
    """The workflow of a template."""
    row = db.execute("SELECT workflow_json FROM workflow_templates WHERE uuid = ?", (template,)).fetchone()
    if row is None:
        raise NotAuthorised(
            f"workflow template {template} does not exist; create it with POST /_local/workflow-templates"
        )
    return Workflow.model_validate_json(row["workflow_json"])


def wire(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """A project in the form of the SDK's `ProjectDTO`; `row` comes from `access.project`."""
    ontology = db.execute("SELECT editor_json FROM ontologies WHERE uuid = ?", (row["ontology"],)).fetchone()
    workflow = Workflow.model_validate_json(row["workflow_json"])
    return {
        "projectHash": row["uuid"],
        "projectType": "workflow",
        "status": row["status"],
        "title": row["title"],
        "description": row["description"],
        "createdAt": row["created_at"],
        "creatorEmail": row["creator"],
        "lastEditedAt": row["edited_at"],
        "ontologyHash": row["ontology"],
        "editorOntology": json.loads(ontology["editor_json"]),
        "userRole": row["role"],
        "sourceProjects": [],
        "workflowManagerUuid": row["uuid"],
        "workflow": workflow.wire(),
    }
