"""Ports of this machine's loopback: taken for a server, and reached without a proxy."""

import os
import socket

from judge_pipeline.local.pair.errors import PortInUse

LOOPBACK = "127.0.0.1"


def bind(port: int, *, host: str = LOOPBACK) -> socket.socket:
    """A listening socket on a port of loopback or of another address, 0 being any free one; clients wait until they are answered.

    It names its protocol, without which asyncio leaves Nagle's algorithm on: 45 ms for each answer on a kept connection.

    Raises:
        PortInUse: somebody listens there.
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
            f"port {port} of {host} cannot be used ({error.strerror}); give another --port, or 0 for any free one"
        ) from None
    return bound


def url_of(bound: socket.socket) -> str:
    """The address of a server on this socket, without a slash at the end."""
    return f"http://{LOOPBACK}:{bound.getsockname()[1]}"


def reach_loopback_without_proxy() -> None:
    """Whatever proxy the environment names cannot reach this machine's loopback; all clients and child processes read this."""
    for name in ("NO_PROXY", "no_proxy"):
        exempt = os.environ.get(name, "")
        if LOOPBACK not in exempt.split(","):
            os.environ[name] = f"{exempt},{LOOPBACK}".lstrip(",")
