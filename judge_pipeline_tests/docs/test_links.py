"""Links between pages lead to existing files, and every page is in an index."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judge_pipeline_tests.docs.pages import LINK, ROOT, anchors, linked_files, pages

LARGEST_PICTURE_BYTES = 200_000


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_links_to_existing_files(page: Path) -> None:
    assert [target for target in linked_files(page) if not target.exists()] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_links_to_existing_headings(page: Path) -> None:
    targets = [
        target.partition("#") for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target
    ]
    there = [((page.parent / file).resolve() if file else page, anchor) for file, _, anchor in targets if anchor]
    assert [(file, anchor) for file, anchor in there if file.suffix == ".md" and anchor not in anchors(file)] == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(page.name for page in folder.glob("*.md") if page.name != "README.md")


@pytest.mark.parametrize("folder", [ROOT / "docs", ROOT / "docs" / "how-to"], ids=lambda folder: folder.name)
def test_every_page_is_in_the_index(folder: Path) -> None:
    assert set(folder.glob("*.md")) - set(linked_files(folder / "README.md")) == {folder / "README.md"}


def test_every_page_is_in_the_sites_navigation() -> None:
    """Decisions have their own list."""
    nav = {ROOT / page for page in _pages(tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8")))}
    decisions = {page for page in pages() if page.parent.name == "decisions"}
    assert [page for page in nav if not page.is_file()] == []
    assert set(pages()) - nav - decisions == set()


def _pages(config: Any) -> Iterator[str]:
    entries = config["project"]["nav"] if "project" in config else config.values()
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, list):
            yield from _pages(dict(enumerate(entry)))
        else:
            yield from _pages(entry)


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size >= LARGEST_PICTURE_BYTES] == []
