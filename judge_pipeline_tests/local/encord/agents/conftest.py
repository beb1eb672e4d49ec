"""Runs a program in its own process, as a user would, with the server's address and a key in the environment."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
        return subprocess.run(
            [sys.executable, str(PROGRAMS / f"{name}.py"), *map(str, arguments)],
            env=os.environ | {key: str(value) for key, value in variables.items()},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    return run
