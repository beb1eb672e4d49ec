"""Processes forked from one with everything imported. They start at once; a new interpreter would import for seconds."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import TimeoutExpired

FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(["judge_pipeline_tests.forkserver_preload"])


class ForkedCommand:
    """A forked `judge-pipeline` command, with the part of Popen's interface that tests use.

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
    ) -> None:
        self.args = list(arguments)
        for file in (stdout, stderr):
            file.touch()
        self._process = FORKSERVER.Process(target=_become, args=(self.args, cwd, dict(environment), stdout, stderr))
        self._process.start()

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the process and returns its exit code."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutExpired(self.args, timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Signals this process, not its children."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Sends SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _become(arguments: list[str], cwd: Path, environment: dict[str, str], stdout: Path, stderr: Path) -> None:
    """Turns this process into the command."""
    from judge_pipeline.cli import main

    # A shell ignores both in background jobs.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    for number, (name, path) in enumerate([("stdout", stdout), ("stderr", stderr)], start=1):
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
        setattr(sys, name, open(number, "w", buffering=1, closefd=False))  # noqa: SIM115
    sys.argv = arguments
    main()
