"""Tags of the organisation: any user can create them; unique by name, attached to projects."""

import sqlite3
from uuid import uuid4

from fastapi import APIRouter

from judge_pipeline.local.encord import access
from judge_pipeline.local.encord.errors import AlreadyExists, NotFound
from judge_pipeline.local.encord.exchange import CurrentCall, V2Route
from judge_pipeline.local.encord.responses import Json
from judge_pipeline.local.encord.wire import Body, Id, page

router = APIRouter(route_class=V2Route)


class NewTag(Body):
    """A tag to create."""

    name: str
    description: str | None = None


@router.get("/v2/public/organisation/organisation-tags")
def list_tags(call: CurrentCall) -> Json:
    """All tags, in one page."""
    with call.state.database.reading() as db:
        return Json(page([dict(row) for row in db.execute("SELECT uuid, name FROM organisation_tags ORDER BY name")]))


@router.post("/v2/public/organisation/organisation-tags")
def create_tag(call: CurrentCall, new: NewTag) -> Json:
    """Create a tag; its name must be new."""
    uuid = str(uuid4())
    with call.state.database.writing() as db:
        if db.execute("SELECT 1 FROM organisation_tags WHERE name = ?", (new.name,)).fetchone():
            raise AlreadyExists(f"there is a tag {new.name!r} already")
        db.execute("INSERT INTO organisation_tags VALUES (?, ?, ?)", (uuid, new.name, new.description))
    return Json({"uuid": uuid, "name": new.name})


@router.delete("/v2/public/organisation/organisation-tags/{tag}")
def delete_tag(call: CurrentCall, tag: Id) -> Json:
    """Delete a tag, also from its projects."""
    with call.state.database.writing() as db:
        _check_known(db, tag)
        db.execute("DELETE FROM organisation_tags WHERE uuid = ?", (tag,))
    return Json(None)


@router.get("/v2/public/projects/{project}/tags")
def list_project_tags(call: CurrentCall, project: Id) -> Json:
    """The tags of a project."""
    with call.state.database.reading() as db:
        access.project(db, call.caller, project)
        rows = db.execute(
            """SELECT t.uuid, t.name FROM organisation_tags t JOIN project_tags p ON p.tag = t.uuid
               WHERE p.project = ? ORDER BY t.name""",
            (project,),
        )
        return Json(page([dict(row) for row in rows]))


@router.put("/v2/public/projects/{project}/tags/{tag}")
def attach_tag(call: CurrentCall, project: Id, tag: Id) -> Json:
    """Attach a tag to a project; repeating it changes nothing."""
    with call.state.database.writing() as db:
        access.project_admin(db, call.caller, project)
        _check_known(db, tag)
        db.execute("INSERT OR IGNORE INTO project_tags VALUES (?, ?)", (project, tag))
    return Json(None)


@router.delete("/v2/public/projects/{project}/tags/{tag}")
def detach_tag(call: CurrentCall, project: Id, tag: Id) -> Json:
    """Detach a tag from a project; one that is not attached is not an error."""
    with call.state.database.writing() as db:
        access.project_admin(db, call.caller, project)
        _check_known(db, tag)
        db.execute("DELETE FROM project_tags WHERE project = ? AND tag = ?", (project, tag))
    return Json(None)


def _check_known(db: sqlite3.Connection, tag: str) -> None:
    if not db.execute("SELECT 1 FROM organisation_tags WHERE uuid = ?", (tag,)).fetchone():
        raise NotFound(f"the organisation has no tag {tag}")
