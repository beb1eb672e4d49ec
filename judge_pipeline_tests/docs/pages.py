"""The documentation's pages, and the shell commands that they show."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
ASSIGNMENT = re.compile(r"[A-Z][A-Z0-9_]*=")


def pages() -> list[Path]:
    """Every page, including the generated ones."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def linked_files(page: Path) -> list[Path]:
    """The files of the repository that a page links to, whether they exist or not."""
    targets = [target.partition("#")[0] for target in LINK.findall(page.read_text(encoding="utf-8"))]
    return [(page.parent / target).resolve() for target in targets if target and "://" not in target]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub and the site give to the headings of a page."""
    headings = HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", LINK.sub("", heading)).lower().replace(" ", "-") for heading in headings}


@dataclass(frozen=True)
class Shown:
    """One command on a page: its words, and the variables set before it or exported by it."""

    page: str
    variables: tuple[str, ...]
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words) or ' '.join(self.variables)}"


def shown_commands() -> list[Shown]:
    """The commands in blocks marked `sh`, which are meant to be typed unchanged."""
    return [
        _shown(page.relative_to(ROOT).as_posix(), line)
        for page in pages()
        for block in SHELL.findall(page.read_text(encoding="utf-8"))
        for line in block.replace("\\\n", " ").splitlines()
        if line.split("#")[0].strip()
    ]


def _shown(page: str, line: str) -> Shown:
    words = shlex.split(line.removeprefix("export "), comments=True)
    variables = [word.partition("=")[0] for word in words if ASSIGNMENT.match(word)]
    return Shown(page, tuple(variables), tuple(word for word in words if not ASSIGNMENT.match(word)))
