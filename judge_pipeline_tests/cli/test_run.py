"""`run` and `doctor` on the project and models in the settings."""

from pathlib import Path

import pytest
from encord.workflow import ReviewStage

from judge_pipeline_tests.cli.commands import Result, judge_pipeline
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL
from judge_pipeline_tests.models.stub_server import completion, failure
from judge_pipeline_tests.seed_project import SeedProject

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_dry_run_calls_no_model_and_changes_nothing(user_project: UserProject, tmp_path: Path) -> None:
    result = judge_pipeline("run", "--dry-run", cwd=tmp_path, settings=user_project.settings)
    assert (result.returncode, result.stderr) == (0, "")
    assert "2 of 2 images have no judgement yet." in result.stdout
    assert "In total 8 calls" in result.stdout
    assert "unknown" in result.stdout
    assert user_project.models.calls == []
    assert not (tmp_path / ".judge_pipeline" / "dagster_home").exists()


def test_a_run_judges_what_has_no_judgement_yet(user_project: UserProject, tmp_path: Path) -> None:
    limited = judge_pipeline("run", "--limit", "1", cwd=tmp_path, settings=user_project.settings)
    assert (limited.returncode, limited.stderr) == (0, "")
    assert len(user_project.models.calls) == 4
    assert [line.split()[-2] for line in limited.stdout.splitlines() if "━" in line] == ["1/1"] * 5
    whole = judge_pipeline("run", cwd=tmp_path, settings=user_project.settings)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert len(user_project.models.calls) == 8
    assert [line.split()[-2] for line in whole.stdout.splitlines() if "━" in line] == ["1/1"] * 5
    assert {path.name for path in (tmp_path / ".judge_pipeline").iterdir()} >= {
        "report.html",
        "report.json",
        "dagster_home",
    }
    assert not (tmp_path / ".judge_pipeline" / "demo").exists(), "nothing embedded was started"

    exported = judge_pipeline(
        "export", "--format", "trl", "--out", "pairs", cwd=tmp_path, settings=user_project.settings
    )
    assert (exported.returncode, exported.stderr) == (0, "")
    assert "2 rows (2 by judge_both_orders) in pairs" in exported.stdout
    assert len(list((tmp_path / "pairs" / "images").glob("*.jpg"))) == 2


def test_a_run_that_stops_early_says_why(user_project: UserProject, tmp_path: Path) -> None:
    """The account runs out of credit at the judge, so every other image would fail too."""
    for colour in ("red", "blue"):
        user_project.models.reply_always(
            JUDGE, colour, failure(429, "quota", code="insufficient_quota", type="insufficient_quota")
        )
    result = judge_pipeline("run", cwd=tmp_path, settings=user_project.settings)
    assert (result.returncode, result.stderr) == (1, "")
    (stopped,) = [line for line in result.stdout.splitlines() if line.startswith("stopped: ")]
    assert "JUDGE" in stopped


def test_the_doctor_checks_everything_without_model_calls(user_project: UserProject, tmp_path: Path) -> None:
    result = judge_pipeline("doctor", cwd=tmp_path, settings=user_project.settings)
    assert (result.returncode, result.stderr) == (0, "")
    checked = [line.split()[0] for line in result.stdout.splitlines() if " ok" in line]
    access, project = ["Settings", "Encord", "Workflow", "Ontology"], ["Store", "Images", "In"]
    assert checked == [*access, *project, "LLM1", "LLM2", "JUDGE"]
    assert "Layout    not checked: " in result.stdout
    assert "Answers   not checked: no model was asked a question" in result.stdout
    assert "the judge fills in LLM 8B, LLM 16B, LLM Judge Choice; people fill in Final Choice" in result.stdout
    assert user_project.models.calls == []


def test_the_paid_doctor_asks_each_model_one_question(user_project: UserProject, tmp_path: Path) -> None:
    """What a list of models cannot prove: that the model sees images, and fills in this project's form."""
    settings = user_project.settings | {"LLM2__MODEL": f"{LARGE}:nitro"}
    unpaid = judge_pipeline("doctor", cwd=tmp_path, settings=settings, columns=300)
    assert (unpaid.returncode, unpaid.stderr) == (0, "")
    assert [line.split()[0] for line in unpaid.stdout.splitlines() if "is up and lists" in line] == ["LLM1", "JUDGE"]
    assert "LLM2      not checked: " in unpaid.stdout
    assert f"{LARGE}:nitro) does not list this model" in unpaid.stdout
    assert user_project.models.calls == []

    user_project.models.reply_always(
        SMALL, "blue", failure(404, "No endpoints found that support image input", code=404)
    )
    user_project.models.reply_always(
        SMALL, "red", failure(404, "No endpoints found that support image input", code=404)
    )
    user_project.models.reply_always(f"{LARGE}:nitro", "red", completion("A red square."))
    paid = judge_pipeline("doctor", "--paid", cwd=tmp_path, settings=settings, columns=300)
    assert (paid.returncode, paid.stderr) == (1, "")
    assert [call.model for call in user_project.models.calls] == [SMALL, f"{LARGE}:nitro", JUDGE]
    assert "this model takes no images: No endpoints found that support image input" in paid.stdout
    assert "it takes max_tokens, a system message): A red square." in paid.stdout
    assert "it takes max_tokens, a system message, answers as json_schema)" in paid.stdout


def test_a_run_and_the_doctor_go_by_where_images_stand(user_project: UserProject, tmp_path: Path) -> None:
    def command(name: str) -> Result:
        return judge_pipeline(name, cwd=tmp_path, settings=user_project.settings, columns=300)

    user_project.models.reply_always(SMALL, "blue", failure(400))
    assert command("run").returncode == 1
    workflow = user_project.seed.project().workflow
    move_title(user_project.seed, "blue.png", "Archive")
    finished = command("run")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "None of 2 images stands in an agent stage" in finished.stdout

    move_title(user_project.seed, "red.png", "LLM1")
    calls = len(user_project.models.calls)
    sent_back = command("run")
    assert (sent_back.returncode, sent_back.stderr) == (0, "")
    assert len(user_project.models.calls) == calls
    review = workflow.get_stage(name="Human Review", type_=ReviewStage)
    assert "red.png" in {task.data_title for task in review.get_tasks()}

    (text,) = [title for title in titles(user_project.seed) if title.endswith("Text_8B.txt")]
    move_title(user_project.seed, text, "LLM2")
    behind = command("doctor")
    assert behind.returncode == 0
    assert "'red.png' is in 'Human Review' and its text in 'LLM2'; the next run moves it on" in behind.stdout
    assert command("run").returncode == 0

    user_project.seed.unlink_images(text)
    for name in ("doctor", "run"):
        named = command(name)
        assert named.returncode == 1
        assert "the Text_8B of 'red.png' is gone or has another Tag; move the image back" in named.stdout
    move_title(user_project.seed, "red.png", "LLM1")
    assert command("run").returncode == 0
    assert command("doctor").returncode == 0
    assert len(user_project.models.calls) == calls


def titles(seed: SeedProject) -> list[str]:
    return [row.data_title for row in seed.project().list_label_rows_v2()]


def move_title(seed: SeedProject, title: str, stage: str) -> None:
    """Moves one row to a stage by hand."""
    workflow = seed.project().workflow
    destination = workflow.get_stage(name=stage).uuid
    (task,) = [task for each in workflow.stages for task in each.get_tasks() if task.data_title == title]
    task.move(destination_stage_uuid=destination)
