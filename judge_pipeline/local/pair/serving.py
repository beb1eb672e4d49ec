"""One local server as a process: it serves on a bound socket, reports when it is ready, and stops after an idle time."""

import argparse
import asyncio
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

from judge_pipeline.engine.process_tuning import share_free_memory
from judge_pipeline.local.pair.errors import LocalServerError, PortInUse
from judge_pipeline.local.pair.sockets import bind, url_of


class ServerKind(StrEnum):
    """Which of the two servers."""

    ENCORD = "encord"
    MODELS = "models"


class IdleTracker:
    """ASGI middleware that measures how long the app has been idle; a request in flight counts as use."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._in_flight = 0
        self._last_use = time.monotonic()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Forwards the request."""
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
        """Seconds since the last request ended; 0 while one is in flight."""
        return 0.0 if self._in_flight else time.monotonic() - self._last_use


def serve(
    kind: ServerKind,
    data_dir: Path,
    *,
    on: socket.socket,
    ready: Callable[[], None],
    idle_seconds: float | None = None,
    batch_seconds: float = 1.0,
) -> None:
    """Serves until a signal, or until there was no request for `idle_seconds`.

    `ready` is called in a thread once the server accepts requests. `batch_seconds` is how long the local models take over a batch.

    Raises:
        LocalServerError: the packages of the `local` extra are not installed.
    """
    share_free_memory()
    try:
        import uvicorn

        app = _app_of(kind, data_dir, batch_seconds)
    except ModuleNotFoundError as error:
        raise LocalServerError(
            f"the local servers need the package {error.name}, which is not installed; run pip install 'judge-pipeline[local]'"
        ) from None
    tracker = IdleTracker(app)
    config = uvicorn.Config(tracker, log_level="warning", lifespan="on", timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)

    async def watch() -> None:
        while not server.started:
            await asyncio.sleep(0.02)
        await asyncio.to_thread(ready)
        while not server.should_exit:
            await asyncio.sleep(0.2)
            if idle_seconds is not None and tracker.idle_seconds > idle_seconds:
                return

    def stop(_watching: "asyncio.Task[None]") -> None:
        server.should_exit = True

    async def run() -> None:
        watching = asyncio.create_task(watch())
        watching.add_done_callback(stop)
        await server.serve(sockets=[on])
        await watching

    asyncio.run(run())


def _app_of(kind: ServerKind, data_dir: Path, batch_seconds: float) -> Any:
    """The server's ASGI app over its data folder; imported here so that each process loads only its own server."""
    data_dir.mkdir(parents=True, exist_ok=True)
    if kind is ServerKind.ENCORD:
        from judge_pipeline.local.encord import create_app as create_local_encord

        return create_local_encord(data_dir)
    from judge_pipeline.local.models import create_app as create_local_models

    return create_local_models(data_dir, data_dir / "batches", batch_seconds=batch_seconds)


def _write_whole(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)


def main(arguments: list[str]) -> None:
    """`python -m judge_pipeline.local.pair.serving KIND --data-dir DIR --address-file FILE ...`, as the pair starts it.

    `--port` is the port that clients of an earlier server know; if it is taken, any free port is used. The address file,
    `{"url", "pid", "kind"}`, is written once the server accepts requests.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", type=ServerKind, choices=list(ServerKind))
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--address-file", type=Path, required=True)
    parser.add_argument("--idle-seconds", type=float, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args(arguments)
    try:
        bound = bind(given.port)
    except PortInUse:
        bound = bind(0)
    address = json.dumps({"url": url_of(bound), "pid": os.getpid(), "kind": given.kind})
    try:
        serve(
            given.kind,
            given.data_dir,
            on=bound,
            ready=lambda: _write_whole(given.address_file, address),
            idle_seconds=given.idle_seconds,
        )
    except LocalServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
