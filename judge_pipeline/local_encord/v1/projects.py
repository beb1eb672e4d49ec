"""Queries about a project, and those that make and delete projects."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from judge_pipeline.local_encord import access, projects, tasks, times
from judge_pipeline.local_encord.database import each
from judge_pipeline.local_encord.errors import InvalidArguments
from judge_pipeline.local_encord.tasks import Move
from judge_pipeline.local_encord.v1.envelope import Query
from judge_pipeline.local_encord.wire import Id
from judge_pipeline.local_encord.workflow import StageKind, Workflow


class NewProject(BaseModel):
    """A project to create; `workflow_template_id` is a template's uuid."""

    title: str
    description: str = ""
    dataset_hashes: list[Id]
    ontology_hash: Id | None = None
    workflow_template_id: Id | None = None


class DatasetsToAdd(BaseModel):
    """Datasets to attach."""

    dataset_hashes: list[Id]


class UsersToAdd(BaseModel):
    """E-mail addresses and their role: 0 admin … 5 viewer."""

    user_emails: list[str]
    user_role: int = Field(ge=0, le=5)


class GraphAction(BaseModel):
    """What becomes of the tasks of label rows."""

    action: Literal["reopen", "complete"]


def create_project(query: Query) -> str:
    """`project POST` of a user: returns the bare project hash."""
    new = NewProject.model_validate(query.payload)
    with query.call.state.database.writing() as db:
        return projects.create(
            db,
            query.call.caller,
            title=new.title,
            description=new.description,
            datasets=new.dataset_hashes,
            ontology=new.ontology_hash,
            template=new.workflow_template_id,
        )


def delete_project(query: Query) -> bool:
    """`project DELETE` of a user: the project with its tasks and labels; datasets and ontology stay."""
    with query.call.state.database.writing() as db:
        for project in query.ids():
            access.project_admin(db, query.call.caller, project)
            db.execute("DELETE FROM projects WHERE uuid = ?", (project,))
    return True


def get_project(query: Query) -> dict[str, Any]:
    """`project GET`: the older description of a project."""
    with query.call.state.database.reading() as db:
        row = access.project(db, query.call.caller, query.resource)
        wire = projects.wire(db, row)
    return {
        "project_hash": row["uuid"],
        "title": row["title"],
        "description": row["description"],
        "created_at": times.plain(row["created_at"]),
        "last_edited_at": times.plain(row["edited_at"]),
        "editor_ontology": wire["editorOntology"],
        "datasets": [],
        "label_rows": [],
        "ontology_hash": row["ontology"],
        "source_projects": [],
        "workflow_manager_uuid": row["uuid"],
    }


def attach_datasets(query: Query) -> bool:
    """`projectdataset POST`: more datasets for a project."""
    wanted = DatasetsToAdd.model_validate(query.payload)
    with query.call.state.database.writing() as db:
        access.project_admin(db, query.call.caller, query.resource)
        projects.attach(db, query.call.caller, query.resource, wanted.dataset_hashes)
    return True


def detach_datasets(query: Query) -> bool:
    """`projectdataset DELETE`: fewer datasets for a project."""
    with query.call.state.database.writing() as db:
        access.project_admin(db, query.call.caller, query.resource)
        projects.detach(db, query.resource, query.ids())
    return True


def add_users(query: Query) -> list[dict[str, Any]]:
    """`projectusers POST`: share the project."""
    wanted = UsersToAdd.model_validate(query.payload)
    with query.call.state.database.writing() as db:
        access.project_admin(db, query.call.caller, query.resource)
        access.registered(db, wanted.user_emails)
        db.executemany(
            "INSERT OR REPLACE INTO project_users VALUES (?, ?, ?)",
            [(query.resource, email, wanted.user_role) for email in wanted.user_emails],
        )
    return [
        {"user_email": email, "user_role": wanted.user_role, "project_hash": query.resource}
        for email in wanted.user_emails
    ]


def move_in_graph(query: Query) -> bool:
    """`labelworkflowgraphnode POST`: tasks go to the first annotation stage, or to Complete."""
    action = GraphAction.model_validate(query.payload).action
    state = query.call.state
    with state.database.writing() as db:
        row = access.project(db, query.call.caller, query.resource)
        workflow = Workflow.model_validate_json(row["workflow_json"])
        kind = StageKind.ANNOTATION if action == "reopen" else StageKind.COMPLETE
        destinations = [stage for stage in workflow.stages if stage.kind is kind]
        if not destinations:
            raise InvalidArguments(f"{action} needs a stage of kind {kind}, the workflow has none")
        found = db.execute(
            """SELECT t.* FROM tasks t JOIN label_rows l ON l.project = t.project AND l.data_row = t.data_row
               WHERE t.project = ? AND l.hash IN (SELECT value FROM json_each(?))""",
            (query.resource, each(query.ids())),
        ).fetchall()
        if len(found) != len(set(query.ids())):
            raise InvalidArguments(f"project {query.resource} does not have all of these label rows; nothing was done")
        status = "REOPENED" if action == "reopen" else "NEW"
        moves = [Move(task, destinations[0], status=status) for task in found]
        tasks.carry_out(db, query.resource, moves, by=query.call.caller, rotate_uuids=state.options.rotate_task_uuids)
    return True
