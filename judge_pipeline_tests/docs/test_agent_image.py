"""The container image of the editor's agent installs the tested versions and copies existing files."""

import re

from judge_pipeline_tests.docs.pages import ROOT

PINNED = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,]+])?==(\S+)", re.MULTILINE)
FOLDER = ROOT / "deploy" / "agent"


def versions(lock: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in PINNED.findall((ROOT / lock).read_text(encoding="utf-8")):
        found.setdefault(name, set()).add(version)
    return found


def test_the_image_has_the_tested_versions() -> None:
    ours, theirs = versions("deploy/agent/requirements.lock"), versions("requirements.lock")
    assert {"fastapi", "uvicorn", "encord", "openai", "dagster", "setuptools"} <= ours.keys()
    assert {name: pinned for name, pinned in ours.items() if not pinned <= theirs.get(name, set())} == {}
    assert {"pytest", "selenium", "onnxruntime"} & ours.keys() == set()


def test_the_image_copies_files_that_exist_and_are_not_ignored() -> None:
    lines = (FOLDER / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    ]
    let_in = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert copied
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert [path for path in copied if f"!{path}" not in let_in] == []
