"""The layout file of a project's label editor, which people upload on Encord's settings page."""

import json
from typing import Any

from fastapi import APIRouter, Depends, Request

from judge_pipeline.local.encord.editor.layout import read_layout
from judge_pipeline.local.encord.errors import NotFound
from judge_pipeline.local.encord.exchange import state_of
from judge_pipeline.local.encord.strict_json import StrictRoute
from judge_pipeline.local.encord.wire import Id

router = APIRouter(prefix="/_local", route_class=StrictRoute)


async def _content(request: Request) -> bytes:
    return await request.body()


@router.put("/projects/{project}/editor-layout")
def set_editor_layout(request: Request, project: Id, content: bytes = Depends(_content)) -> Any:
    """Set a project's layout; 400 names everything that is wrong with it."""
    read_layout(content)
    layout = json.loads(content)
    with state_of(request).database.writing() as db:
        changed = db.execute("UPDATE projects SET editor_layout_json = ? WHERE uuid = ?", (json.dumps(layout), project))
        if not changed.rowcount:
            raise NotFound(f"there is no project {project}")
    return layout


@router.get("/projects/{project}/editor-layout")
def get_editor_layout(request: Request, project: Id) -> Any:
    """A project's layout as it was uploaded, null before."""
    with state_of(request).database.reading() as db:
        row = db.execute("SELECT editor_layout_json FROM projects WHERE uuid = ?", (project,)).fetchone()
    if row is None:
        raise NotFound(f"there is no project {project}")
    return json.loads(row["editor_layout_json"]) if row["editor_layout_json"] else None
