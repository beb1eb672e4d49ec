"""Breaks a connection off in the middle, as a crashed server does."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class ConnectionReset(Exception):
    """Raised in a route to end the connection without an answer."""


class BreakOffMiddleware:
    """Promises a body and closes the connection before sending it, when a route raises `ConnectionReset`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            await self._app(scope, receive, send)
        except ConnectionReset:
            headers = [(b"content-length", b"1000"), (b"content-type", b"application/json"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
