"""The routes under /v1/files."""

from __future__ import annotations

from typing import Any

import anyio
import python_multipart  # noqa: F401  (Starlette's forms need it, and would say so at the first upload only)
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.datastructures import FormData, UploadFile

from judge_pipeline.local.models.api.connection import read_to_end
from judge_pipeline.local.models.api.errors import ApiError
from judge_pipeline.local.models.batches.files import INPUT_SECONDS, FileStore, check_expiry
from judge_pipeline.local.models.batches.records import owner_of, read_limit
from judge_pipeline.local.models.batches.settings import BatchSettings

MAX_BODY_BYTES = 512_000_000
"""A larger request is refused as 413 before its form is read."""


def file_routes(files: FileStore, settings: BatchSettings) -> APIRouter:
    """Build the routes over an app's state."""
    routes = APIRouter(prefix="/v1/files")

    @routes.post("")
    async def upload(request: Request) -> dict[str, Any]:
        if int(request.headers.get("content-length", "0")) > max(MAX_BODY_BYTES, 2 * settings.max_file_bytes):
            await read_to_end(request)
            raise ApiError(413, f"Maximum content size limit ({MAX_BODY_BYTES}) exceeded.")
        async with _form(request) as form:  # a large file is spooled to disk
            content, expires_seconds = _read_form(form, settings)
            stored = await anyio.to_thread.run_sync(
                lambda: files.add(
                    content.file,
                    owner=owner_of(request),
                    filename=content.filename or "",
                    purpose="batch",
                    expires_seconds=expires_seconds,
                )
            )
        return stored.wire()

    @routes.get("")
    def list_files(request: Request) -> dict[str, Any]:
        given = request.query_params
        purpose = given.get("purpose")
        return files.records.page(
            owner_of(request),
            after=given.get("after"),
            limit=read_limit(request, default=10_000, most=10_000),
            wire=lambda stored: stored.wire(),
            oldest_first=given.get("order") == "asc",
            where=lambda stored: purpose in (None, stored.purpose),
        )

    @routes.get("/{id_}")
    def retrieve(id_: str, request: Request) -> dict[str, Any]:
        return files.get(id_, owner_of(request)).wire()

    @routes.get("/{id_}/content")
    def download(id_: str, request: Request) -> FileResponse:
        stored = files.get(id_, owner_of(request))
        return FileResponse(files.content(stored.id), media_type="application/octet-stream", filename=stored.filename)

    @routes.delete("/{id_}")
    def delete(id_: str, request: Request) -> dict[str, Any]:
        files.delete(files.get(id_, owner_of(request)))
        return {"id": id_, "object": "file", "deleted": True}

    return routes


def _form(request: Request) -> Any:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ApiError(400, "expected a multipart/form-data body with 'file' and 'purpose'")
    return request.form(max_files=1, max_fields=10)


def _read_form(form: FormData, settings: BatchSettings) -> tuple[UploadFile, int]:
    """The file and its lifetime in seconds."""
    purpose, content = form.get("purpose"), form.get("file")
    if purpose != "batch":
        raise ApiError(400, f"'{purpose}' is not one of ['batch'] - 'purpose'", param="purpose")
    if not isinstance(content, UploadFile):
        raise ApiError(400, "'file' is a required property", param="file")
    if not (content.filename or "").endswith(".jsonl"):
        raise ApiError(400, "Invalid file format for Batch API. Must be .jsonl")
    if content.size == 0:
        raise ApiError(400, "File is empty.", param="file")
    if (content.size or 0) > settings.max_file_bytes:
        raise ApiError(400, "File is too large.")
    expiry = {
        name: form[f"expires_after[{name}]"] for name in ("anchor", "seconds") if f"expires_after[{name}]" in form
    }
    return content, check_expiry(expiry, param="expires_after") if expiry else INPUT_SECONDS
