"""The `judge-pipeline` command as a person runs it: its own process, in the test's directory and environment.

Most are forked, which saves seconds of imports; tests of how the program starts or ends run the installed one.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from judge_pipeline_tests.environments import clean_environment
from judge_pipeline_tests.forked import ForkedCommand
from judge_pipeline_tests.processes import session_processes, wait_until

PROGRAM = str(Path(sys.executable).with_name("judge-pipeline"))

PATIENCE_SECONDS = 200

SOURCES = "judge-pipeline: settings: "

Result = subprocess.CompletedProcess[str]


def judge_pipeline(*arguments: str, cwd: Path, settings: Mapping[str, str] | None = None, columns: int = 80) -> Result:
    """Forks a command and waits until it exits; its output is not a terminal."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "stdout"), Path(folder, "stderr")
        command = ForkedCommand(
            [PROGRAM, *arguments],
            cwd=cwd,
            environment=_environment(settings, columns),
            stdout=files[0],
            stderr=files[1],
        )
        try:
            code = command.wait(PATIENCE_SECONDS)
        finally:
            if command.poll() is None:
                command.kill()
        return _without_sources(Result(command.args, code, *(file.read_text() for file in files)))


def installed_judge_pipeline(*arguments: str, cwd: Path, settings: Mapping[str, str] | None = None) -> Result:
    """Runs the installed program and waits until it exits."""
    result = subprocess.run(
        [PROGRAM, *arguments],
        cwd=cwd,
        env=_environment(settings, 80),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return _without_sources(result)


def _without_sources(result: Result) -> Result:
    return Result(result.args, result.returncode, result.stdout, without_sources(result.stderr))


def without_sources(stderr: str) -> str:
    """Without its first line, which says where the settings come from; test_settings_sources.py reads that."""
    first, _, rest = stderr.partition("\n")
    return rest if first.startswith(SOURCES) else stderr


def _environment(settings: Mapping[str, str] | None, columns: int) -> dict[str, str]:
    return clean_environment(settings) | {"COLUMNS": str(columns)}


class Running:
    """A running command; its output so far is in files."""

    def __init__(self, process: "subprocess.Popen[bytes] | ForkedCommand", stdout: Path, stderr: Path) -> None:
        self.process = process
        self._stdout = stdout
        self._stderr = stderr

    @property
    def stdout(self) -> str:
        return self._stdout.read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        return without_sources(self._stderr.read_text(encoding="utf-8"))

    def wait_for_line(self, beginning: str, *, seconds: float = 100) -> str:
        """The first line of standard output with this beginning, as soon as it is complete."""

        def lines() -> list[str]:
            return [line for line in self.stdout.splitlines(keepends=True) if line.startswith(beginning)]

        def is_complete() -> bool:
            return any(line.endswith("\n") for line in lines()) or self.process.poll() is not None

        wait_until(is_complete, seconds=seconds, otherwise=lambda: self.stdout + self.stderr)
        assert lines(), f"it exited without this line: {self.stdout}{self.stderr}"
        return lines()[0].rstrip("\n")

    def end(self, sign: int, *, seconds: float = 60) -> int:
        """Sends the signal to this process only and returns its exit code."""
        self.process.send_signal(sign)
        return self.process.wait(seconds)


@contextmanager
def running(
    *arguments: str, cwd: Path, settings: Mapping[str, str] | None = None, installed: bool = False
) -> Iterator[Running]:
    """Forks a command, or starts the installed program, in its own session; kills it at the end if it still runs."""
    stdout, stderr = cwd / "stdout", cwd / "stderr"
    command, environment = [PROGRAM, *arguments], _environment(settings, 80)
    process: subprocess.Popen[bytes] | ForkedCommand
    if installed:
        with stdout.open("wb") as out, stderr.open("wb") as err:
            process = subprocess.Popen(
                command, cwd=cwd, env=environment, stdout=out, stderr=err, start_new_session=True
            )
    else:
        process = ForkedCommand(command, cwd=cwd, environment=environment, stdout=stdout, stderr=stderr)
    try:
        yield Running(process, stdout, stderr)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert session_processes(process.pid) == set()
