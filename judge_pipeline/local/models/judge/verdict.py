"""Compares two captions of one picture; the better one wins in whichever order they were shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from judge_pipeline.local.models.judge.evidence import Evidence
from judge_pipeline.local.models.judge.scoring import Scores, score_caption


@dataclass(frozen=True)
class Verdict:
    """The scores of both captions as shown, and what they were scored against."""

    a: Scores
    b: Scores
    evidence: Evidence

    @property
    def is_level(self) -> bool:
        """Whether nothing measured separates the captions."""
        return _rank(self.a)[0] == _rank(self.b)[0]

    @property
    def winner(self) -> str:
        """'A' or 'B'. Level captions are decided by a digest of their text, never by position, length or style."""
        return "A" if _rank(self.a) >= _rank(self.b) else "B"


def compare(caption_a: str, caption_b: str, evidence: Evidence) -> Verdict:
    """Score both captions, each on its own."""
    return Verdict(score_caption(caption_a, evidence), score_caption(caption_b, evidence), evidence)


def _rank(scores: Scores) -> tuple[float, bytes]:
    return round(scores.overall, 9), hashlib.sha256(scores.caption.encode()).digest()
