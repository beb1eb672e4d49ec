"""Loopback addresses: recognising them, and restricting routes to them."""

from collections.abc import Callable, Coroutine
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from judge_pipeline.local.encord.errors import NotAuthorised
from judge_pipeline.local.encord.strict_json import StrictRequest


def is_loopback(hostname: str | None) -> bool:
    """Whether a host name without a port is `localhost`, an address in 127.0.0.0/8 or `::1`; no name is resolved."""
    if hostname is None:
        return False
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return hostname.lower() == "localhost"


def require_loopback(request: Request) -> None:
    """Refuse a request that did not arrive over loopback, or whose Host header is not a loopback name.

    The first check keeps these routes local even if the server is bound to other interfaces. The second stops DNS
    rebinding: a foreign page can resolve its own name to this machine, so that the browser treats our responses as its
    own, but it cannot send a Host header other than its own name.
    """
    interface = (request.scope.get("server") or ("a socket", None))[0]
    if not is_loopback(interface):
        raise NotAuthorised(f"this route is served on loopback only; the request came over {interface}")
    host = request.headers.get("host", "")
    try:
        hostname = urlsplit(f"//{host}").hostname
    except ValueError:
        hostname = None
    if not is_loopback(hostname):
        raise NotAuthorised(
            f"this route is served on loopback only; the request's Host is {host!r}: open it as http://127.0.0.1 or localhost"
        )


class ControlRoute(APIRoute):
    """A route of the server's own: for loopback only, and its bodies are strict JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, for such a request."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            require_loopback(request)
            return await handler(StrictRequest(request.scope, request.receive))

        return handle
