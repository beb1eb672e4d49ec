"""Links between pages lead to existing files, and every page is in an index."""

import re
from pathlib import Path

import pytest

from judge_pipeline_tests.docs.pages import ROOT, pages

LINK = re.compile(r"\]\(([^)\s]+)\)")
LARGEST_PICTURE_BYTES = 200_000


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_links_to_existing_files(page: Path) -> None:
    targets = [target.partition("#")[0] for target in LINK.findall(page.read_text(encoding="utf-8"))]
    here = [target for target in targets if target and "://" not in target]
    assert [target for target in here if not (page.parent / target).exists()] == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(page.name for page in folder.glob("*.md") if page.name != "README.md")


def test_every_page_is_in_the_index() -> None:
    folder = ROOT / "docs"
    listed = {
        (folder / target).resolve() for target in LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    }
    assert set(folder.glob("*.md")) - listed == {folder / "README.md"}


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size >= LARGEST_PICTURE_BYTES] == []
