"""The two routes of protocol v1 and the envelope of every query."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from judge_pipeline.local.encord import signatures
from judge_pipeline.local.encord.errors import InvalidArguments, NotBuilt, Refusal
from judge_pipeline.local.encord.exchange import Call, caller_of_key, caller_of_token, current_call, exchange, state_of
from judge_pipeline.local.encord.responses import Json, refusal_v1
from judge_pipeline.local.encord.strict_json import strict_json

_IDS = TypeAdapter(list[str])


class Envelope(BaseModel):
    """What every query contains: its type and method, ids, and a payload."""

    class Values(BaseModel):
        """Ids (one, several or none) and payload."""

        uid: Any = None
        payload: Any = None

    query_type: str
    query_method: str
    values: Values = Values()

    @property
    def operation(self) -> str:
        """The name for counters, the log and faults."""
        return f"v1 {self.query_method} {self.query_type}"


@dataclass(frozen=True)
class Query:
    """A query as its handler sees it; `resource` is the project or dataset it is about, empty for user queries."""

    call: Call
    resource: str
    uid: Any
    payload: Any

    def ids(self) -> list[str]:
        """The ids, one or several, as a list; pydantic's ValidationError if they are not text."""
        return _IDS.validate_python([self.uid] if isinstance(self.uid, str) else self.uid or [])


Handler = Callable[[Query], Any]
Handlers = dict[tuple[str, str, str], Handler]
"""Handlers by scope (`project`, `dataset` or `user`), query method and query type."""


def routes(handlers: Handlers) -> APIRouter:
    """`/public` for queries about a project or dataset, `/public/user` for the others."""
    router = APIRouter()

    @router.post("/public")
    async def resource_query(request: Request) -> Response:
        """A query about the project or dataset that the headers name."""
        return await _answer(request, handlers, request.headers.get("resourcetype", ""))

    @router.post("/public/user")
    async def user_query(request: Request) -> Response:
        """A query about no particular resource."""
        return await _answer(request, handlers, "user")

    return router


async def _answer(request: Request, handlers: Handlers, scope: str) -> Response:
    body = await request.body()
    try:
        envelope = Envelope.model_validate(strict_json(body))
    except ValueError as problem:
        return refusal_v1(InvalidArguments(f"not a query of protocol v1: {problem}"))
    return await exchange(request, envelope.operation, _query_handler(envelope, handlers, scope, body))


def _query_handler(
    envelope: Envelope, handlers: Handlers, scope: str, body: bytes
) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            request.state.caller = _caller(request, body)
            handler = handlers.get((scope, envelope.query_method, envelope.query_type))
            if handler is None:
                raise NotBuilt(f"{envelope.operation} ({scope or 'no'} scope) is not part of this local Encord")
            query = Query(
                call=await current_call(request),
                resource=request.headers.get("resourceid", ""),
                uid=envelope.values.uid,
                payload=envelope.values.payload,
            )
            response = await run_in_threadpool(handler, query)
        except Refusal as refusal:
            return refusal_v1(refusal)
        except ValidationError as problem:
            return refusal_v1(InvalidArguments(json.dumps(problem.errors(include_url=False, include_context=False))))
        return Json({"status": 200, "response": response, "payload": None})

    return handle


def _caller(request: Request, body: bytes) -> str:
    state = state_of(request)
    token = signatures.bearer_token(request.headers)
    if token is not None:
        return caller_of_token(state, token)
    return caller_of_key(state, signatures.signer_v1(request.headers, body))
