"""The score gap: how far apart the judge's scores put the two captions of one image."""

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement


def score_gap(judgement: Judgement) -> float | None:
    """From -1 (the 8B worst and the 16B best in every criterion) to 1 (the other way round); 0 is level.

    The mean over the criteria in which both captions have a score, each criterion's positions stretched to 0 to 1.
    None without such a criterion.
    """
    positions = {(score.captioner, score.criterion): score.position / (score.count - 1) for score in judgement.scores}
    gaps = [
        positions[Captioner.LLM_8B, criterion] - positions[Captioner.LLM_16B, criterion]
        for criterion in dict.fromkeys(score.criterion for score in judgement.scores)
        if all((captioner, criterion) in positions for captioner in Captioner)
    ]
    return sum(gaps) / len(gaps) if gaps else None


def gap_towards(captioner: Captioner, judgement: Judgement) -> float | None:
    """The same, positive where the scores favour this captioner."""
    gap = score_gap(judgement)
    return gap if gap is None or captioner is Captioner.LLM_8B else -gap
