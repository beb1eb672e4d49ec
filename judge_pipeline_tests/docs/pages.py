"""The documentation's pages, and the shell commands that they show."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ASSIGNMENT = re.compile(r"[A-Z][A-Z0-9_]*=")


def pages() -> list[Path]:
    """Every page, the generated ones included."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


@dataclass(frozen=True)
class Shown:
    """One command as a page shows it: the variables before it, or exported by it, and its words."""

    page: str
    variables: tuple[str, ...]
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words) or ' '.join(self.variables)}"


def shown_commands() -> list[Shown]:
    """What stands in blocks marked `sh`: those are meant to be typed as they are."""
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
