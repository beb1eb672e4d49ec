"""Compares two captions of one picture; the better one wins in whichever order they were shown."""

from __future__ import annotations

from dataclasses import dataclass

from judge_pipeline.local_models.judge.evidence import Evidence
from judge_pipeline.local_models.judge.scoring import Scores, score_caption


@dataclass(frozen=True)
class Verdict:
    """The scores of both captions as shown, and what they were scored against."""

    a: Scores
    b: Scores
    evidence: Evidence

    @property
    def is_level(self) -> bool:
        """Whether nothing measured separates the captions."""
        return abs(self.a.overall - self.b.overall) < 1e-9

    @property
    def winner(self) -> str:
        """'A' or 'B'. Level captions are decided by their text, never by position."""
        key_a = (round(self.a.overall, 9), self.a.caption)
        key_b = (round(self.b.overall, 9), self.b.caption)
        return "A" if key_a >= key_b else "B"


def compare(caption_a: str, caption_b: str, evidence: Evidence) -> Verdict:
    """Score both captions, each on its own."""
    return Verdict(score_caption(caption_a, evidence), score_caption(caption_b, evidence), evidence)
