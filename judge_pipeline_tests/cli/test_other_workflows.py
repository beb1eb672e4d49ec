"""Commands on projects whose workflow has other titles, and on projects at a standstill."""

from pathlib import Path

import pytest
from encord.orm.project import ProjectStatus

from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.engine.encord_state import encord_state
from judge_pipeline_tests.engine.workflows import GERMAN, template
from judge_pipeline_tests.model_stub import paint
from judge_pipeline_tests.seed_project import create_seed_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_settings_alone_make_every_command_work(user_project: UserProject, tmp_path: Path) -> None:
    seed = create_seed_project(user_project.seed.server, template=template(GERMAN))
    seed.add_images([paint(tmp_path, "green")])
    settings = user_project.settings | {"ENCORD_PROJECT_HASH": seed.project_hash}
    refused = judge_pipeline("doctor", cwd=tmp_path, settings=settings)
    assert refused.returncode == 2
    message = " ".join(refused.stderr.split())
    assert "there is no agent stage 'LLM1' (agent stages: Kurz, pathways weiter; Lang, pathways Weiter" in message
    assert "other stages: 'Entscheidung', 'Fertig', 'Verworfen'); set WORKFLOW_LLM1" in message
    settings |= {
        "WORKFLOW_LLM1": "kurz",
        "WORKFLOW_LLM2": "LANG",
        "WORKFLOW_JUDGE": "vergleich",
        "WORKFLOW_JUDGE_PATHWAY": "geprüft",
    }
    doctor = judge_pipeline("doctor", cwd=tmp_path, settings=settings)
    assert (doctor.returncode, doctor.stderr) == (0, "")
    assert (
        "Workflow  ok: 'Kurz', 'Lang', 'Vergleich'; people decide in 'Entscheidung'; approved images are in 'Fertig', "
        "rejected ones in 'Verworfen'"
    ) in " ".join(doctor.stdout.split("\n"))
    run = judge_pipeline("run", cwd=tmp_path, settings=settings)
    assert (run.returncode, run.stderr) == (0, "")
    state = encord_state(seed)["green"]
    assert {state["stage"], *(text["stage"] for text in state["texts"].values())} == {"Entscheidung"}


def test_a_paused_project_costs_nothing(user_project: UserProject, tmp_path: Path) -> None:
    user_project.seed.project().set_status(ProjectStatus.PAUSED)
    sentence = "project 'LLM as a judge' is paused in Encord"
    for command, code in ((["run"], 2), (["run", "--dry-run"], 2), (["doctor"], 1)):
        result = judge_pipeline(*command, cwd=tmp_path, settings=user_project.settings)
        assert result.returncode == code
        assert sentence in " ".join((result.stdout + result.stderr).split())
    assert user_project.models.calls == []
