"""A describer's values for a JSON Schema: its sentence wherever text is expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from judge_pipeline.local.models.structured_output.filling import Path


@dataclass(frozen=True)
class DescriberRespondent:
    """Holds the sentence. It grades nothing, so every other place gets the first or the lowest value."""

    sentence: str

    def choose(self, path: Path, options: Sequence[Any]) -> Any:
        """The first option."""
        return options[0]

    def text(self, path: Path) -> str:
        """The sentence."""
        return self.sentence

    def share(self, path: Path) -> float:
        """The lowest grade."""
        return 0.0

    def is_true(self, path: Path) -> bool:
        """Always false."""
        return False

    def choose_several(self, path: Path, options: Sequence[Any]) -> list[Any]:
        """None of the options."""
        return []
