"""One local server as a process: it binds a loopback port, writes its address to a file and ends when nobody has used it for a while."""

import argparse
import asyncio
import json
import os
import socket
import sys
import tempfile
import time
from enum import StrEnum
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"


class ServerKind(StrEnum):
    """Which of the two."""

    ENCORD = "encord"
    MODELS = "models"


class UsedSince:
    """ASGI middleware that knows how long the app has been idle; a request in flight is use."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._in_flight = 0
        self._last_use = time.monotonic()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Passes everything through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._in_flight += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_flight -= 1
            self._last_use = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        """Seconds since the last request ended, 0 while one is being answered."""
        return 0.0 if self._in_flight else time.monotonic() - self._last_use


def app_of(kind: ServerKind, data_dir: Path) -> Any:
    """The server's ASGI app over its data folder, imported here so that each process loads only its own."""
    if kind is ServerKind.ENCORD:
        from judge_pipeline.local_encord import create_app as create_local_encord

        return create_local_encord(data_dir)
    from judge_pipeline.local_models import create_app as create_local_models

    return create_local_models(data_dir)


def serve(
    kind: ServerKind,
    data_dir: Path,
    *,
    port: int = 0,
    address_file: Path | None = None,
    idle_seconds: float | None = None,
) -> None:
    """Serves until a signal, or until nobody has asked for anything for `idle_seconds`. Port 0, or one in use, is any free one.

    The address file is written once requests are answered: `{"url", "pid", "kind"}`.
    """
    import uvicorn

    data_dir.mkdir(parents=True, exist_ok=True)
    used = UsedSince(app_of(kind, data_dir))
    listening = _bind(port)
    url = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(used, log_level="warning", lifespan="on", timeout_graceful_shutdown=3))

    async def watch() -> None:
        while not server.started:
            await asyncio.sleep(0.02)
        if address_file:
            _write_whole(address_file, json.dumps({"url": url, "pid": os.getpid(), "kind": kind}))
        else:
            print(f"local {kind}: {url}  (data in {data_dir}; Ctrl-C ends it)", flush=True)  # noqa: T201
        while not server.should_exit:
            await asyncio.sleep(1)
            if idle_seconds is not None and used.idle_seconds > idle_seconds:
                server.should_exit = True

    async def run() -> None:
        watching = asyncio.create_task(watch())
        await server.serve(sockets=[listening])
        watching.cancel()

    asyncio.run(run())


def _bind(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except OSError:
        listening.bind((LOOPBACK, 0))
    return listening


def _write_whole(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)


def main(arguments: list[str]) -> None:
    """`python -m judge_pipeline.embedded.serving KIND --data-dir DIR --address-file FILE ...`, as the pair starts it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", type=ServerKind, choices=list(ServerKind))
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--address-file", type=Path, required=True)
    parser.add_argument("--idle-seconds", type=float, required=True)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args(arguments)
    serve(given.kind, given.data_dir, port=given.port, address_file=given.address_file, idle_seconds=given.idle_seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
