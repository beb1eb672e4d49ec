"""A wrong setting ends a command with one line and exit code 2, before any model call."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.environments import clean_environment
from judge_pipeline_tests.servers import UNREACHABLE_URL

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def no_key_file(user_project: UserProject) -> dict[str, str]:
    return {"ENCORD_SSH_KEY_FILE": "nowhere"}


def unknown_project(user_project: UserProject) -> dict[str, str]:
    return {"ENCORD_PROJECT_HASH": "00000000-0000-4000-8000-000000000000"}


def ontology_without_a_captioner(user_project: UserProject) -> dict[str, str]:
    structure = user_project.seed.client().get_ontology(user_project.seed.ontology_hash).structure.to_dict()
    others = [each for each in structure["classifications"] if each["attributes"][0]["name"] != "LLM 16B"]
    without = json.loads(json.dumps({**structure, "classifications": others}))
    changed = {"uuid": user_project.seed.ontology_hash, "title": "Captions", "structure": without}
    user_project.seed.server.control("POST", "ontologies", json=changed)
    return {}


def unreachable_model(user_project: UserProject) -> dict[str, str]:
    return {"LLM2__BASE_URL": f"{UNREACHABLE_URL}/v1"}


@pytest.mark.parametrize(
    ("command", "mistake", "words"),
    [
        ("run", no_key_file, ["'nowhere'", "No such file or directory", "correct ENCORD_SSH_KEY_FILE"]),
        ("run", unknown_project, ["00000000-0000-4000-8000-000000000000", "check the id"]),
        ("run", ontology_without_a_captioner, ["LLM 16B", "Captions"]),
        ("doctor", unreachable_model, ["LLM2", f"{UNREACHABLE_URL}/v1", "check LLM2__BASE_URL"]),
        ("run", unreachable_model, ["LLM2", f"{UNREACHABLE_URL}/v1", "check LLM2__BASE_URL"]),
    ],
)
def test_a_mistake_is_one_line(
    user_project: UserProject,
    tmp_path: Path,
    command: str,
    mistake: Callable[[UserProject], dict[str, str]],
    words: list[str],
) -> None:
    result = judge_pipeline(command, cwd=tmp_path, settings=user_project.settings | mistake(user_project))
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("judge-pipeline: ")
    assert [word for word in words if word not in line] == []
    assert user_project.models.calls == []


IMPORT_EVERY_COMMAND = """
import importlib, pkgutil, sys
import judge_pipeline.cli
for module in pkgutil.walk_packages(judge_pipeline.cli.__path__, "judge_pipeline.cli."):
    importlib.import_module(module.name)
assert "judge_pipeline.definitions" not in sys.modules
late = {"openai", "aiohttp", "httpx2", "scipy", "statsmodels", "pandas", "pyarrow", "genai_prices", "onnxruntime", "trio"}
assert not late & set(sys.modules), late & set(sys.modules)
"""


def test_importing_the_commands_reads_no_setting_and_no_library_that_is_needed_late(tmp_path: Path) -> None:
    """Settings are read when a command runs; `demo` ignores them, so an invalid one must not stop it. Libraries take 0.1 to 1 s."""
    environment = clean_environment({"CAPTION_MAX_WORDS": "abc"})
    subprocess.run([sys.executable, "-c", IMPORT_EVERY_COMMAND], cwd=tmp_path, env=environment, check=True)
