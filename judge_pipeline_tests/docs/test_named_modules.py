"""The modules and tests that a page names exist."""

import re
from pathlib import Path

import pytest

from judge_pipeline_tests.docs.pages import ROOT, pages

NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
PAGES = sorted((ROOT / "docs").rglob("*.md"))

MODULE = re.compile(r"`((?:\w+/)+\w+\.py)(?:::\w+)?`")
FOLDERS = (ROOT, ROOT / "judge_pipeline", ROOT / "judge_pipeline_tests")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tests_that_a_page_names_exist(page: Path) -> None:
    named = NAMED.findall(page.read_text(encoding="utf-8"))
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not re.search(rf"^ *(?:async )?def {name}\(", _source(file), re.MULTILINE)
    ]
    assert missing == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_modules_that_a_page_names_exist(page: Path) -> None:
    named = set(MODULE.findall(page.read_text(encoding="utf-8")))
    assert {path for path in named if not any((folder / path).is_file() for folder in FOLDERS)} == set()


def test_the_page_on_faults_names_tests() -> None:
    assert len(NAMED.findall((ROOT / "docs" / "faults.md").read_text(encoding="utf-8"))) > 50


def _source(file: str) -> str:
    path = ROOT / "judge_pipeline_tests" / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""
