"""Servers on free local ports, in threads of the test process: any ASGI app, the local Encord, and an address that refuses."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from encord import EncordUserClient
from encord.http.constants import RequestsSettings
from starlette.types import ASGIApp

from judge_pipeline.local.encord import create_app

_bound = socket.socket()  # bound but not listening, so no other process gets the port and every connection is refused
_bound.bind(("127.0.0.1", 0))
UNREACHABLE_PORT: int = _bound.getsockname()[1]
UNREACHABLE_URL = f"http://127.0.0.1:{UNREACHABLE_PORT}"

IMPATIENT = RequestsSettings(max_retries=3, backoff_factor=0.01, connection_retries=3)
"""The SDK's retries, without the waits of several seconds between them."""


@contextmanager
def serve(app: ASGIApp) -> Iterator[str]:
    """Serve an app on a free port; yields its URL without a trailing slash."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


@dataclass(frozen=True)
class LocalEncord:
    """A running local Encord with one registered user."""

    url: str
    email: str
    private_key_text: str = field(repr=False)

    def client(self, *, settings: RequestsSettings = IMPATIENT) -> EncordUserClient:
        """The official SDK; only domain and key differ from a real client."""
        return EncordUserClient.create_with_ssh_private_key(
            self.private_key_text, domain=self.url, requests_settings=settings
        )

    def another_user(self, email: str) -> "LocalEncord":
        """The same server for a second user with their own key."""
        return register(self.url, email)

    def control(self, method: str, path: str, json: object = None, data: bytes | None = None) -> requests.Response:
        """A request to the server's own routes, `path` without `/_local/`; raises for an error status."""
        response = requests.request(method, f"{self.url}/_local/{path}", json=json, data=data, timeout=30)
        if not response.ok:
            raise RuntimeError(f"{method} /_local/{path}: {response.status_code} {response.text}")
        return response


@contextmanager
def running_local_encord(data_dir: Path, *, email: str = "pipeline@example.com") -> Iterator[LocalEncord]:
    """A local Encord on `data_dir`, with a new key registered for `email`."""
    with serve(create_app(data_dir)) as url:
        yield register(url, email)


def register(url: str, email: str) -> LocalEncord:
    """Create an Ed25519 key and register it for `email`."""
    key = Ed25519PrivateKey.generate()
    public_key_hex = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    requests.post(
        f"{url}/_local/users", json={"email": email, "public_key_hex": public_key_hex}, timeout=30
    ).raise_for_status()
    return LocalEncord(url, email, openssh_text(key))


def openssh_text(key: Ed25519PrivateKey) -> str:
    """A private key in OpenSSH's format, as Encord's SDK takes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
