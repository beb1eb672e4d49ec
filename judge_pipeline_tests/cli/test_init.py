"""`init` creates a project that `run` can work on, and does so only once."""

from pathlib import Path

import pytest

from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.model_stub import paint
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_project_is_created_once_and_is_ready_to_run(user_project: UserProject, tmp_path: Path) -> None:
    pictures = tmp_path / "own pictures"
    pictures.mkdir()
    for colour in ("red", "green"):
        paint(pictures, colour)
    settings = {name: value for name, value in user_project.settings.items() if name != "ENCORD_PROJECT_HASH"}
    command = ("init", "Our pictures", "--workflow-template", WORKFLOW_TEMPLATE["uuid"], "--images", str(pictures))
    made, again = (judge_pipeline(*command, cwd=tmp_path, settings=settings) for _ in range(2))
    assert (made.returncode, made.stderr) == (0, "")
    assert again.stdout == made.stdout
    assert "Images    2" in made.stdout
    assert (tmp_path / "editor_layout.json").is_file()
    project_hash = made.stdout.partition("ENCORD_PROJECT_HASH=")[2].split()[0]
    ready = judge_pipeline("doctor", cwd=tmp_path, settings=settings | {"ENCORD_PROJECT_HASH": project_hash})
    assert (ready.returncode, ready.stderr) == (0, "")


@pytest.mark.parametrize(
    ("command", "settings", "says"),
    [
        (("init", "X", "--workflow-template", "1"), {}, "no Encord is set; set ENCORD_SSH_KEY_FILE"),
        (("init", "X", "--workflow-template", "1", "--images", "nowhere"), None, "'nowhere' is not a folder"),
        (("init", "X", "--workflow-template", "1"), None, "creating the project 'X'"),
    ],
)
def test_a_mistake_is_one_line(
    user_project: UserProject, tmp_path: Path, command: tuple[str, ...], settings: dict[str, str] | None, says: str
) -> None:
    result = judge_pipeline(*command, cwd=tmp_path, settings=user_project.settings if settings is None else settings)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert says in line
