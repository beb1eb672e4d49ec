"""Processes forked from one with everything imported. They start at once; a new interpreter would import for seconds."""

import os
import pickle
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import TimeoutExpired

from filelock import FileLock

ADDRESS = os.environ.get("TESTS_FORK_SERVER") or str(
    Path(tempfile.gettempdir(), f"fork-server-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}")
)
"""Of the server that all workers of this test run share; `make test` has started it before them (`forked_workers.py`)."""

STARTING_SECONDS = 100

_started: list["subprocess.Popen[bytes]"] = []
"""The server, if this worker has started it: it ends with the worker, which closes its standard input."""


def _connection() -> socket.socket:
    """A connection to the server, which is started when there is none."""
    with FileLock(f"{ADDRESS}.lock", timeout=2 * STARTING_SECONDS):
        client = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + STARTING_SECONDS
        server = None
        while True:
            try:
                client.connect(ADDRESS)
            except OSError as error:
                if server is None:
                    command = [sys.executable, "-m", "judge_pipeline_tests.fork_server", ADDRESS]
                    server = subprocess.Popen(command, stdin=subprocess.PIPE)
                    _started.append(server)
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the fork server did not start") from error
                time.sleep(0.1)
            else:
                return client


class Forked:
    """A function that runs in a forked process, with the part of Popen's interface that tests use."""

    def __init__(self, function: Callable[..., object], *arguments: object, files: Sequence[int] = ()) -> None:
        """`files` are its standard files, from standard input on."""
        self.args: Sequence[object] = arguments
        self._server = _connection()
        socket.send_fds(self._server, [b"."], list(files))
        self._server.sendall(pickle.dumps((function, arguments)))
        self._lines = b""
        self.pid = self._next_number(timeout=STARTING_SECONDS)
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        try:
            return self.wait(0)
        except TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the process and returns its exit code."""
        if self._code is None:
            self._code = self._next_number(timeout=timeout)
            self._server.close()
        return self._code

    def send_signal(self, number: int) -> None:
        """Signals this process, not its children."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Sends SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _next_number(self, *, timeout: float | None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while b"\n" not in self._lines:
            self._server.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0))
            try:
                received = self._server.recv(64)
            except (BlockingIOError, TimeoutError):
                raise TimeoutExpired(list(map(str, self.args)), timeout or 0) from None
            if not received:
                raise RuntimeError("the fork server has ended")
            self._lines += received
        line, _, self._lines = self._lines.partition(b"\n")
        return int(line)


class ForkedCode(Forked):
    """What `python -c CODE ARGUMENTS` would run, in a forked process; its input and output are pipes."""

    def __init__(self, code: str, *arguments: object) -> None:
        (theirs_in, ours_in), (ours_out, theirs_out) = os.pipe(), os.pipe()
        super().__init__(_execute, code, *map(str, arguments), files=(theirs_in, theirs_out, 2))
        for file in (theirs_in, theirs_out):
            os.close(file)
        self.stdin = os.fdopen(ours_in, "w", encoding="utf-8")
        self.stdout = os.fdopen(ours_out, encoding="utf-8")

    def communicate(self, text: str = "", *, timeout: float) -> str:
        """Writes and closes its input, waits for its end, and returns the rest of its output."""
        with self.stdout, self.stdin:
            self.stdin.write(text)
            self.stdin.close()
            said = self.stdout.read()
        self.wait(timeout)
        return said


def use_standard_files() -> None:
    """Makes Python's standard streams of the present standard files."""
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115


def _execute(code: str, *arguments: str) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    use_standard_files()
    sys.argv = ["-c", *arguments]
    exec(code, {"__name__": "__main__"})


class ForkedCommand(Forked):
    """A forked `judge-pipeline` command, or another program by its function, `module:name`.

    The process has its own session, directory, environment and files, and has done its imports.
    """

    def __init__(
        self,
        arguments: Sequence[str],  # with the program's name first
        *,
        cwd: Path,
        environment: Mapping[str, str],
        stdout: Path,
        stderr: Path,
        program: str = "judge_pipeline.cli:main",
    ) -> None:
        for file in (stdout, stderr):
            file.touch()
        super().__init__(_become, program, list(arguments), cwd, dict(environment), stdout, stderr)
        self.args = list(arguments)


def _become(
    program: str, arguments: list[str], cwd: Path, environment: dict[str, str], stdout: Path, stderr: Path
) -> None:
    """Turns this process into the command."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a shell ignores it in background jobs
    os.setsid()
    move_to(cwd, environment, stdout=stdout, stderr=stderr)
    sys.modules.pop("judge_pipeline.definitions", None)  # it has read the settings of the fork server
    sys.argv = arguments
    pkgutil.resolve_name(program)()


def move_to(cwd: Path, environment: Mapping[str, str], *, stdout: Path, stderr: Path) -> None:
    """Gives a forked process its directory, environment and files, which must exist."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # it is looked up again
    sys.path[:0] = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path not in (*sys.path, "")]
    for number, (name, path) in enumerate([("stdout", stdout), ("stderr", stderr)], start=1):
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
        setattr(sys, name, open(number, "w", buffering=1, closefd=False))  # noqa: SIM115
