"""Order swap: a judge's verdicts when the same pair is shown in both orders."""

from collections import Counter
from dataclasses import dataclass

from judge_pipeline.domain.statistics.columns import rows_of
from judge_pipeline.domain.statistics.estimate import CONFIDENCE
from judge_pipeline.domain.statistics.mcnemar_test import McNemar, mcnemar_of_counts
from judge_pipeline.domain.statistics.share import Share
from judge_pipeline.domain.statistics.verdict import Verdict, Verdicts, read_verdicts


@dataclass(frozen=True, slots=True)
class TwoOrders:
    """Over the images with an opinion in both orders.

    `consistency` is the share with the same opinion in both. `first_shown` counts images where the caption shown first won
    both times, `second_shown` where the second did, `tie_in_one` a tie in one order only; with the consistent ones they
    sum to all. `position_bias` tests the first two against each other.
    """

    consistency: Share
    first_shown: int
    second_shown: int
    tie_in_one: int
    position_bias: McNemar


def two_orders(
    first_then_second: Verdicts, second_then_first: Verdicts, *, confidence: float = CONFIDENCE
) -> TwoOrders:
    """Verdicts name the contestants, not the positions: "first" is the same contestant in both columns.

    `first_then_second` are the verdicts when the first contestant was shown first, the other column those when it was
    shown second.

    Source of consistency and of the bias as first-first against second-second: L. Zheng et al., Judging LLM-as-a-judge
    with MT-bench and Chatbot Arena, arXiv:2306.05685 (2023).

    Raises:
        ValueError: columns of different lengths, or a value that is not a verdict.
    """
    pairs = Counter(_opinions(first_then_second, second_then_first))
    total = pairs.total()
    same = sum(count for (one, other), count in pairs.items() if one is other)
    first_shown = pairs[Verdict.FIRST, Verdict.SECOND]
    second_shown = pairs[Verdict.SECOND, Verdict.FIRST]
    return TwoOrders(
        consistency=Share(same, total, confidence),
        first_shown=first_shown,
        second_shown=second_shown,
        tie_in_one=total - same - first_shown - second_shown,
        position_bias=mcnemar_of_counts(first_shown, second_shown, confidence=confidence),
    )


@dataclass(frozen=True, slots=True)
class TwoOrderAccuracy:
    """How often a judge agrees with people, over the images where people, and the judge in both orders, have an opinion.

    `in_both` is the strict figure: right in both orders. A judge that always prefers the caption shown first scores one
    half in each order and 0 in both.
    """

    shown_first_then_second: Share
    shown_second_then_first: Share
    in_both: Share


def two_order_accuracy(
    first_then_second: Verdicts, second_then_first: Verdicts, people: Verdicts, *, confidence: float = CONFIDENCE
) -> TwoOrderAccuracy:
    """Verdicts as in `two_orders`; `people` are taken as the truth.

    Source of the strict figure: S. Tan et al., JudgeBench, arXiv:2410.12784 (2024).

    Raises:
        ValueError: columns of different lengths, or a value that is not a verdict.
    """
    rows = _opinions(first_then_second, second_then_first, people)
    right = [(one is truth, other is truth) for one, other, truth in rows]

    def share(count: int) -> Share:
        return Share(count, len(rows), confidence)

    return TwoOrderAccuracy(
        shown_first_then_second=share(sum(one for one, _ in right)),
        shown_second_then_first=share(sum(other for _, other in right)),
        in_both=share(sum(one and other for one, other in right)),
    )


def _opinions(*columns: Verdicts) -> list[tuple[Verdict, ...]]:
    rows = rows_of(*(read_verdicts(column) for column in columns))
    return [row for row in rows if all(verdict.points is not None for verdict in row)]
