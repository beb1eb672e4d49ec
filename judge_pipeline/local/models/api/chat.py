"""POST /v1/chat/completions and GET /v1/models."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import anyio
from fastapi import APIRouter, Request
from PIL import Image

from judge_pipeline.local.models.api.chat_completion import completion
from judge_pipeline.local.models.api.chat_request import ChatRequest, read_chat_request
from judge_pipeline.local.models.api.connection import ConnectionReset
from judge_pipeline.local.models.api.control import Counters
from judge_pipeline.local.models.api.errors import ApiError
from judge_pipeline.local.models.api.faults import Fault, FaultPlan, Mode, Subject
from judge_pipeline.local.models.judge.prompt import CaptionsNotFoundError
from judge_pipeline.local.models.picture.decoding import UndecodableImageError, decode_picture
from judge_pipeline.local.models.registry import Model
from judge_pipeline.local.models.structured_output.filling import UnfillableSchemaError

REFUSAL = "I'm sorry, but I can't help with that image."
CREATED = 1_700_000_000
"""The models' creation time, fixed so that listings never change."""


class Chat:
    """Answers chat requests: those of the route, and the lines of batches."""

    def __init__(self, models: Mapping[str, Model], counters: Counters, faults: FaultPlan) -> None:
        self.models = models
        self._counters = counters
        self._faults = faults

    def receive(self, body: bytes, mode: Mode) -> tuple[ChatRequest, Fault | None]:
        """Parse and count a request, and take the fault that it hits."""
        request = read_chat_request(body)
        self._counters.count(request.model, mode)
        subject: Subject = "live" if mode == "live" else "line"
        return request, self._faults.take(subject, model=request.model, text=request.text)

    def answer(self, request: ChatRequest, fault: Fault | None) -> dict[str, Any]:
        """The response body.

        Raises:
            ApiError: the request is refused, or its fault says so.
            ConnectionReset: its fault cuts the connection.
        """
        if fault is not None:
            _raise_fault(fault, request)
        return _answer(_model(self.models, request.model), request, fault)


def chat_routes(chat: Chat) -> APIRouter:
    """Build the imitated routes over an app's state."""
    routes = APIRouter(prefix="/v1")

    @routes.get("/models")
    def list_models() -> dict[str, Any]:
        return {"object": "list", "data": [_model_entry(name) for name in chat.models]}

    @routes.get("/models/{name}")
    def get_model(name: str) -> dict[str, Any]:
        _model(chat.models, name)
        return _model_entry(name)

    @routes.post("/chat/completions")
    async def complete(http_request: Request) -> dict[str, Any]:
        request, fault = chat.receive(await http_request.body(), "live")
        if fault is not None and fault.delay_seconds:
            await anyio.sleep(fault.delay_seconds)
        return await anyio.to_thread.run_sync(chat.answer, request, fault)

    return routes


def _answer(model: Model, request: ChatRequest, fault: Fault | None) -> dict[str, Any]:
    picture = _picture(request)
    created = int(time.time())
    match fault.kind if fault else "none":
        case "refusal":
            return completion(request, None, image_size=picture.size, refusal=REFUSAL, created=created)
        case "content_filter":
            return completion(request, None, image_size=picture.size, finish_reason="content_filter", created=created)
        case "text" if fault:
            return completion(request, fault.text, image_size=picture.size, created=created)
    content = _content(model, picture, request)
    if fault is not None and fault.kind == "length":
        cut = content[: len(content) // 2]
        return completion(request, cut, image_size=picture.size, finish_reason="length", created=created)
    return completion(request, content, image_size=picture.size, created=created)


def _content(model: Model, picture: Image.Image, request: ChatRequest) -> str:
    try:
        return model(picture, request)
    except CaptionsNotFoundError as error:
        raise ApiError(400, str(error), param="messages", code="captions_not_found") from None
    except UnfillableSchemaError as error:
        raise ApiError(400, f"Invalid schema: {error}", param="response_format", code="invalid_json_schema") from None


def _raise_fault(fault: Fault, request: ChatRequest) -> None:
    """Apply the faults that fail the request before it reaches the model."""
    if fault.kind == "reset":
        raise ConnectionReset
    if fault.kind == "no_schema" and request.response_format.type == "json_schema":
        raise ApiError(
            400,
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
            param="response_format",
        )
    if fault.kind == "status":
        raise fault.error()


def _picture(request: ChatRequest) -> Image.Image:
    uris = request.image_uris
    if not uris:
        raise ApiError(400, "local models describe pictures: expected an image_url part, found none", param="messages")
    try:
        return decode_picture(uris[0])
    except UndecodableImageError as error:
        raise ApiError(400, str(error), param="messages", code="invalid_image") from None


def _model(models: Mapping[str, Model], name: str) -> Model:
    if name not in models:
        message = f"The model '{name}' does not exist here; the local models are {', '.join(models)}."
        raise ApiError(404, message, param="model", code="model_not_found")
    return models[name]


def _model_entry(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "measured-descriptions"}
