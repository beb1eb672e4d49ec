"""The embedded pair: one local Encord and one local models server a state folder, started by the first process that needs them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)
from filelock import FileLock

from judge_pipeline.embedded.serving import ServerKind

IDLE_SECONDS = 900
"""How long a server that nobody uses stays; longer than a pause between two commands, shorter than a forgotten afternoon."""

START_SECONDS = 60
"""The first start of the local models converts three networks; it takes a few seconds."""

USER = "demo@judge-pipeline.local"


class EmbeddedServerError(Exception):
    """A local server does not start; the message says where its log is."""


@dataclass(frozen=True, slots=True)
class RunningPair:
    """Where the two are, and the processes they run in."""

    encord_url: str
    models_url: str
    pids: tuple[int, int]


class EmbeddedPair:
    """The pair of one state folder; any number of processes may hold one of these at the same time."""

    def __init__(self, folder: Path, *, tell: Callable[[str], None] = lambda _line: None) -> None:
        self.folder = folder
        self._tell = tell

    @property
    def key_file(self) -> Path:
        """The private key of the local Encord's one user, made at the first start, readable by its owner alone."""
        return self.folder / "encord_key"

    @property
    def ssh_private_key(self) -> str:
        """The key's text."""
        return self.key_file.read_text(encoding="ascii")

    def ensure_running(self) -> RunningPair:
        """Finds the servers, or starts what is not there.

        Raises:
            EmbeddedServerError: one of them does not come up.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / "pair.lock", timeout=2 * START_SECONDS):
            if not self.key_file.exists():
                self._make_key()
            encord_url, encord_pid = self._server(ServerKind.ENCORD)
            models_url, models_pid = self._server(ServerKind.MODELS)
            self._register_user(encord_url)
        return RunningPair(encord_url, models_url, (encord_pid, models_pid))

    def stop(self) -> None:
        """Ends both servers of this folder, if they run."""
        with FileLock(self.folder / "pair.lock", timeout=START_SECONDS):
            for kind in ServerKind:
                found = self._find(kind)
                if found:
                    _end(found[1])

    def _server(self, kind: ServerKind) -> tuple[str, int]:
        found = self._find(kind)
        if found:
            return found
        url, pid = self._start(kind)
        self._tell(f"started the local {kind} at {url} (process {pid}, data in {self.folder / kind})")
        return url, pid

    def _address_file(self, kind: ServerKind) -> Path:
        return self.folder / f"{kind}.address.json"

    def _find(self, kind: ServerKind) -> tuple[str, int] | None:
        address = self._address(kind)
        if address is None:
            return None
        try:
            healthy = requests.get(f"{address['url']}/_local/health", timeout=5).ok
        except requests.exceptions.RequestException:
            return None
        return (
            (str(address["url"]), int(str(address["pid"]))) if healthy and _is_alive(int(str(address["pid"]))) else None
        )

    def _address(self, kind: ServerKind) -> dict[str, object] | None:
        try:
            return dict(json.loads(self._address_file(kind).read_text()))
        except (OSError, ValueError):
            return None

    def _start(self, kind: ServerKind) -> tuple[str, int]:
        before = self._address(kind)
        port = str(before["url"]).rpartition(":")[2] if before else "0"
        self._address_file(kind).unlink(missing_ok=True)
        log_file = self.folder / f"{kind}.log"
        command = [
            *(sys.executable, "-m", "judge_pipeline.embedded.serving", kind),
            *("--data-dir", str(self.folder / kind), "--address-file", str(self._address_file(kind))),
            *("--idle-seconds", str(IDLE_SECONDS), "--port", port),
        ]
        with log_file.open("ab") as log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)  # noqa: S603
        deadline = time.monotonic() + START_SECONDS
        while child.poll() is None and time.monotonic() < deadline:
            if self._address(kind) and (found := self._find(kind)):
                return found
            time.sleep(0.05)
        _end(child.pid)
        raise EmbeddedServerError(
            f"the local {kind} server did not start within {START_SECONDS} s; its log is {log_file}"
        )

    def _make_key(self) -> None:
        key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        descriptor = os.open(self.key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)

    def _register_user(self, encord_url: str) -> None:
        public_key = load_ssh_private_key(self.ssh_private_key.encode(), password=None).public_key()
        public_hex = public_key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        user = {"email": USER, "public_key_hex": public_hex}
        requests.post(f"{encord_url}/_local/users", json=user, timeout=10).raise_for_status()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end(pid: int) -> None:
    """Asks a process to end, and waits; one that is a child of ours is reaped."""
    for sign, patience_seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 2)):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if not _is_alive(pid):
                return
            time.sleep(0.05)
