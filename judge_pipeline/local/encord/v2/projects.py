"""Projects: reading, status, users, datasets, branches and priorities."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from judge_pipeline.local.encord import access, projects, times
from judge_pipeline.local.encord.database import json_list
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.label_listing import branches_of
from judge_pipeline.local.encord.properties import PropertyFilter
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.wire import Body, Id, page

router = APIRouter(route_class=V2Route)

ProjectStatus = Literal["notStarted", "inProgress", "inReview", "paused", "completed", "cancelled", "archived"]


class ProjectListing(PropertyFilter):
    """Which projects to list: by properties, and by tags, of which a project must have at least one."""

    tags_anyof: tuple[str, ...] = ()


class NewStatus(Body):
    """A project's new status."""

    status: ProjectStatus


class Priorities(Body):
    """Pairs of data hash and priority from 0 to 1."""

    priorities: list[tuple[Id, float]]


class UsersToRemove(Body):
    """E-mail addresses."""

    user_emails: list[str]


@router.get("/v2/public/projects")
def list_projects(call: CurrentCall, wanted: Annotated[ProjectListing, Query()]) -> Json:
    """The projects shared with the caller."""
    with call.state.database.reading() as db:
        found = projects.shared_with(db, call.caller, wanted, tags=wanted.tags_anyof)
        return Json(page([projects.wire(db, row) for row in found]))


@router.get("/v2/public/projects/{project}")
def get_project(call: CurrentCall, project: Id) -> Json:
    """One project."""
    with call.state.database.reading() as db:
        return Json(projects.wire(db, access.project(db, call.caller, project)))


@router.put("/v2/public/projects/{project}/status")
def set_status(call: CurrentCall, project: Id, new: NewStatus) -> Json:
    """Set the status; tasks of a paused project cannot be moved."""
    with call.state.database.writing() as db:
        access.project_admin(db, call.caller, project)
        db.execute("UPDATE projects SET status = ?, edited_at = ? WHERE uuid = ?", (new.status, times.now(), project))
    return Json(None)


@router.get("/v2/public/projects/{project}/datasets")
def list_datasets(call: CurrentCall, project: Id) -> Json:
    """The datasets of a project."""
    with call.state.database.reading() as db:
        access.project(db, call.caller, project)
        rows = projects.datasets_of(db, project)
    return Json(
        page(
            [
                {
                    "datasetHash": row["uuid"],
                    "title": row["title"],
                    "description": row["description"],
                    "backingFolderUuid": row["folder"],
                }
                for row in rows
            ]
        )
    )


@router.get("/v2/public/projects/{project}/users")
def list_users(call: CurrentCall, project: Id) -> Json:
    """The users of a project; roles are numbers."""
    with call.state.database.reading() as db:
        access.project(db, call.caller, project)
        rows = db.execute(
            "SELECT email, role FROM project_users WHERE project = ? ORDER BY email", (project,)
        ).fetchall()
    return Json(page([{"userEmail": row["email"], "userRole": row["role"]} for row in rows]))


@router.post("/v2/public/projects/{project}/users/bulk-delete")
def remove_users(call: CurrentCall, project: Id, body: UsersToRemove) -> Json:
    """Revoke users' access to a project."""
    with call.state.database.writing() as db:
        access.project_admin(db, call.caller, project)
        db.execute(
            "DELETE FROM project_users WHERE project = ? AND email IN (SELECT value FROM json_each(?))",
            (project, json_list(body.user_emails)),
        )
    return Json(None)


@router.get("/v2/public/projects/{project}/branches")
def list_branches(call: CurrentCall, project: Id) -> Json:
    """The label branches of a project."""
    with call.state.database.reading() as db:
        access.project(db, call.caller, project)
        return Json(page([{"name": name} for name in branches_of(db, project)]))


@router.post("/v2/public/projects/{project}/priorities")
def set_priorities(call: CurrentCall, project: Id, body: Priorities) -> Json:
    """Set the priority of tasks, by data hash."""
    for data_hash, priority in body.priorities:
        if not 0 <= priority <= 1:
            raise InvalidArguments(f"the priority of {data_hash} must lie between 0 and 1, found {priority}")
    with call.state.database.writing() as db:
        access.project(db, call.caller, project)
        db.executemany(
            "UPDATE tasks SET priority = ?, updated_at = ? WHERE project = ? AND data_row = ?",
            [(priority, times.now(), project, data_hash) for data_hash, priority in body.priorities],
        )
    return Json(None)
