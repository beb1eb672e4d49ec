"""Faults of the connection: the middleware that cuts it, and the one that applies the faults of a route."""

from __future__ import annotations

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from judge_pipeline.local.models.api.faults import Fault, FaultPlan


class ConnectionReset(Exception):
    """Raised in a route to cut the connection without a response."""


class ConnectionResetMiddleware:
    """Announces a body and closes the connection before sending it, when a route raises `ConnectionReset`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        try:
            await self._app(scope, receive, send)
        except ConnectionReset:
            headers = [(b"content-length", b"1000"), (b"content-type", b"application/json"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})


class RouteFaultMiddleware:
    """Applies the faults with a `route` to the requests under `/v1/`."""

    def __init__(self, app: ASGIApp, faults: FaultPlan) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        fault = None
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            fault = self._faults.take("route", text=f"{scope['method']} {scope['path']}")
        match fault.kind if fault else "none":
            case "slow" if fault:
                await anyio.sleep(fault.delay_seconds or 0)
            case "reset":
                raise ConnectionReset
            case "lost_response":
                await self._app(scope, receive, _discard)
                raise ConnectionReset
            case "status" if fault:
                await read_to_end(Request(scope, receive))
                await _response(fault)(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def read_to_end(request: Request) -> None:
    """Read and drop what is left of the body: a client that is still sending would miss the response."""
    async for _ in request.stream():
        pass


def _response(fault: Fault) -> JSONResponse:
    if fault.status == 404 and fault.text is None:  # a server without this route: FastAPI's body, as vLLM answers
        return JSONResponse({"detail": "Not Found"}, status_code=404)
    error = fault.error()
    return JSONResponse(error.body, status_code=error.status, headers=error.headers)


async def _discard(_message: Message) -> None:
    """Send nothing."""
