"""Length preference: how often the longer caption is chosen."""

from judge_pipeline.domain.statistics.arguments import number
from judge_pipeline.domain.statistics.columns import Numbers, paired
from judge_pipeline.domain.statistics.estimate import CONFIDENCE
from judge_pipeline.domain.statistics.share import Share
from judge_pipeline.domain.statistics.verdict import Verdict, Verdicts, read_verdicts


def longer_preferred(
    choices: Verdicts, first_lengths: Numbers, second_lengths: Numbers, *, confidence: float = CONFIDENCE
) -> Share:
    """The share of choices for the longer caption among the choices between captions of different length, no ties.

    A judge's figure says little on its own, because longer captions may be better; compare it with people's on the same
    images. Source: AlpacaEval's table of evaluators, where one person prefers the longer answer in 64% and the judge
    `gpt4_fn` in 75%; the bias: Y. Dubois et al., AlpacaFarm, arXiv:2305.14387 (2023).

    Raises:
        ValueError: columns of different lengths, a value that is not a verdict, or a length that is not a finite number.
    """
    rows = [
        (choice is Verdict.FIRST, number(first) > number(second))
        for choice, first, second in paired(read_verdicts(choices), first_lengths, second_lengths)
        if choice in (Verdict.FIRST, Verdict.SECOND) and number(first) != number(second)
    ]
    return Share(sum(is_first == is_longer for is_first, is_longer in rows), len(rows), confidence)
