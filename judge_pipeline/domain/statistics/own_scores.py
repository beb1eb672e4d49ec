"""Self-consistency: does a judge's choice follow from the scores it gave itself?"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from judge_pipeline.domain.statistics.arguments import number
from judge_pipeline.domain.statistics.columns import Numbers, is_missing, rows_of
from judge_pipeline.domain.statistics.estimate import CONFIDENCE
from judge_pipeline.domain.statistics.share import Share
from judge_pipeline.domain.statistics.verdict import Verdict, Verdicts, read_verdicts


class Consistency(StrEnum):
    """How one choice relates to its scores."""

    FOLLOWS = "follows"
    AGAINST = "against"
    TIE_DESPITE_SCORES = "tie despite scores"
    LEVEL_SCORES = "level scores"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SelfConsistency:
    """Counts by `Consistency`; `follows` is the share of choices for the higher-scored caption where the scores differ."""

    counts: dict[Consistency, int]
    follows: Share


def choice_consistency(choices: Verdicts, first_scores: Numbers, second_scores: Numbers) -> list[Consistency]:
    """One value per row. Scores are the sums of the judge's criteria; higher is better.

    Level scores imply no choice. A missing choice or score is unknown. Split the images by this value to see whether
    people agree more with a judge that follows its own scores.

    Raises:
        ValueError: columns of different lengths, a value that is not a verdict, or a score that is not a finite number.
    """
    return [_consistency(*row) for row in rows_of(read_verdicts(choices), first_scores, second_scores)]


def self_consistency(
    choices: Verdicts, first_scores: Numbers, second_scores: Numbers, *, confidence: float = CONFIDENCE
) -> SelfConsistency:
    """Counts of `choice_consistency`; the share has Wilson's interval.

    Raises:
        ValueError: as `choice_consistency`.
    """
    found = Counter(choice_consistency(choices, first_scores, second_scores))
    differing = found[Consistency.FOLLOWS] + found[Consistency.AGAINST] + found[Consistency.TIE_DESPITE_SCORES]
    return SelfConsistency(
        counts={each: found[each] for each in Consistency},
        follows=Share(found[Consistency.FOLLOWS], differing, confidence),
    )


def _consistency(choice: Verdict, first: Any, second: Any) -> Consistency:
    if is_missing(first) or is_missing(second):
        return Consistency.UNKNOWN
    first, second = number(first), number(second)
    if choice.points is None:
        return Consistency.UNKNOWN
    if first == second:
        return Consistency.LEVEL_SCORES
    if choice is Verdict.TIE:
        return Consistency.TIE_DESPITE_SCORES
    return Consistency.FOLLOWS if (first > second) == (choice is Verdict.FIRST) else Consistency.AGAINST
