"""The prompts: one Markdown file each in this folder, with a version derived from its text.

Not here: filling in a prompt (`domain.caption`, `domain.description`, `domain.judge_question`).
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's text and its version: the first 12 hex digits of the text's sha256."""

    name: str
    text: str
    version: str


@cache
def prompt(name: str) -> Prompt:
    """The prompt in `<name>.md`. Raises FileNotFoundError if there is none."""
    text = files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()
    return Prompt(name, text, hashlib.sha256(text.encode()).hexdigest()[:12])
