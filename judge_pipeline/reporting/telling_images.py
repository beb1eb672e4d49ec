"""The six images under the headline: people against the judge, the judge undecided, and its clearest choices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.statistics import Verdict
from judge_pipeline.reporting.opinions import judge_verdict, person_verdict

SHOWN = 6
EACH = 2
"""Images of each kind, as long as every kind has that many."""


class Telling(StrEnum):
    """Why an image is shown."""

    DISAGREEMENT = "disagreement"
    UNDECIDED = "undecided"
    CLEAR_WIN = "clear win"


@dataclass(frozen=True, slots=True)
class TellingImage:
    """An image with the reason why it is shown."""

    outcome: Outcome
    kind: Telling

    @property
    def sentence(self) -> str:
        """What there is to see."""
        winner = self.outcome.winner
        if self.kind is Telling.CLEAR_WIN:
            return f"{winner} wins clearly"
        if self.kind is Telling.UNDECIDED:
            return "The judge is undecided"
        return f"The judge: {winner or 'undecided'}. {self._who}: {self.person or 'a tie'}"

    @property
    def person(self) -> Captioner | None:
        """The captioner that a person chose; None for a tie or without a choice."""
        return self.outcome.final_choice.choice if self.outcome.final_choice else None

    @property
    def _who(self) -> str:
        return "A script" if self.outcome.final_choice and self.outcome.final_choice.is_scripted else "A person"


def telling_images(outcomes: Iterable[Outcome], *, shown: int = SHOWN) -> tuple[TellingImage, ...]:
    """The images by a fixed rule, so that no one picks those that flatter a captioner or the judge.

    1. An image needs both captions, not alike, and the judge's present opinion on them. Images under suspicion, images with
       an answer that is not available, and copies of an image that is shown already are left out.
    2. There are three kinds: *disagreements* of people with the judge (opposite winners before ties), images on which the judge
       is *undecided* (those where the two orders disagree first), and *clear wins* (the same choice in both orders, no score
       against it, no one who disagrees; the winners take turns). Within a kind the wider gap between the scores comes first,
       then the title.
    3. Each kind gives two images. Places that a kind cannot fill go to the others, in this order.
    """
    found = [outcome for outcome in outcomes if outcome.is_clear]
    ranked = {
        Telling.DISAGREEMENT: sorted(filter(_is_disagreement, found), key=_by_contrast),
        Telling.UNDECIDED: sorted(filter(_is_undecided, found), key=_by_order_flip),
        Telling.CLEAR_WIN: _by_turns(sorted(filter(_is_clear_win, found), key=_by_gap)),
    }
    candidates = {kind: _without_copies(images) for kind, images in ranked.items()}
    taken = {kind: min(EACH, len(images)) for kind, images in candidates.items()}
    for kind, images in candidates.items():
        taken[kind] += max(0, min(shown - sum(taken.values()), len(images) - taken[kind]))
    chosen = [TellingImage(outcome, kind) for kind in Telling for outcome in candidates[kind][: taken[kind]]]
    return tuple(chosen[:shown])


def _is_disagreement(outcome: Outcome) -> bool:
    person = person_verdict(outcome.final_choice)
    return person.points is not None and person is not judge_verdict(outcome)


def _is_undecided(outcome: Outcome) -> bool:
    return outcome.state is State.UNDECIDED and not _is_disagreement(outcome)


def _is_clear_win(outcome: Outcome) -> bool:
    is_consistent = outcome.judgement is not None and outcome.judgement.orders_agree is not False
    return outcome.winner is not None and is_consistent and _gap(outcome) >= 0 and not _is_disagreement(outcome)


def _gap(outcome: Outcome) -> float:
    """How far the scores are apart, negative where they contradict the choice; 0 without scores."""
    judgement = outcome.judgement
    gap = judgement.score_gap_for(outcome.winner or Captioner.LLM_8B) if judgement else None
    return 0.0 if gap is None else round(gap, 3)


def _by_gap(outcome: Outcome) -> tuple[float, str, str]:
    return -_gap(outcome), outcome.title, outcome.tag


def _by_contrast(outcome: Outcome) -> tuple[bool, float, str, str]:
    has_tie = Verdict.TIE in (judge_verdict(outcome), person_verdict(outcome.final_choice))
    return has_tie, -abs(_gap(outcome)), outcome.title, outcome.tag


def _by_order_flip(outcome: Outcome) -> tuple[bool, float, str, str]:
    is_flipped = outcome.judgement is not None and outcome.judgement.orders_agree is False
    return not is_flipped, -abs(_gap(outcome)), outcome.title, outcome.tag


def _by_turns(wins: Sequence[Outcome]) -> list[Outcome]:
    """The wins of both captioners alternately, the clearest first, as long as both have some."""
    turns: dict[Captioner | None, int] = {}
    order = []
    for outcome in wins:
        turns[outcome.winner] = turns.get(outcome.winner, 0) + 1
        order.append(turns[outcome.winner])
    return [wins[place] for place in sorted(range(len(wins)), key=order.__getitem__)]


def _without_copies(images: Iterable[Outcome]) -> list[Outcome]:
    """The first of those that show the same picture and say the same of it."""
    first: dict[tuple[str, ...], Outcome] = {}
    for outcome in images:
        captions = (outcome.caption_of(captioner) for captioner in Captioner)
        picture = outcome.image.sha256 if outcome.image else outcome.tag
        first.setdefault((picture, *(caption.text for caption in captions if caption)), outcome)
    return list(first.values())
