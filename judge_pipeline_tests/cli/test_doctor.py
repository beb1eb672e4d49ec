"""`doctor` reports every finding in one go, and claims nothing that it has not checked."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from judge_pipeline.cli.support.findings import Finding, Result, exit_code, findings_table
from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.engine.workflows import seed_stages, template
from judge_pipeline_tests.seed_project import seed_ontology
from judge_pipeline_tests.servers import UNREACHABLE_URL


def checks(stdout: str) -> dict[str, dict[str, Any]]:
    return {check["check"]: check for check in json.loads(stdout)["checks"]}


@pytest.mark.slow
def test_everything_wrong_is_found_at_once(user_project: UserProject, tmp_path: Path) -> None:
    client = user_project.seed.client()
    other = template([{**stage, "title": stage["title"].replace("LLM2", "Second")} for stage in seed_stages()])
    other["stages"][0]["pathways"] = [{"name": "First caption", "to": "Second"}]
    user_project.seed.server.control("POST", "workflow-templates", json=other)
    structure = seed_ontology()
    structure.classifications.pop(1)
    ontology = client.create_ontology("[red]Half\u202e", structure=structure)
    project_hash = client.create_project(
        "\x1b[31mRed", [], ontology_hash=ontology.ontology_hash, workflow_template_hash=other["uuid"]
    )
    settings = user_project.settings | {
        "ENCORD_PROJECT_HASH": project_hash,
        "LLM1__MODEL": "",
        "LLM2__BASE_URL": f"{UNREACHABLE_URL}/v1",
        "AGENT__MODEL": "gpt-4o",
    }
    result = judge_pipeline("doctor", "--paid", "--json", cwd=tmp_path, settings=settings)
    found = checks(result.stdout)
    assert {name: check["result"] for name, check in found.items()} == {
        "Settings": "wrong",
        "Encord": "ok",
        "Workflow": "wrong",
        "Ontology": "wrong",
        "Layout": "not checked",
        "Images": "not checked",
        "In use": "not checked",
        "Store": "ok",
        "LLM1": "not checked",
        "LLM2": "wrong",
        "JUDGE": "ok",
        "LLM1 answer": "not checked",
        "LLM2 answer": "not checked",
        "JUDGE answer": "not checked",
        "Agent": "wrong",
    }
    assert found["Settings"]["found"] == "not set: LLM1__MODEL"
    assert "there is no agent stage 'LLM2'" in found["Workflow"]["found"]
    assert "has no classification 'LLM 8B'" in found["Ontology"]["found"]
    assert (result.returncode, json.loads(result.stdout)["exit_code"]) == (2, 2)
    (line,) = result.stderr.splitlines()
    assert line.startswith("judge-pipeline: 5 of 15 checks are wrong: Settings: not set: LLM1__MODEL; ")
    assert user_project.models.calls == [], "no question about a form that does not fit"

    lines = judge_pipeline("doctor", cwd=tmp_path, settings=settings).stdout
    assert [character for character in ("\x1b", "\u202e") if character in lines] == []
    assert "[red]Half\\u202e" in lines


@pytest.mark.slow
def test_without_a_project_the_key_is_checked_and_the_models_too(user_project: UserProject, tmp_path: Path) -> None:
    settings = {name: value for name, value in user_project.settings.items() if name != "ENCORD_PROJECT_HASH"}
    result = judge_pipeline("doctor", "--json", cwd=tmp_path, settings=settings)
    found = checks(result.stdout)
    assert "the key is accepted and sees" in found["Encord"]["found"]
    assert found["Encord"]["result"] == found["Images"]["result"] == "not checked"
    assert found["JUDGE"]["result"] == "ok"
    assert result.returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"CAPTION_MAX_WORDS": "many"}, "CAPTION_MAX_WORDS"),
        ({"ENCORD_SSH_KEY_FILE": "nowhere"}, "'nowhere' cannot be read"),
        ({"ENCORD_PROJECT_HASH": "mine"}, "expected a project id"),
        ({"JUDGE__MODEL": "unknown", "JUDGE_PIPELINE_MAX_COST_USD": "1"}, "price"),
        ({"JUDGE_PIPELINE_DATABASE_URL": "postgresql+psycopg://me:canary@127.0.0.1:1/x"}, "store"),
    ],
)
def test_one_mistake_leaves_the_other_checks(
    user_project: UserProject, tmp_path: Path, setting: dict[str, str], words: str
) -> None:
    result = judge_pipeline("doctor", "--json", cwd=tmp_path, settings=user_project.settings | setting)
    wrong = [check for check in checks(result.stdout).values() if check["result"] == "wrong"]
    assert len(wrong) == 1
    assert words in wrong[0]["found"]
    assert result.returncode == 2
    assert [word for word in ("Traceback", "canary") if word in result.stdout + result.stderr] == []


@pytest.mark.slow
def test_what_runs_do_without_is_not_wrong_if_encord_refuses_it(user_project: UserProject, tmp_path: Path) -> None:
    encord = user_project.seed.server
    encord.control(
        "POST", "faults", json={"match": "GET organisation/client-metadata-schema", "status": 403, "times": 9}
    )
    result = judge_pipeline("doctor", "--json", cwd=tmp_path, settings=user_project.settings)
    encord.control("DELETE", "faults")
    layout = checks(result.stdout)["Layout"]
    assert (layout["result"], result.returncode) == ("not checked", 0)
    assert "refused reading the metadata schema" in layout["found"]


@pytest.mark.slow
def test_a_captioner_and_a_judge_of_one_maker_are_a_caution_and_no_mistake(
    user_project: UserProject, tmp_path: Path
) -> None:
    models = {"LLM1__MODEL": "Qwen/Qwen2.5-VL-7B-Instruct", "JUDGE__MODEL": "qwen-vl-max"}
    result = judge_pipeline("doctor", "--json", cwd=tmp_path, settings=user_project.settings | models)
    makers = checks(result.stdout)["Makers"]
    assert (makers["result"], result.returncode) == ("ok", 0)
    assert "(qwen-vl-max) are of one maker, Alibaba" in makers["found"]
    assert makers["what_to_do"][0].endswith("set a judge or a panel of other makers")


@pytest.mark.slow
def test_the_choices_that_exports_still_need_are_counted(user_project: UserProject, tmp_path: Path) -> None:
    settings = user_project.settings | {"JUDGE_PIPELINE_MIN_KAPPA": "0.4"}
    result = judge_pipeline("doctor", "--json", cwd=tmp_path, settings=settings)
    agreement = checks(result.stdout)["Agreement"]
    assert (agreement["result"], result.returncode) == ("not checked", 0)
    assert agreement["found"].endswith("exports are blocked")
    assert agreement["what_to_do"][0].startswith("30 more choices are missing")


HOSTILE = [
    Finding("Encord", Result.OK, "project '[bold]x[/bold]'\n\x1b[2J\u202e" + "w" * 200),
    Finding("JUDGE__PANEL__A_LONG_NAME answer", Result.WRONG, "no", ["first: `run this`", "second"], stops_runs=True),
    Finding("Layout", Result.NOT_CHECKED, "", ["look"] * 60),
]


@pytest.mark.parametrize("width", [40, 80, 110, 200])
def test_a_table_fits_its_terminal_whatever_the_titles_are(width: int) -> None:
    file = io.StringIO()
    Console(file=file, width=width).print(findings_table(HOSTILE, width=width))
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    text = "".join(line.strip() for line in lines)
    assert [character for character in ("\x1b", "\u202e") if character in text] == []
    assert "[bold]x[/bold]" in text.replace(" ", "")
    assert ("and 10 more" in text, "second" in text) == (True, True)


def test_the_exit_code_tells_what_stops_runs_from_what_does_not() -> None:
    ok, stopping, unchecked = HOSTILE
    assert exit_code([ok, unchecked]) == 0
    assert exit_code([ok, stopping]) == 2
    assert exit_code([ok, Finding("Images", Result.WRONG, "two have one Tag")]) == 1
