"""A calibration: the judge's answer corrected for what sways it, without asking it anything else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judgement import Judgement, choice_answer

RIDGE = 1.0
"""The penalty on the weights: a prior of one standard deviation, which a dozen images outweigh and separation cannot escape."""

DIGITS = 3
"""Of a weight: the same images always give the same version."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights of the judge's choice, of its score gap and of the logarithm of the captions' lengths.

    There is no constant: nothing favours a captioner or a position. A caption that people would choose has a weighted sum above 0.
    """

    choice: float
    gap: float
    length: float

    def preferred(self, judgement: Judgement, caption_8b: str, caption_16b: str) -> Captioner | None:
        """The better caption by the weighted sum; None if it is level."""
        weights = (self.choice, self.gap, self.length)
        found = sum(
            weight * value for weight, value in zip(weights, features(judgement, caption_8b, caption_16b), strict=True)
        )
        return None if abs(found) < 1e-9 else Captioner.LLM_8B if found > 0 else Captioner.LLM_16B

    def applied(
        self, judgement: Judgement, judge_ontology: JudgeOntology, *, caption_8b: str, caption_16b: str
    ) -> Judgement:
        """The judgement with the corrected choice; rulings, votes and scores stay as the judge gave them.

        Alike captions, and captions that are no answer, are not compared.
        """
        if judgement.captions_alike or judgement.not_available:
            return judgement
        choice = self.preferred(judgement, caption_8b, caption_16b)
        if choice is judgement.choice:
            return judgement
        others = [each for each in judgement.answers if each.feature_hash != judge_ontology.choice.feature_hash]
        answers = (*others, *choice_answer(choice, judge_ontology))
        return replace(judgement, choice=choice, answers=answers, decided_by_probability=False)


def features(judgement: Judgement, caption_8b: str, caption_16b: str) -> tuple[float, float, float]:
    """The judge's choice (1 for 8B, -1 for 16B, 0 undecided), its score gap, and log(length of 8B / length of 16B)."""
    choice = 0.0 if judgement.choice is None else 1.0 if judgement.choice is Captioner.LLM_8B else -1.0
    return choice, judgement.score_gap or 0.0, log((len(caption_8b) + 1) / (len(caption_16b) + 1))


def fitted(rows: Sequence[tuple[float, float, float]], prefers_8b: Sequence[bool]) -> Calibration:
    """Logistic regression of people's choices on `features`, without a constant, with a ridge penalty, by Newton's method.

    Source: S. le Cessie and J. C. van Houwelingen, Ridge estimators in logistic regression, Applied Statistics 41 (1992),
    191-201.
    """
    import numpy as np

    x = np.array(rows, dtype=np.float64).reshape(len(rows), 3)
    y = np.array(prefers_8b, dtype=np.float64)
    weights = np.zeros(3)
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (y - p) - RIDGE * weights
        curvature = (x.T * (p * (1 - p))) @ x + RIDGE * np.eye(3)
        weights = weights + np.linalg.solve(curvature, slope)
    choice, gap, length = (round(float(each), DIGITS) + 0.0 for each in weights)
    return Calibration(choice, gap, length)
