"""The documentation's pages, and the shell commands that they show."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ASSIGNMENT = re.compile(r"[A-Z][A-Z0-9_]*=")


def pages() -> list[Path]:
    """Every page, including the generated ones."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


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
