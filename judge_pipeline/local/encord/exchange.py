"""One imitated request from arrival to response: counted, delayed, authenticated, handled or made to fail, logged."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response

from judge_pipeline.local.encord import signatures, times
from judge_pipeline.local.encord.errors import NotAuthenticated, Refusal
from judge_pipeline.local.encord.responses import ConnectionReset, faulty_response, refusal_v2
from judge_pipeline.local.encord.state import State
from judge_pipeline.local.encord.strict_json import StrictRequest
from judge_pipeline.local.encord.traffic import Entry

V2_PREFIX = "/v2/public/"


@dataclass(frozen=True)
class Call:
    """What a handler knows about its request: the server, the caller, and the server's address as the client sees it."""

    state: State
    caller: str
    base_url: str

    def signed_url(self, key: str) -> str:
        """A temporary URL to read an object."""
        lifetime_seconds = self.state.options.signed_url_seconds
        return self.state.blobs.signed_url(self.base_url, key, method="GET", lifetime_seconds=lifetime_seconds)


def state_of(request: Request) -> State:
    """The state of the server that received the request."""
    state: State = request.app.state.local_encord
    return state


async def current_call(request: Request) -> Call:
    """The call of an authenticated request."""
    return Call(state_of(request), request.state.caller, str(request.base_url).rstrip("/"))


CurrentCall = Annotated[Call, Depends(current_call)]


async def exchange(request: Request, operation: str, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    """Handle a request, or apply the fault injected for it."""
    state = state_of(request)
    started = time.perf_counter()
    state.traffic.count(operation)
    await asyncio.sleep(state.options.latency_seconds)
    fault = state.faults.take(operation)
    response: Response | None = None
    if fault is None or fault.when == "after" or fault.status == "slow":
        response = await handle(request)
    if fault is not None:
        response = await faulty_response(fault, response)
    assert response is not None  # noqa: S101 - either handled or faulty
    state.traffic.record(
        Entry(
            at=times.now(),
            operation=operation,
            path=request.url.path,
            caller=getattr(request.state, "caller", None),
            trace_id=request.headers.get("x-cloud-trace-context", "").partition("/")[0],
            status=None if isinstance(response, ConnectionReset) else response.status_code,
            milliseconds=round((time.perf_counter() - started) * 1000, 2),
        )
    )
    return response


class V2Route(APIRoute):
    """A route of protocol v2: requests are signed, refusals are HTTP statuses."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, inside an exchange."""
        handler = super().get_route_handler()
        route = self.path.removeprefix(V2_PREFIX)

        async def handle(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            try:
                request.state.caller = await caller_v2(strict)
                return await handler(strict)
            except Refusal as refusal:
                return refusal_v2(refusal)
            except HTTPException as problem:
                return await http_exception_handler(request, problem)
            except RequestValidationError as problem:
                return await request_validation_exception_handler(request, problem)

        async def exchanged(request: Request) -> Response:
            return await exchange(request, f"{request.method} {route}", handle)

        return exchanged


async def caller_v2(request: Request) -> str:
    """The e-mail address behind the request's signature or token; NotAuthenticated if neither is valid."""
    state = state_of(request)
    token = signatures.bearer_token(request.headers)
    if token is not None:
        return caller_of_token(state, token)
    query = request.scope["query_string"]
    key = signatures.signer_v2(
        request.headers,
        await request.body(),
        method=request.method,
        target=(request.scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1"),
        now=time.time(),
        clock_skew_seconds=state.options.clock_skew_seconds,
    )
    return caller_of_key(state, key)


def caller_of_key(state: State, public_key: str) -> str:
    """The e-mail address that registered a public key."""
    with state.database.reading() as db:
        row = db.execute("SELECT email FROM keys WHERE public_key = ?", (public_key,)).fetchone()
    if row is None:
        raise NotAuthenticated(f"no user has the public key {public_key}; register it with POST /_local/users")
    return str(row["email"])


def caller_of_token(state: State, token: str) -> str:
    """The e-mail address that a bearer token was issued to."""
    with state.database.reading() as db:
        row = db.execute("SELECT email FROM tokens WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise NotAuthenticated("unknown bearer token; ask for one with GET user/bearer-token")
    return str(row["email"])
