"""Loopback addresses: recognising them, and restricting routes to them."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

from judge_pipeline.local.encord.errors import NotAuthorised


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
