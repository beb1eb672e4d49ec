"""The `judge-pipeline` command as a person runs it: a process of its own, in a directory and an environment of the test's."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from judge_pipeline_tests.environments import bare_environment
from judge_pipeline_tests.processes import in_session, wait_until

PROGRAM = str(Path(sys.executable).with_name("judge-pipeline"))

Ended = subprocess.CompletedProcess[str]


def judge_pipeline(
    *arguments: str, cwd: Path, settings: Mapping[str, str] | None = None, columns: int = 80, seconds: float = 200
) -> Ended:
    """Runs a command to its end; its output is not a terminal."""
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd,
        env=bare_environment(settings) | {"COLUMNS": str(columns)},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


class Running:
    """A command that goes on; what it has written so far is in files."""

    def __init__(self, process: "subprocess.Popen[bytes]", stdout: Path, stderr: Path) -> None:
        self.process = process
        self._stdout = stdout
        self._stderr = stderr

    @property
    def stdout(self) -> str:
        return self._stdout.read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        return self._stderr.read_text(encoding="utf-8")

    def wait_for_line(self, beginning: str, *, seconds: float = 100) -> str:
        """The first line of standard output that begins so, as soon as it is whole."""

        def lines() -> list[str]:
            return [line for line in self.stdout.splitlines(keepends=True) if line.startswith(beginning)]

        def is_there() -> bool:
            return any(line.endswith("\n") for line in lines()) or self.process.poll() is not None

        wait_until(is_there, seconds=seconds, otherwise=lambda: self.stdout + self.stderr)
        assert lines(), f"it ended without it: {self.stdout}{self.stderr}"
        return lines()[0].rstrip("\n")

    def end(self, sign: int, *, seconds: float = 60) -> int:
        """Sends the signal to this process alone and returns its exit code."""
        self.process.send_signal(sign)
        return self.process.wait(seconds)


@contextmanager
def running(*arguments: str, cwd: Path, settings: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Starts a command in a session of its own; whatever still lives of it at the end of the block is killed."""
    stdout, stderr = cwd / "stdout", cwd / "stderr"
    with stdout.open("wb") as out, stderr.open("wb") as err:
        process = subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=cwd,
            env=bare_environment(settings) | {"COLUMNS": "80"},
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    try:
        yield Running(process, stdout, stderr)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert in_session(process.pid) == set()
