"""The judge's values for each place of a rubric."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from judge_pipeline.local.models.judge.claims import read_claims
from judge_pipeline.local.models.judge.ordinal import is_negative_subject, pick
from judge_pipeline.local.models.judge.scoring import Scores
from judge_pipeline.local.models.judge.suggestion import suggest_improvement
from judge_pipeline.local.models.judge.verdict import Verdict
from judge_pipeline.local.models.structured_output.filling import Path

CORRECTNESS = re.compile(r"correct|accura|factual|truth|faithful|precision|hallucinat|error|support", re.IGNORECASE)
QUALITY = re.compile(r"quality|fluen|clarity|clear|style|readab|rich|detail|complete|informative", re.IGNORECASE)
TIE = re.compile(r"\b(?:tie|tied|equal|both|neither|same|undecided|draw)\b", re.IGNORECASE)
ANSWER_IS_THERE = re.compile(r"^(?:answer )?available$", re.IGNORECASE)
ANSWER_IS_MISSING = re.compile(r"^(?:no answer|(?:answer )?(?:not |un)available)$", re.IGNORECASE)
TRUE_ENOUGH = 0.5


class JudgeRespondent:
    """Answers about caption A below `caption_a`, about caption B below `caption_b`, and elsewhere about the pair."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict

    def choose(self, path: Path, options: Sequence[Any]) -> Any:
        """The winner, if the options are captions; otherwise whether there is an answer; otherwise the grade on the options' scale."""
        names = [str(option) for option in options]
        of_caption = {letter: [name for name in names if _mentions(name, letter)] for letter in "AB"}
        if of_caption["A"] and of_caption["B"]:
            ties = [name for name in names if TIE.search(name)]
            if self._verdict.is_level and ties:
                return options[names.index(ties[0])]
            return options[names.index(min(of_caption[self._verdict.winner], key=len))]
        scores = self._of(path)
        missing = [name for name in names if ANSWER_IS_MISSING.match(name.strip())]
        available = [name for name in names if ANSWER_IS_THERE.match(name.strip())]
        if missing and available:
            is_there = all(score.is_description for score in scores)
            return options[names.index((available if is_there else missing)[0])]
        return options[names.index(pick(names, self.share(path)))]

    def text(self, path: Path) -> str:
        """How to improve the caption in question, or both captions if the path names neither."""
        suggestions = [suggest_improvement(scores, self._verdict.evidence) for scores in self._of(path)]
        return " ".join(dict.fromkeys(sorted(suggestions)))

    def share(self, path: Path) -> float:
        """The grade that the property's name asks for."""
        name = path[-1] if path else ""
        grades = [_grade(name, scores) for scores in self._of(path)]
        grade = sum(sorted(grades)) / len(grades)
        return 1 - grade if is_negative_subject(name) else grade

    def is_true(self, path: Path) -> bool:
        """Whether the property's name, read as a claim about the picture, is true; else whether the grade is good."""
        claimed = self._truth(path[-1]) if path else None
        return (self.share(path) if claimed is None else claimed) >= TRUE_ENOUGH

    def choose_several(self, path: Path, options: Sequence[Any]) -> list[Any]:
        """The options that are true when read as claims about the picture."""
        truths = [(self._truth(str(option)) or 0.0, option) for option in options]
        return [option for truth, option in truths if truth >= TRUE_ENOUGH]

    def _of(self, path: Path) -> list[Scores]:
        for part in reversed(path):
            if part == "caption_a":
                return [self._verdict.a]
            if part == "caption_b":
                return [self._verdict.b]
        return [self._verdict.a, self._verdict.b]

    def _truth(self, name: str) -> float | None:
        claims = read_claims(name.replace("_", " "), self._verdict.evidence)
        return min((claim.truth for claim in claims), default=None)


def _grade(name: str, scores: Scores) -> float:
    if CORRECTNESS.search(name):
        return scores.correctness
    return scores.quality if QUALITY.search(name) else scores.overall


def _mentions(option: str, letter: str) -> bool:
    return re.search(rf"\bcaption[ _-]?{letter}\b", option, re.IGNORECASE) is not None
