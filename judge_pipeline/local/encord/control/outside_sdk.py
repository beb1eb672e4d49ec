"""What people do outside the SDK: replace a file in the bucket, upload a label editor's layout on Encord's settings page."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from judge_pipeline.local.encord import media, times
from judge_pipeline.local.encord.editor.layout import read_layout
from judge_pipeline.local.encord.errors import NotFound
from judge_pipeline.local.encord.exchange import state_of
from judge_pipeline.local.encord.loopback import ControlRoute
from judge_pipeline.local.encord.wire import Id

router = APIRouter(prefix="/_local", route_class=ControlRoute)


async def _content(request: Request) -> bytes:
    return await request.body()


Content = Annotated[bytes, Depends(_content)]


@router.put("/items/{item}/content")
def replace_content(request: Request, item: Id, content: Content) -> dict[str, Any]:
    """Replace an item's stored file; the item keeps its uuid. Returns the new size, width and height."""
    state = state_of(request)
    with state.database.writing() as db:
        row = db.execute("SELECT * FROM items WHERE uuid = ?", (item,)).fetchone()
        if row is None:
            raise NotFound(f"no storage item {item}")
        with state.blobs.writing(row["object_key"]) as file:
            file.write(content)
        measured = media.measure(state.blobs.path(row["object_key"]), item_type=row["type"], title=row["name"])
        db.execute(
            """UPDATE items SET file_size = ?, mime_type = ?, width = ?, height = ?, media_json = ?, edited_at = ?
               WHERE uuid = ?""",
            (
                *(measured.file_size, measured.mime_type, measured.width, measured.height),
                *(json.dumps(measured.media), times.now(), item),
            ),
        )
    return {"file_size": measured.file_size, "width": measured.width, "height": measured.height}


@router.put("/projects/{project}/editor-layout")
def set_editor_layout(request: Request, project: Id, content: Content) -> Any:
    """Set a project's layout; an invalid one gets a 400 that lists every problem."""
    read_layout(content)
    layout = json.loads(content)
    with state_of(request).database.writing() as db:
        changed = db.execute("UPDATE projects SET editor_layout_json = ? WHERE uuid = ?", (json.dumps(layout), project))
        if not changed.rowcount:
            raise NotFound(f"there is no project {project}")
    return layout


@router.get("/projects/{project}/editor-layout")
def get_editor_layout(request: Request, project: Id) -> Any:
    """A project's layout as it was uploaded; null if there is none."""
    with state_of(request).database.reading() as db:
        row = db.execute("SELECT editor_layout_json FROM projects WHERE uuid = ?", (project,)).fetchone()
    if row is None:
        raise NotFound(f"there is no project {project}")
    return json.loads(row["editor_layout_json"]) if row["editor_layout_json"] else None
