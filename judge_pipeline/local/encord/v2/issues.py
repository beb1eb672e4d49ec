"""Issues of a project's data units, and their tags."""

from typing import Annotated

from fastapi import APIRouter, Query

from judge_pipeline.local.encord import access, issues
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.issues import NewIssue
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.wire import Body, Id, page

router = APIRouter(route_class=V2Route)


class IssuesToAdd(Body):
    """Issues to add."""

    issues: list[NewIssue]


class IssuesToDelete(Body):
    """Issues by uuid."""

    issue_uuids: list[Id]


class TagsToLink(Body):
    """Names of issue tags."""

    issue_tag_names: list[str]


@router.get("/v2/public/projects/{project}/issues")
def list_issues(call: CurrentCall, project: Id, data_unit_id: Annotated[Id, Query(alias="dataUnitId")]) -> Json:
    """The issues of one data unit."""
    with call.state.database.reading() as db:
        access.project(db, call.caller, project)
        return Json(page(issues.of_data_unit(db, project, data_unit_id)))


@router.post("/v2/public/projects/{project}/issues")
def add_issues(call: CurrentCall, project: Id, body: IssuesToAdd) -> Json:
    """Add issues to data units."""
    with call.state.database.writing() as db:
        access.project(db, call.caller, project)
        issues.add(db, project, body.issues, by=call.caller)
    return Json(None)


@router.post("/v2/public/projects/{project}/issues/delete")
def delete_issues(call: CurrentCall, project: Id, body: IssuesToDelete) -> Json:
    """Delete issues."""
    with call.state.database.writing() as db:
        access.project(db, call.caller, project)
        issues.remove(db, project, body.issue_uuids)
    return Json(None)


@router.get("/v2/public/projects/{project}/issue-tags")
def list_issue_tags(call: CurrentCall, project: Id) -> Json:
    """The issue tags linked to a project."""
    with call.state.database.reading() as db:
        access.project(db, call.caller, project)
        rows = db.execute("SELECT name FROM project_issue_tags WHERE project = ? ORDER BY name", (project,))
        return Json(page([issues.tag_wire(row["name"]) for row in rows]))


@router.post("/v2/public/projects/{project}/issue-tags")
def link_issue_tags(call: CurrentCall, project: Id, body: TagsToLink) -> Json:
    """Link issue tags to a project; an unused name becomes a new tag."""
    with call.state.database.writing() as db:
        access.project_admin(db, call.caller, project)
        db.executemany(
            "INSERT OR IGNORE INTO project_issue_tags VALUES (?, ?)", [(project, name) for name in body.issue_tag_names]
        )
    return Json(None)
