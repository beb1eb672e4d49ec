"""The tutorial's second part as it is written, on a bare local Encord: what the reader types, and the two things done on pages."""

import base64
import re
import shlex
import subprocess
import time
from pathlib import Path

import pytest

from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.docs.pages import ASSIGNMENT, ROOT, SHELL
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL, StubModels, paint
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE
from judge_pipeline_tests.servers import running_local_encord

PLACEHOLDER = "00000000-0000-0000-0000-000000000000"


def tutorial() -> str:
    page = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    return page[page.index("## 2.") : page.index("## What next")]


def typed() -> list[list[str]]:
    """The commands of the second part, in order."""
    lines = "".join(SHELL.findall(tutorial())).splitlines()
    return [shlex.split(line, comments=True) for line in lines]


def models_lines(models_url: str) -> str:
    """The page's lines for `.env`, with the stub's addresses and names as values."""
    (block,) = re.findall(r"^```dotenv\n(.*?)^```", tutorial(), re.MULTILINE | re.DOTALL)
    values = {"LLM1__MODEL": SMALL, "LLM2__MODEL": LARGE, "JUDGE__MODEL": JUDGE}
    names = [line.partition("=")[0] for line in block.splitlines()]
    for name in names:
        values.setdefault(name, f"{models_url}/v1" if name.endswith("BASE_URL") else "EMPTY")
    return "".join(f"{name}={values[name]}\n" for name in names)


def test_there_are_at_most_two_page_actions_and_four_commands() -> None:
    assert len(typed()) <= 4
    assert len(re.findall(r"^\| \d\. .* \| Encord's page \|", tutorial(), re.MULTILINE)) <= 2


@pytest.mark.slow
def test_the_tutorial_leads_to_five_judged_images(models_server: tuple[StubModels, str], tmp_path: Path) -> None:
    models, models_url = models_server
    models.reset()
    (tmp_path / "photographs").mkdir()
    for colour in ("red", "green", "blue", "grey", "white", "black"):
        paint(tmp_path / "photographs", colour)
    seconds: list[float] = []
    later: dict[str, str] | None = None
    with running_local_encord(tmp_path / "encord", email="somebody@example.com") as encord:
        for command in typed():
            assignments = [word for word in command if ASSIGNMENT.match(word)]
            program, *arguments = [
                word.replace(PLACEHOLDER, WORKFLOW_TEMPLATE["uuid"]) for word in command if word not in assignments
            ]
            settings = {"ENCORD_DOMAIN": encord.url} | dict(word.split("=", 1) for word in assignments)
            started = time.monotonic()
            if program == "judge-pipeline":
                result = judge_pipeline(*arguments, cwd=tmp_path, settings=settings if assignments else later)
                assert (result.returncode, result.stderr) == (0, ""), f"{arguments}: {result.stdout}{result.stderr}"
            else:
                subprocess.run([program, *arguments], cwd=tmp_path, check=True)
            seconds.append(round(time.monotonic() - started, 1))
            if program == "ssh-keygen":  # the two things done on Encord's pages
                key = (tmp_path / "encord_key.pub").read_text().split()[1]
                user = {"email": "new@example.com", "public_key_hex": raw_public_key(key).hex()}
                encord.control("POST", "users", json=user)
                encord.control("POST", "workflow-templates", json=WORKFLOW_TEMPLATE)
            if arguments[0] == "init":
                lines = models_lines(models_url)
                if (tmp_path / ".env").exists():
                    with (tmp_path / ".env").open("a") as env_file:
                        env_file.write(lines)
                else:
                    project = result.stdout.partition("ENCORD_PROJECT_HASH=")[2].split()[0]
                    later = settings | {"ENCORD_PROJECT_HASH": project}
                    later |= dict(line.split("=", 1) for line in lines.splitlines())
        assert "5 decided images" in result.stdout or result.stdout.count("chosen") == 5
    assert (tmp_path / ".judge_pipeline" / "report.html").is_file()
    assert len({call.colour for call in models.calls}) == 5
    print(f"seconds of the tutorial's commands: {seconds}")  # noqa: T201 - the times that the page gives
    assert sum(seconds) < 120


def raw_public_key(base64_text: str) -> bytes:
    """The 32 bytes of an Ed25519 public key in OpenSSH's form."""
    return base64.b64decode(base64_text)[-32:]
