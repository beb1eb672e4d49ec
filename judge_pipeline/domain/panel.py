"""The panel: merges several judges' judgements of one image by majority."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import ClassificationAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judgement import Judgement, PanelVote
from judge_pipeline.domain.spending import Spent


@dataclass(frozen=True, slots=True)
class PanelOpinion:
    """One judge's own judgement, or why it has none. `judge` is its name in the settings."""

    judge: str
    model: str
    judgement: Judgement | None
    abstained: str = ""

    @property
    def vote(self) -> PanelVote:
        """The vote recorded in the panel's judgement."""
        own = self.judgement
        if own is None:
            return PanelVote(self.judge, self.model, None, None, (), (), (), self.abstained)
        return PanelVote(
            self.judge, own.model, own.choice, own.orders_agree, own.not_available, own.scores, own.rulings
        )


def panel_judgement(opinions: Sequence[PanelOpinion], judge_ontology: JudgeOntology) -> Judgement:
    """The judgement of the whole panel; `opinions` are in the order of the settings.

    The choice is the caption that more than half of the judges choose, where undecided and abstaining judges count too.
    Everything else (scores, texts, rulings, whether the orders agree) comes from the first judge who made that choice, or,
    without a choice, from the first who gave a judgement; it is never mixed. Tokens, cost and time are totals.

    Raises:
        ValueError: every judge abstained.
    """
    given = [opinion.judgement for opinion in opinions if opinion.judgement is not None]
    if not given:
        raise ValueError("expected a judgement from at least one judge of the panel, found none")
    choice = _majority(given, judges=len(opinions))
    written = next((own for own in given if own.choice is choice), given[0])
    votes = tuple(opinion.vote for opinion in opinions)
    return replace(
        written,
        choice=choice,
        answers=written.answers if choice is written.choice else _without_choice(written, judge_ontology),
        panel=votes,
        decided_by_probability=choice is not None and written.decided_by_probability,
        model=", ".join(vote.model for vote in votes),
        spent=sum((own.spent for own in given), Spent()),
    )


def _majority(given: Sequence[Judgement], *, judges: int) -> Captioner | None:
    counted = Counter(own.choice for own in given if own.choice is not None)
    return next((choice for choice, count in counted.items() if 2 * count > judges), None)


def _without_choice(written: Judgement, judge_ontology: JudgeOntology) -> tuple[ClassificationAnswer, ...]:
    return tuple(a for a in written.answers if a.feature_hash != judge_ontology.choice.feature_hash)
