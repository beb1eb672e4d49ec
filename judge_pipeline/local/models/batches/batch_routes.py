"""The routes under /v1/batches."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, ValidationError

from judge_pipeline.local.models.api.errors import ApiError, invalid_body
from judge_pipeline.local.models.batches.batch import Batch
from judge_pipeline.local.models.batches.files import FileStore, check_expiry
from judge_pipeline.local.models.batches.records import owner_of, read_limit
from judge_pipeline.local.models.batches.runner import BatchRunner

ENDPOINT = "/v1/chat/completions"
MAX_KEYS, MAX_KEY, MAX_VALUE = 16, 64, 512


class BatchRequest(BaseModel):
    """The body of POST /v1/batches."""

    model_config = ConfigDict(extra="forbid")

    input_file_id: str
    endpoint: str
    completion_window: str
    metadata: dict[str, str] | None = None
    output_expires_after: dict[str, Any] | None = None


def batch_routes(batches: BatchRunner, files: FileStore) -> APIRouter:
    """Build the routes over an app's state."""
    routes = APIRouter(prefix="/v1/batches")

    @routes.post("")
    async def create(request: Request) -> dict[str, Any]:
        given = _read_request(await request.body())
        owner = owner_of(request)
        files.get(given.input_file_id, owner)
        expiry = given.output_expires_after
        batch = Batch(
            id=f"batch_{secrets.token_hex(16)}",
            owner=owner,
            endpoint=given.endpoint,
            input_file_id=given.input_file_id,
            metadata=given.metadata,
            output_seconds=check_expiry(expiry, param="output_expires_after") if expiry is not None else None,
        )
        return batches.submit(batch).wire()

    @routes.get("")
    def list_batches(request: Request) -> dict[str, Any]:
        return batches.records.page(
            owner_of(request),
            after=request.query_params.get("after"),
            limit=read_limit(request, default=20, most=100),
            wire=lambda batch: batch.wire(),
        )

    @routes.get("/{id_}")
    def retrieve(id_: str, request: Request) -> dict[str, Any]:
        return batches.records.get(id_, owner_of(request)).wire()

    @routes.post("/{id_}/cancel")
    def cancel(id_: str, request: Request) -> dict[str, Any]:
        batches.records.get(id_, owner_of(request))
        return batches.cancel(id_).wire()

    return routes


def _read_request(body: bytes) -> BatchRequest:
    try:
        given = BatchRequest.model_validate_json(body)
    except ValidationError as error:
        raise invalid_body(error) from None
    if given.endpoint != ENDPOINT:
        raise ApiError(400, f"Invalid value: '{given.endpoint}'. Supported values are: '{ENDPOINT}'.", param="endpoint")
    if given.completion_window != "24h":
        message = f"Invalid value: '{given.completion_window}'. Supported values are: '24h'."
        raise ApiError(400, message, param="completion_window")
    _check_metadata(given.metadata or {})
    return given


def _check_metadata(metadata: dict[str, str]) -> None:
    if len(metadata) > MAX_KEYS:
        raise ApiError(
            400,
            f"Invalid 'metadata': too many properties. Expected an object with at most {MAX_KEYS} properties, "
            f"but got an object with {len(metadata)} properties instead.",
            param="metadata",
            code="object_above_max_properties",
        )
    for key, value in metadata.items():
        for text, most in ((key, MAX_KEY), (value, MAX_VALUE)):
            if len(text) > most:
                raise ApiError(
                    400,
                    f"Invalid 'metadata.{key[:MAX_KEY]}': string too long. Expected a string with maximum length {most}, "
                    f"but got a string with length {len(text)} instead.",
                    param=f"metadata.{key[:MAX_KEY]}",
                    code="string_above_max_length",
                )
