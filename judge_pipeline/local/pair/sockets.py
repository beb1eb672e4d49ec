"""Sockets for local servers, and clients that reach loopback without a proxy."""

import os
import socket

from judge_pipeline.local.pair.errors import PortInUse

LOOPBACK = "127.0.0.1"


def bind(port: int, *, host: str = LOOPBACK) -> socket.socket:
    """A listening socket on loopback or another address; port 0 takes any free port. Clients queue until the server accepts.

    The protocol is given explicitly: without it asyncio leaves Nagle's algorithm on, which costs 45 ms per response on a
    keep-alive connection.

    Raises:
        PortInUse: another process listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(2048)
    except OSError as error:
        bound.close()
        raise PortInUse(
            f"cannot use port {port} of {host} ({error.strerror}); choose another --port, or 0 for any free one"
        ) from None
    return bound


def url_of(bound: socket.socket) -> str:
    """The URL of a server on this socket, without a trailing slash."""
    return f"http://{LOOPBACK}:{bound.getsockname()[1]}"


def reach_loopback_without_proxy() -> None:
    """Exempts loopback from any proxy in the environment, for all clients and child processes."""
    for name in ("NO_PROXY", "no_proxy"):
        exempt = os.environ.get(name, "")
        if LOOPBACK not in exempt.split(","):
            os.environ[name] = f"{exempt},{LOOPBACK}".lstrip(",")
