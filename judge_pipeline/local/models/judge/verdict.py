"""Compares two captions of one picture; the order in which they were shown does not matter."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from judge_pipeline.local.models.judge.evidence import Evidence
from judge_pipeline.local.models.judge.scoring import Scores, score_caption


@dataclass(frozen=True)
class Verdict:
    """The scores of both captions, and the evidence behind them."""

    a: Scores
    b: Scores
    evidence: Evidence

    @property
    def is_level(self) -> bool:
        """Whether the captions score the same."""
        return _rank(self.a)[0] == _rank(self.b)[0]

    @property
    def winner(self) -> str:
        """'A' or 'B'. Ties are broken by a digest of the text, never by position, length or style."""
        return "A" if _rank(self.a) >= _rank(self.b) else "B"


def compare(caption_a: str, caption_b: str, evidence: Evidence) -> Verdict:
    """Score each caption independently."""
    return Verdict(score_caption(caption_a, evidence), score_caption(caption_b, evidence), evidence)


def _rank(scores: Scores) -> tuple[float, bytes]:
    return round(scores.overall, 9), hashlib.sha256(scores.caption.encode()).digest()
