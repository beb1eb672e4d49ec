"""A proxy on loopback in front of the local Encord that holds or refuses chosen requests."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

LABEL_SAVE = ('"query_type": "labelrow"', '"query_method": "POST"')


@dataclass
class HoldingProxy:
    """Calls `meanwhile` while a request that contains all of `holds` is held back, and `seconds` longer.

    That is the first such request after `skip` others. `seen` counts them all.
    """

    holds: tuple[str, ...]
    meanwhile: Callable[[], object]
    seconds: float
    skip: int = 0
    url: str = ""
    seen: int = 0
    held: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self, request: str) -> None:
        with self._lock:
            if not all(part in request for part in self.holds):
                return
            self.seen += 1
            if self.seen != self.skip + 1:
                return
            self.held += 1
        self.meanwhile()
        time.sleep(self.seconds)


@dataclass
class RefusingProxy:
    """Answers each request that contains all of `parts` with `status`, without passing it on."""

    parts: tuple[str, ...]
    status: int
    url: str = ""
    refused: int = 0

    def before(self, request: str) -> int | None:
        if not all(part in request for part in self.parts):
            return None
        self.refused += 1
        return self.status


@contextmanager
def holding_proxy(
    target: str, *holds: str, meanwhile: Callable[[], object], seconds: float = 0.5, skip: int = 0
) -> Iterator[HoldingProxy]:
    """Serves the proxy on a free port. Half a second is long enough for the pipeline to see what was done `meanwhile`."""
    proxy = HoldingProxy(holds, meanwhile, seconds, skip)
    with _served(target, proxy.before) as proxy.url:
        yield proxy


@contextmanager
def refusing_proxy(target: str, *parts: str, status: int) -> Iterator[RefusingProxy]:
    """Serves the proxy on a free port."""
    proxy = RefusingProxy(parts, status)
    with _served(target, proxy.before) as proxy.url:
        yield proxy


@contextmanager
def _served(target: str, before: Callable[[str], int | None]) -> Iterator[str]:
    """The URL of a proxy that calls `before` with each request as text, and answers with the status that it returns, if any."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status = before(f"{self.command} {self.path} {body.decode(errors='replace')}")
            if status is not None:
                self.respond(status, {"Content-Type": "application/json"}, b'{"message": "this row is not digestible"}')
                return
            headers = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
            answer = requests.request(
                self.command, target + self.path, headers=headers, data=body, timeout=60, allow_redirects=False
            )
            kept = {
                name: answer.headers[name] for name in ("Content-Type", "Retry-After", "Date") if name in answer.headers
            }
            self.respond(answer.status_code, kept, answer.content)

        def respond(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"):
        setattr(Handler, f"do_{method}", Handler.forward)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
