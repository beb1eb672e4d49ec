"""The local pair: one local Encord and one local models server per state folder, started by the first process that needs them."""

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
from filelock import FileLock, Timeout

from judge_pipeline.local.pair.errors import LocalServerError
from judge_pipeline.local.pair.keys import ensure_key, register_key
from judge_pipeline.local.pair.serving import ServerKind
from judge_pipeline.local.pair.sockets import reach_loopback_without_proxy

IDLE_SECONDS = 900.0
"""How long an idle server keeps running: longer than a pause between two commands, not a whole forgotten afternoon."""

START_SECONDS = 120
"""The first start of the local models converts three networks: 5 s on two idle cores; this allows for busy ones."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server's URL and process."""

    url: str
    pid: int


@dataclass(frozen=True, slots=True)
class RunningPair:
    """Both servers."""

    encord: RunningServer
    models: RunningServer

    @property
    def encord_url(self) -> str:
        """The value for `ENCORD_DOMAIN`."""
        return self.encord.url

    @property
    def models_url(self) -> str:
        """The URL that `/v1` is under."""
        return self.models.url


class LocalPair:
    """The pair of one state folder; any number of processes may use it at the same time."""

    def __init__(
        self,
        folder: Path,
        *,
        log: Callable[[str], None] = lambda _line: None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.folder = folder
        self._log = log
        self._idle_seconds = idle_seconds

    @property
    def key_file(self) -> Path:
        """The private key of the local Encord's only user, created at the first start, readable only by its owner."""
        return self.folder / "encord_key"

    @property
    def ssh_private_key(self) -> str:
        """The key's text."""
        return self.key_file.read_text(encoding="ascii")

    def ensure_running(self) -> RunningPair:
        """Finds the servers, or starts those that are not running.

        Raises:
            LocalServerError: a server does not start, or the folder cannot be used.
        """
        reach_loopback_without_proxy()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / "pair.lock", timeout=2 * START_SECONDS):
                ensure_key(self.key_file)
                running = self._find_or_start()
                register_key(running.encord_url, self.key_file)
        except Timeout:
            raise LocalServerError(
                f"another process has been starting the local servers of {self.folder} for {2 * START_SECONDS} s; "
                "stop it and try again"
            ) from None
        except requests.exceptions.RequestException as error:
            raise LocalServerError(
                f"the local encord server stopped responding ({type(error).__name__}); "
                f"see its log, {self._log_file(ServerKind.ENCORD)}"
            ) from None
        except OSError as error:
            raise LocalServerError(
                f"cannot use the folder {self.folder} ({error.strerror}); "
                "choose another with --home or JUDGE_PIPELINE_HOME"
            ) from None
        return running

    def stop(self) -> None:
        """Stops both servers of this folder, if they are running."""
        with FileLock(self.folder / "pair.lock", timeout=START_SECONDS):
            for kind in ServerKind:
                found = self._find(kind)
                if found:
                    _terminate(found.pid)

    def _find_or_start(self) -> RunningPair:
        """Both servers; missing ones are started in parallel."""
        servers = {kind: server for kind in ServerKind if (server := self._find(kind))}
        children = {kind: self._launch(kind) for kind in ServerKind if kind not in servers}
        try:
            for kind, child in children.items():
                servers[kind] = self._wait_for(kind, child)
        except BaseException:
            for child in children.values():
                _terminate(child.pid)
            raise
        for kind in children:
            self._log(f"started the local {kind} at {servers[kind].url}")
        return RunningPair(encord=servers[ServerKind.ENCORD], models=servers[ServerKind.MODELS])

    def _find(self, kind: ServerKind) -> RunningServer | None:
        """The server that the address file names, if it is alive and healthy."""
        recorded = self._recorded(kind)
        if recorded is None or not _is_alive(recorded.pid):
            return None
        try:
            healthy = requests.get(f"{recorded.url}/_local/health", timeout=10).ok
        except requests.exceptions.RequestException:
            return None
        return recorded if healthy else None

    def _recorded(self, kind: ServerKind) -> RunningServer | None:
        """The server that the address file names, running or not."""
        try:
            address = json.loads(self._address_file(kind).read_text())
            return RunningServer(url=str(address["url"]), pid=int(address["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _launch(self, kind: ServerKind) -> "subprocess.Popen[bytes]":
        """Starts a server, on the port of an earlier one if there was one: clients may still know its address."""
        before = self._recorded(kind)
        port = before.url.rpartition(":")[2] if before else "0"
        self._address_file(kind).unlink(missing_ok=True)
        command = [
            *(sys.executable, "-m", "judge_pipeline.local.pair.serving", kind),
            *("--data-dir", str(self.folder / kind), "--address-file", str(self._address_file(kind))),
            *("--idle-seconds", str(self._idle_seconds), "--port", port),
        ]
        with self._log_file(kind).open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)  # noqa: S603

    def _wait_for(self, kind: ServerKind, child: "subprocess.Popen[bytes]") -> RunningServer:
        log_file = self._log_file(kind)
        deadline = time.monotonic() + START_SECONDS
        while child.poll() is None and time.monotonic() < deadline:
            if found := self._find(kind):
                return found
            time.sleep(0.05)
        if child.poll() is None:
            raise LocalServerError(
                f"the local {kind} server did not start within {START_SECONDS} s; see its log, {log_file}"
            )
        raise LocalServerError(
            f"the local {kind} server does not start: {_last_line(log_file)}; see its log, {log_file}"
        )

    def _address_file(self, kind: ServerKind) -> Path:
        return self.folder / f"{kind}.address.json"

    def _log_file(self, kind: ServerKind) -> Path:
        return self.folder / f"{kind}.log"


def _last_line(log_file: Path) -> str:
    lines = log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "its log is empty"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError):  # Linux: a zombie counts as ended
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def _terminate(pid: int) -> None:
    """Terminates a process and waits for it; reaps it if it is a child of this one."""
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
