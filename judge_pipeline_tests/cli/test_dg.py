"""Dagster's own command `dg` finds the code location of a checkout, and launches its jobs."""

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from judge_pipeline.assets.partitions import known_tags
from judge_pipeline_tests.cli.commands import Result
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.cli.instances import instance_in
from judge_pipeline_tests.environments import clean_environment
from judge_pipeline_tests.forked import ForkedCommand

ROOT = Path(__file__).parents[2]
DG = str(Path(sys.executable).with_name("dg"))


def dg(*arguments: str, folder: Path, environment: Mapping[str, str]) -> Result:
    """Forks the program: a new interpreter imports for three seconds."""
    files = folder / "stdout", folder / "stderr"
    for file in files:
        file.unlink(missing_ok=True)
    process = ForkedCommand(
        [DG, *arguments],
        cwd=ROOT,
        environment=environment,
        stdout=files[0],
        stderr=files[1],
        program="dagster_dg_cli.cli:main",
    )
    return Result(process.args, process.wait(200), *(file.read_text() for file in files))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_dg_checks_the_definitions_and_launches_a_job(user_project: UserProject, tmp_path: Path) -> None:
    home = tmp_path / "dagster_home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    environment = clean_environment(user_project.settings) | {
        "DAGSTER_HOME": str(home),
        "JUDGE_PIPELINE_HOME": str(tmp_path),
    }
    checked = dg("check", "defs", folder=tmp_path, environment=environment)
    assert checked.returncode == 0, checked.stderr
    assert "All definitions loaded successfully." in checked.stdout
    launched = dg("launch", "--job", "register_images", folder=tmp_path, environment=environment)
    assert launched.returncode == 0, launched.stderr
    with instance_in(home) as instance:
        assert len(known_tags(instance)) == 2


def test_dg_and_the_workspace_file_name_the_same_code_location() -> None:
    """Dagster reads `[tool.dg]` instead of workspace.yaml, and run history belongs to the location's name."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    module = "judge_pipeline.definitions"
    assert (table["code_location_target_module"], table["code_location_name"]) == (module, module)
    assert f"module_name: {module}" in (ROOT / "workspace.yaml").read_text()
