"""Runs a program in a forked process, as a user would in one of its own, with the server's address and a key in the environment."""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from judge_pipeline_tests.forked import ForkedCommand
from judge_pipeline_tests.seed_project import SeedProject

PROGRAMS = Path(__file__).parent / "programs"

Program = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_program(seed: SeedProject, tmp_path: Path) -> Program:
    """Runs `python programs/NAME.py ARGUMENTS…` with additional environment variables."""
    key_file = tmp_path / "key"
    key_file.write_text(seed.server.private_key_text)

    def run(name: str, *arguments: object, **environment: object) -> subprocess.CompletedProcess[str]:
        variables = {"ENCORD_DOMAIN": seed.server.url, "ENCORD_SSH_KEY_FILE": key_file, "COLUMNS": 200, **environment}
        files = [tmp_path / f"{name}.{stream}" for stream in ("stdout", "stderr")]
        for file in files:
            file.unlink(missing_ok=True)
        command = ForkedCommand(
            [str(PROGRAMS / f"{name}.py"), *map(str, arguments)],
            cwd=tmp_path,
            environment=os.environ | {key: str(value) for key, value in variables.items()},
            stdout=files[0],
            stderr=files[1],
            program=f"{__name__}:run_path",
        )
        return subprocess.CompletedProcess(command.args, command.wait(100), *(file.read_text() for file in files))

    return run


def run_path() -> None:
    """In the forked process: what `python PROGRAM` does."""
    runpy.run_path(sys.argv[0], run_name="__main__")
