"""Addresses of this machine: which names they have, and routes that answer to nothing else."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

from judge_pipeline.local.encord.errors import NotAuthorised


def is_loopback(hostname: str | None) -> bool:
    """Whether a host name without a port is `localhost`, an address in 127.0.0.0/8 or `::1`; nothing is resolved."""
    if hostname is None:
        return False
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return hostname.lower() == "localhost"


def only_from_this_machine(request: Request) -> None:
    """Refuse a request that came over another interface than loopback, or whose Host header is another name.

    A server that somebody binds to more than loopback thus keeps these routes to this machine. And a page from elsewhere
    can let its own name point here (DNS rebinding); the browser then takes our answers for its own. What it cannot do is
    send another Host than its own name.
    """
    interface = (request.scope.get("server") or ("a socket", None))[0]
    if not is_loopback(interface):
        raise NotAuthorised(f"this route answers on loopback only; the request came over {interface}")
    host = request.headers.get("host", "")
    try:
        hostname = urlsplit(f"//{host}").hostname
    except ValueError:
        hostname = None
    if not is_loopback(hostname):
        raise NotAuthorised(
            f"this route answers on loopback only; the request's Host is {host!r}: open it as http://127.0.0.1 or localhost"
        )
