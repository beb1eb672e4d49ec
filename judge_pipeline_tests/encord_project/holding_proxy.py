"""A proxy on loopback in front of the local Encord that holds chosen requests while somebody else does something."""

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
    """Calls `meanwhile` while the first request that contains all of `holds` is held back, and `seconds` longer."""

    target: str
    holds: tuple[str, ...]
    meanwhile: Callable[[], object]
    seconds: float
    url: str = ""
    held: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self, method: str, path: str, body: bytes) -> None:
        request = f"{method} {path} {body.decode(errors='replace')}"
        with self._lock:
            if self.held or not all(part in request for part in self.holds):
                return
            self.held += 1
        self.meanwhile()
        time.sleep(self.seconds)


@contextmanager
def holding_proxy(
    target: str, *holds: str, meanwhile: Callable[[], object], seconds: float = 0.5
) -> Iterator[HoldingProxy]:
    """Serves the proxy on a free port. Half a second is long enough for the pipeline to see what was done `meanwhile`."""
    proxy = HoldingProxy(target, holds, meanwhile, seconds)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            proxy.before(self.command, self.path, body)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
            answer = requests.request(
                self.command, target + self.path, headers=headers, data=body, timeout=60, allow_redirects=False
            )
            self.send_response(answer.status_code)
            for name in ("Content-Type", "Retry-After", "Date"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: Any) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"):
        setattr(Handler, f"do_{method}", Handler.forward)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
