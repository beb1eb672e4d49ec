"""Every command reads `.env`, says where its settings come from, and has `--home` and `--env-file`."""

import json
from pathlib import Path

import pytest
import typer

from judge_pipeline.cli import app
from judge_pipeline_tests.cli.commands import SOURCES, judge_pipeline, running
from judge_pipeline_tests.cli.conftest import UserProject

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_every_command_has_the_two_options() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert len(commands) >= 12
    options = {name: {option for param in each.params for option in param.opts} for name, each in commands.items()}
    assert [name for name, each in options.items() if not {"--home", "--env-file"} <= each] == []


def test_a_command_works_with_the_settings_of_its_folder(user_project: UserProject, tmp_path: Path) -> None:
    """As `dagster dev` does in the same folder; without the file it would work with the embedded Encord."""
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in user_project.settings.items()))
    with running("doctor", cwd=tmp_path, settings={"LLM1__CONCURRENCY": "3"}) as command:
        assert command.process.wait(100) == 0
        line = (tmp_path / "stderr").read_text().splitlines()[0]
    assert line == f"{SOURCES}1 from the environment, {len(user_project.settings)} from {tmp_path / '.env'}"
    assert user_project.seed.project_hash in command.stdout


def test_another_file_and_another_home(user_project: UserProject, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ENCORD_DOMAIN=http://127.0.0.1:1\n")
    settings = user_project.settings | {"DAGSTER_HOME": str(tmp_path / "elsewhere")}
    (tmp_path / "own.env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    result = judge_pipeline("prune", "--env-file", "own.env", "--home", "own", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "own" / "dagster_home").is_dir()
    assert not (tmp_path / "elsewhere").exists()


def test_a_misspelt_setting_in_the_file_ends_a_command(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LLM1_MODEL=m\nENCORD_PROJET_HASH=h\n")
    result = judge_pipeline("run", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert f"LLM1_MODEL in {tmp_path / '.env'} (did you mean LLM1__MODEL?), ENCORD_PROJET_HASH in " in line
    assert sorted(tmp_path.iterdir()) == [tmp_path / ".env"]
    (found, *_) = json.loads(judge_pipeline("doctor", "--json", cwd=tmp_path).stdout)["checks"]
    assert "did you mean LLM1__MODEL?" in found["found"]
