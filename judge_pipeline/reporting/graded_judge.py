"""What people will say of each image, predicted from everything the present judge says; and which images to ask about next."""

from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.statistics import drawing_weights, graded_predictions
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.opinions import FIRST, Opinions


def predictions(opinions: Opinions) -> list[float]:
    """For each image the points that people are predicted to give the first contestant, learned from the sample.

    Where another version of the judge was asked, that is the mean of the others, with or without a choice: a finished image keeps
    its judgement, so that the present judge is asked more often where people have not chosen, and any other value
    would shift the estimate. An image's own choice, and those of its scene, are not used for it.
    """
    judgements = [_present(outcome, opinions.current_version) for outcome in opinions.outcomes]
    return graded_predictions(
        opinions.sampled_people,
        opinions.present_judge,
        [judgement and judgement.score_gap_for(FIRST) for judgement in judgements],
        orders_agree=[judgement and judgement.orders_agree for judgement in judgements],
        votes=[judgement and _share_of_votes(judgement) for judgement in judgements],
        keys=[
            f"cluster {outcome.cluster}" if outcome.cluster else f"tag {outcome.tag}" for outcome in opinions.outcomes
        ],
    )


def weights_by_doubt(opinions: Opinions) -> dict[Tag, float]:
    """For each image the weight by which to draw the next images for review, see `drawing_weights`."""
    weights = drawing_weights(predictions(opinions), opinions.sampled_people, opinions.probabilities)
    return {outcome.tag: weight for outcome, weight in zip(opinions.outcomes, weights, strict=True)}


def _present(outcome: Outcome, version: str | None) -> Judgement | None:
    judgement = outcome.judgement
    return judgement if judgement and judgement.version == version else None


def _share_of_votes(judgement: Judgement) -> float | None:
    """Of the panel's judges that have answered, undecided ones counting half; None without a panel."""
    votes = [vote.choice for vote in judgement.panel if not vote.abstained]
    return sum(0.5 if choice is None else float(choice is FIRST) for choice in votes) / len(votes) if votes else None
