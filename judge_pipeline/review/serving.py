"""The review served until Ctrl-C, on a socket of this machine."""

import socket
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp


def serve(app: ASGIApp, on: socket.socket) -> None:
    """Serves on a bound socket; nothing is logged, since the addresses in a log would open the review."""
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=3)
    with suppress(KeyboardInterrupt):  # uvicorn raises it again once everything is closed
        uvicorn.Server(config).run(sockets=[on])
