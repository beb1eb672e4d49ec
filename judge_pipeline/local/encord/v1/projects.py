"""Queries that create, copy, describe and delete projects."""

from typing import Any, Literal

from pydantic import BaseModel

from judge_pipeline.local.encord import access, label_listing, projects, times
from judge_pipeline.local.encord.errors import NotBuilt
from judge_pipeline.local.encord.label_listing import LabelRowFilter
from judge_pipeline.local.encord.properties import PropertyFilter
from judge_pipeline.local.encord.v1.envelope import Query
from judge_pipeline.local.encord.wire import Id
from judge_pipeline.local.encord.workflow import Workflow


class NewProject(BaseModel):
    """A project to create; `workflow_template_id` is a template's uuid."""

    title: str
    description: str = ""
    dataset_hashes: list[Id]
    ontology_hash: Id | None = None
    workflow_template_id: Id | None = None


class ProjectsWanted(BaseModel):
    """The payload of `projectwithuserrole GET`."""

    filter: PropertyFilter = PropertyFilter()


class PartsWanted(BaseModel):
    """The payload of `project GET`."""

    include_labels_metadata: bool = False


class CopyLabels(BaseModel):
    """Which labels to copy, and whether to clone the data."""

    create_new_dataset: bool | None = None


class CopyMetadata(BaseModel):
    """Title and description of the copy."""

    project_title: str | None = None
    project_description: str | None = None


class ProjectToCopy(BaseModel):
    """The payload of `projectcopy POST`; this server has no models to copy."""

    copy_project_options: list[Literal["collaborators", "datasets", "models", "labels"]] = []
    copy_labels_options: CopyLabels | None = None
    project_copy_metadata: CopyMetadata | None = None


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
    """`project DELETE` of a user: delete a project with its tasks and labels; datasets and ontology stay."""
    with query.call.state.database.writing() as db:
        for project in query.ids():
            access.project_admin(db, query.call.caller, project)
            db.execute("DELETE FROM projects WHERE uuid = ?", (project,))
    return True


def copy_project(query: Query) -> str:
    """`projectcopy POST`: copy a project, optionally with its datasets and users; returns the bare project hash."""
    wanted = ProjectToCopy.model_validate(query.payload)
    options, described = set(wanted.copy_project_options), wanted.project_copy_metadata or CopyMetadata()
    if "labels" in options or (wanted.copy_labels_options and wanted.copy_labels_options.create_new_dataset):
        raise NotBuilt("v1 POST projectcopy of labels or of clones of datasets is not part of this local Encord")
    with query.call.state.database.writing() as db:
        return projects.copy(
            db,
            query.call.caller,
            access.project_admin(db, query.call.caller, query.resource),
            title=described.project_title,
            description=described.project_description,
            with_datasets="datasets" in options,
            with_users="collaborators" in options,
        )


def list_projects(query: Query) -> list[dict[str, Any]]:
    """`projectwithuserrole GET`: the projects shared with the caller, with the caller's role in each."""
    wanted = ProjectsWanted.model_validate(query.payload or {}, by_name=True, by_alias=False).filter
    with query.call.state.database.reading() as db:
        return [
            {"user_role": row["role"], "project": _older_form(projects.wire(db, row))}
            for row in projects.shared_with(db, query.call.caller, wanted)
        ]


def get_project(query: Query) -> dict[str, Any]:
    """`project GET`: the older form of a project, with its datasets and, on request, its label rows."""
    wanted = PartsWanted.model_validate(query.payload or {})
    with query.call.state.database.reading() as db:
        project = access.project(db, query.call.caller, query.resource)
        found = _older_form(projects.wire(db, project))
        found["datasets"] = [
            {
                "dataset_hash": dataset["uuid"],
                "title": dataset["title"],
                "description": dataset["description"],
                "dataset_type": "CORD_STORAGE",
            }
            for dataset in projects.datasets_of(db, query.resource)
        ]
        if wanted.include_labels_metadata:
            workflow = Workflow.model_validate_json(project["workflow_json"])
            every_row = LabelRowFilter(include_uninitialised_labels=True)
            found["label_rows"] = label_listing.label_rows(db, query.call, query.resource, workflow, every_row)
    return found


def _older_form(wire: dict[str, Any]) -> dict[str, Any]:
    return {
        "project_hash": wire["projectHash"],
        "title": wire["title"],
        "description": wire["description"],
        "created_at": times.v1_form(wire["createdAt"]),
        "last_edited_at": times.v1_form(wire["lastEditedAt"]),
        "editor_ontology": wire["editorOntology"],
        "datasets": [],
        "label_rows": [],
        "ontology_hash": wire["ontologyHash"],
        "source_projects": [],
        "workflow_manager_uuid": wire["workflowManagerUuid"],
    }
