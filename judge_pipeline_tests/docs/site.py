"""Builds the documentation site: `python -m judge_pipeline_tests.docs.site`, which `make docs` runs; needs zensical.

The pages are copied with the files that they link to, at the places they have in the repository, so that a link is the same on
GitHub, in an editor and on the site.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from judge_pipeline_tests.docs.pages import ROOT, linked_files, pages

CONFIG = ROOT / "zensical.toml"
PAGES = ROOT / "build" / "docs" / "pages"
STYLE = ROOT / "docs" / "site.css"
HTML = ROOT / "build" / "docs" / "html"


def main() -> int:
    """Builds the site and prints what is wrong with it; 0 if nothing is."""
    shutil.rmtree(PAGES.parent, ignore_errors=True)
    copy_pages(PAGES)
    zensical = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "--config-file", str(CONFIG)]
    built = subprocess.run(zensical, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    problems = broken_links(HTML)
    sys.stdout.write("".join([built.stdout, *(f"{problem}\n" for problem in problems)]))
    if built.returncode or "warning" in built.stdout.lower() or problems:
        return 1
    sys.stdout.write(f"{HTML.relative_to(ROOT)}/index.html: every link and anchor leads somewhere\n")
    return 0


def copy_pages(folder: Path) -> None:
    """Copies every page of the site, and every other file of the repository that one of them links to."""
    todo, copied = [*pages(), STYLE], set[Path]()
    while todo:
        file = todo.pop()
        if file in copied:
            continue
        copied.add(file)
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        if file.suffix == ".md":
            todo += (linked for linked in linked_files(file) if linked.is_file())


class _Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.links.append(value)
            elif name in {"id", "name"} and value:
                self.anchors.add(value)


def broken_links(folder: Path) -> list[str]:
    """One line per link of the built pages whose file or anchor does not exist."""
    built = {file.resolve(): _parsed(file) for file in folder.rglob("*.html")}
    return sorted(set(_broken(built, folder)))


def _parsed(file: Path) -> _Page:
    page = _Page()
    page.feed(file.read_text(encoding="utf-8"))
    return page


def _broken(built: dict[Path, _Page], folder: Path) -> Iterator[str]:
    for file, page in built.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or file.name == "404.html":
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            target = target / "index.html" if target.is_dir() else target
            where = f"{file.relative_to(folder.resolve())}: {link}"
            if not target.is_file():
                yield f"{where}: no such file"
            elif parts.fragment and target in built and unquote(parts.fragment) not in built[target].anchors:
                yield f"{where}: no such heading"


if __name__ == "__main__":
    sys.exit(main())
