"""What people do outside the SDK: replace a file in the bucket, upload an editor layout."""

import json
from typing import Any

from fastapi import APIRouter, Depends, Request

from judge_pipeline.local_encord import media, times
from judge_pipeline.local_encord.errors import NotFound
from judge_pipeline.local_encord.exchange import state_of
from judge_pipeline.local_encord.wire import Id

router = APIRouter(prefix="/_local")


async def _content(request: Request) -> bytes:
    return await request.body()


@router.put("/items/{item}/content")
def replace_content(request: Request, item: Id, content: bytes = Depends(_content)) -> dict[str, Any]:
    """Replace the stored file of an item, which stays the same item; returns its new size, width and height."""
    state = state_of(request)
    with state.database.writing() as db:
        row = db.execute("SELECT * FROM items WHERE uuid = ?", (item,)).fetchone()
        if row is None:
            raise NotFound(f"no storage item {item}")
        state.blobs.write(row["object_key"], content)
        measured = media.measure(state.blobs.path(row["object_key"]), item_type=row["type"], title=row["name"])
        db.execute(
            "UPDATE items SET file_size = ?, mime_type = ?, width = ?, height = ?, edited_at = ? WHERE uuid = ?",
            (measured.file_size, measured.mime_type, measured.width, measured.height, times.now(), item),
        )
    return {"file_size": measured.file_size, "width": measured.width, "height": measured.height}


@router.put("/projects/{project}/editor-layout")
def set_editor_layout(request: Request, project: Id, layout: dict[str, Any]) -> dict[str, Any]:
    """Set the default layout of a project's label editor, as its settings page does."""
    with state_of(request).database.writing() as db:
        changed = db.execute("UPDATE projects SET editor_layout_json = ? WHERE uuid = ?", (json.dumps(layout), project))
        if not changed.rowcount:
            raise NotFound(f"no project {project}")
    return layout


@router.get("/projects/{project}/editor-layout")
def get_editor_layout(request: Request, project: Id) -> dict[str, Any] | None:
    """The layout of a project's label editor, null before one was set."""
    with state_of(request).database.reading() as db:
        row = db.execute("SELECT editor_layout_json FROM projects WHERE uuid = ?", (project,)).fetchone()
    if row is None:
        raise NotFound(f"no project {project}")
    return json.loads(row["editor_layout_json"]) if row["editor_layout_json"] else None
