"""The routes behind signed URLs: the URL itself authorises the request, there is no Encord signature."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from judge_pipeline.local.encord.errors import NotFound, Refusal
from judge_pipeline.local.encord.exchange import exchange, state_of
from judge_pipeline.local.encord.responses import refusal_v2
from judge_pipeline.local.encord.traffic import BLOB_ROUTE


class BlobRoute(APIRoute):
    """A route that is counted, delayed and subject to faults, but not authenticated."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, inside an exchange."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except Refusal as refusal:
                return refusal_v2(refusal)

        async def exchanged(request: Request) -> Response:
            return await exchange(request, f"{request.method} {BLOB_ROUTE}", handle)

        return exchanged


router = APIRouter(route_class=BlobRoute)


@router.get(f"/{BLOB_ROUTE}")
def read_blob(request: Request, object_key: str, expires: int, signature: str) -> FileResponse:
    """Stream the stored bytes."""
    state = state_of(request)
    state.blobs.check(object_key, method="GET", expires=expires, signature=signature)
    path = state.blobs.path(object_key)
    with state.database.reading() as db:
        row = db.execute("SELECT mime_type FROM items WHERE object_key = ?", (object_key,)).fetchone()
    try:
        stat_result = path.stat()
    except FileNotFoundError:
        raise NotFound(f"no object {object_key}") from None
    return FileResponse(
        path, media_type=row["mime_type"] if row else "application/octet-stream", stat_result=stat_result
    )


@router.put(f"/{BLOB_ROUTE}")
async def write_blob(request: Request, object_key: str, expires: int, signature: str) -> Response:
    """Store the bytes as they arrive; a second upload replaces the first."""
    state = state_of(request)
    state.blobs.check(object_key, method="PUT", expires=expires, signature=signature)
    with state.blobs.writing(object_key) as file:
        async for piece in request.stream():
            await run_in_threadpool(file.write, piece)
    return Response()
