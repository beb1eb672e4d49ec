"""Scores the correctness and quality of one caption by its claims. Position and origin play no part."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from judge_pipeline.local.models.judge.claims import HEDGES, Claim, read_claims
from judge_pipeline.local.models.judge.evidence import Evidence
from judge_pipeline.local.models.vocabulary.lexicon import tokens
from judge_pipeline.local.models.vocabulary.recognition import CLASS_COUNT

WORD_LIMIT = 20
FEWEST_WORDS, CONCISE_WORDS, WORDINESS = 5, 10, 0.2
"""Quality falls below five words, slowly above ten (by 7 % at 14 words, 13 % at 20) and faster above the limit."""

HEDGED_FLOOR, HEDGED_CEILING = 0.2, 0.85
"""A hedged claim is never entirely wrong, and never earns as much as a plain one."""

NO_DESCRIPTION = re.compile(
    r"\W*$|\W*(?:error|exception|traceback|failed to|i(?:'m| am) (?:sorry|unable)|sorry|i can(?:'t|not)|no (?:answer|caption)|n/a)\b",
    re.IGNORECASE,
)
"""How a blank caption, an error message or a refusal starts."""

SUBJECT_SHARE = 0.75
"""The named subject counts for three quarters of correctness, all looks together for the rest: padding earns nothing."""

NO_SUBJECT = 0.4
OTHER_THING_WEIGHT = 1 / 3
"""A classifier answers with one thing; it can support other things in the picture, but hardly rule them out."""

ENOUGH_CLAIMS = 4.0
SMALL_TOPICS = frozenset({"place", "light", "background"})


@dataclass(frozen=True)
class Scores:
    """Scores from 0 to 1, and the claims behind them; 0 and no claims if the caption describes nothing."""

    caption: str
    correctness: float
    quality: float
    claims: tuple[Claim, ...]

    @property
    def is_description(self) -> bool:
        """Whether there is something to judge, rather than a blank, an error message or a refusal."""
        return describes_something(self.caption)

    @property
    def overall(self) -> float:
        """The score that decides between two captions; correctness counts more than richness."""
        return 0.6 * self.correctness + 0.4 * self.quality


def score_caption(caption: str, evidence: Evidence) -> Scores:
    """Score `caption` against `evidence`; a caption that describes nothing scores 0."""
    if not describes_something(caption):
        return Scores(caption, 0.0, 0.0, ())
    claims = read_claims(caption, evidence)
    return Scores(caption, _correctness(claims), _quality(caption, claims), claims)


def describes_something(caption: str) -> bool:
    """Whether `caption` is a description, judging by its beginning."""
    return NO_DESCRIPTION.match(caption.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")) is None


def _correctness(claims: tuple[Claim, ...]) -> float:
    subjects = sorted((claim for claim in claims if claim.is_about_subject), key=lambda claim: -claim.truth)
    looks = [claim.truth for claim in claims if not claim.is_about_subject]
    weights = [1.0, *[OTHER_THING_WEIGHT] * (len(subjects) - 1)][: len(subjects)]
    earned = sum(weight * _earned(claim) for weight, claim in zip(weights, subjects, strict=True))
    subject = earned / sum(weights) if subjects else NO_SUBJECT
    return SUBJECT_SHARE * subject + (1 - SUBJECT_SHARE) * (sum(looks) / len(looks) if looks else subject)


def _earned(claim: Claim) -> float:
    if not claim.is_hedged:
        return claim.truth
    return HEDGED_FLOOR + (HEDGED_CEILING - HEDGED_FLOOR) * claim.truth


def _quality(caption: str, claims: tuple[Claim, ...]) -> float:
    words = tokens(caption)
    supported = sum(claim.truth * (0.5 if claim.topic in SMALL_TOPICS else 1.0) for claim in claims)
    richness = min(1.0, supported / ENOUGH_CLAIMS)
    precision = max((claim.truth * _narrowness(claim) for claim in claims if claim.thing), default=0.0)
    length = min(1.0, len(words) / FEWEST_WORDS, WORD_LIMIT / max(len(words), 1))
    conciseness = float(min(1.0, CONCISE_WORDS / max(len(words), 1)) ** WORDINESS)
    firmness = 1.0 - 0.5 * min(1, len(HEDGES & set(words)))
    return length * conciseness * (0.4 * richness + 0.45 * precision + 0.15 * firmness)


def _narrowness(claim: Claim) -> float:
    if claim.thing is None:
        return 0.0
    return 1 - 0.7 * math.log(len(claim.thing.classes)) / math.log(CLASS_COUNT)
