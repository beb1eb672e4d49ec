"""What people do outside the SDK: replace a file in the bucket."""

from typing import Any

from fastapi import APIRouter, Depends, Request

from judge_pipeline.local.encord import media, times
from judge_pipeline.local.encord.errors import NotFound
from judge_pipeline.local.encord.exchange import state_of
from judge_pipeline.local.encord.strict_json import StrictRoute
from judge_pipeline.local.encord.wire import Id

router = APIRouter(prefix="/_local", route_class=StrictRoute)


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
        with state.blobs.writing(row["object_key"]) as file:
            file.write(content)
        measured = media.measure(state.blobs.path(row["object_key"]), item_type=row["type"], title=row["name"])
        db.execute(
            "UPDATE items SET file_size = ?, mime_type = ?, width = ?, height = ?, edited_at = ? WHERE uuid = ?",
            (measured.file_size, measured.mime_type, measured.width, measured.height, times.now(), item),
        )
    return {"file_size": measured.file_size, "width": measured.width, "height": measured.height}
