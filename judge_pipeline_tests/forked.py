"""Processes forked from one that has everything loaded: they begin at once, where a new interpreter imports for seconds."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import TimeoutExpired

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["judge_pipeline_tests.loaded"])


class ForkedCommand:
    """A `judge-pipeline` command that is forked instead of started, with as much of a Popen as tests ask for.

    It is a process with its own session, directory, environment and files; only its imports are behind it.
    """

    def __init__(
        self,
        arguments: Sequence[str],  # the program's name first
        *,
        cwd: Path,
        environment: Mapping[str, str],
        stdout: Path,
        stderr: Path,
    ) -> None:
        self.args = list(arguments)
        for file in (stdout, stderr):
            file.touch()
        self._process = PROCESSES.Process(target=_become, args=(self.args, cwd, dict(environment), stdout, stderr))
        self._process.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has one."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutExpired(self.args, timeout or 0)
        return self._process.exitcode

    def send_signal(self, sign: int) -> None:
        """To this process alone."""
        os.kill(self.pid, sign)

    def kill(self) -> None:
        """Ends it at once."""
        self.send_signal(signal.SIGKILL)


def _become(arguments: list[str], cwd: Path, environment: dict[str, str], stdout: Path, stderr: Path) -> None:
    """Turns this process into the command; whatever it exits with is the process's exit code."""
    from judge_pipeline.cli import main

    # Both may be ignored where the tests run in the background.
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
