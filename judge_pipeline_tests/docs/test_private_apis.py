"""The page on private APIs lists every file that uses one, and ruff allows them nowhere else."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from judge_pipeline_tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "decisions" / "private-apis.md"
PRIVATE = re.compile(r"\bdagster\._\w|\bdagster\.core\b|\bdagster_shared\b|noqa: SLF001|\b_custom_headers\b")
FOLDERS = ("benchmarks", "deploy", "judge_pipeline")


def test_the_page_lists_every_file_with_a_private_name() -> None:
    page = PAGE.read_text(encoding="utf-8")
    files = [
        path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".yaml", ".toml"}
    ]
    found = {path.relative_to(ROOT).as_posix() for path in files if PRIVATE.search(path.read_text(encoding="utf-8"))}
    assert {"judge_pipeline/dagster_events/sqlite_storage.py", "judge_pipeline/cli/support/dagster.yaml"} <= found
    assert sorted(path for path in found if f"`{path}`" not in page) == []


def test_the_files_on_the_page_exist() -> None:
    named = re.findall(r"`((?:benchmarks|deploy|judge_pipeline)/[\w/.]+)`", PAGE.read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("from dagster._core.events import ASSET_EVENTS\n", "TID251"),
        ("import dagster._serdes\n", "TID251"),
        ("import dagster as dg\n\nprint(dg.DagsterInstance._get)\n", "SLF001"),
    ],
)
@pytest.mark.parametrize("file", ["judge_pipeline/engine/new.py", "judge_pipeline/dagster_events/metadata.py"])
def test_ruff_refuses_a_private_name_elsewhere(code: str, rule: str, file: str) -> None:
    """As it would in that file."""
    ruff = [str(Path(sys.executable).with_name("ruff")), "check", "--no-cache", "--output-format=concise"]
    checked = subprocess.run(
        [*ruff, "--stdin-filename", file, "-"], cwd=ROOT, input=code, capture_output=True, text=True, check=False
    )
    assert f" {rule} " in checked.stdout
