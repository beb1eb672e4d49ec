"""Opinions: what the judge and people say of each image, as columns that statistics are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice, Review
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.score_gap import gap_towards
from judge_pipeline.domain.statistics import Verdict

FIRST = Captioner.LLM_16B
"""The first contestant of every statistic: a win rate above one half speaks for it."""


@dataclass(frozen=True)
class Opinions:
    """A row is an image; all columns have the same order and length."""

    outcomes: Sequence[Outcome]

    @cached_property
    def judge(self) -> list[Verdict]:
        """The judge's verdict; an undecided image is its tie."""
        return [judge_verdict(outcome) for outcome in self.outcomes]

    @cached_property
    def people(self) -> list[Verdict]:
        """People's verdict; missing where nobody has decided, or the review was rejected."""
        return [person_verdict(outcome.final_choice) for outcome in self.outcomes]

    @cached_property
    def judge_labels(self) -> list[Verdict | None]:
        """The judge's opinion, None where it has none: an answer that is not available is no label of a comparison."""
        return _labels(self.judge)

    @cached_property
    def people_labels(self) -> list[Verdict | None]:
        """People's opinion."""
        return _labels(self.people)

    @cached_property
    def gaps(self) -> list[float | None]:
        """How far the judge's scores put the first contestant above the second, from -1 to 1."""
        return [
            None if (judgement := outcome.judgement) is None else gap_towards(FIRST, judgement)
            for outcome in self.outcomes
        ]

    @cached_property
    def first_lengths(self) -> list[int | None]:
        """Characters of the first contestant's caption."""
        return [_length(outcome, FIRST) for outcome in self.outcomes]

    @cached_property
    def second_lengths(self) -> list[int | None]:
        """Characters of the other's."""
        return [_length(outcome, FIRST.other) for outcome in self.outcomes]

    def ruled_with(self, shown_first: Captioner) -> list[Verdict]:
        """The verdict of the ruling in one order, where the captions differ; missing where that order was not asked."""
        return [_ruling(outcome.judgement, shown_first) for outcome in self.outcomes]

    @property
    def scripted(self) -> tuple[str, ...]:
        """What must be said beside every figure about people where a demonstration's script has decided; else nothing."""
        choices = [outcome.final_choice for outcome in self.outcomes if outcome.final_choice]
        count = sum(choice.is_scripted for choice in choices)
        told = f"{count} of {len(choices)} final choices were made by a demonstration's script and by no person"
        return (f"{told}: what is said of people here shows its place, and nothing of the judge.",) if count else ()

    def of(self, rows: Iterable[bool]) -> "Opinions":
        """The same of some images."""
        return Opinions([outcome for outcome, is_taken in zip(self.outcomes, rows, strict=True) if is_taken])


def judge_verdict(outcome: Outcome) -> Verdict:
    """Of one image, by what became of it."""
    if outcome.winner is not None:
        return named(outcome.winner)
    return {
        State.UNDECIDED: Verdict.TIE,
        State.NOT_AVAILABLE: Verdict.NOT_AVAILABLE,
        State.FAILED: Verdict.FAILED,
    }.get(outcome.state, Verdict.MISSING)


def person_verdict(choice: FinalChoice | None) -> Verdict:
    """Of one image."""
    if choice is None or choice.label is None or choice.review is Review.REJECTED:
        return Verdict.MISSING
    return Verdict.TIE if choice.choice is None else named(choice.choice)


def named(captioner: Captioner) -> Verdict:
    """The verdict that this captioner is better."""
    return Verdict.FIRST if captioner is FIRST else Verdict.SECOND


def in_words(verdict: Verdict) -> str:
    """For the heads of tables."""
    return {Verdict.FIRST: f"{FIRST} better", Verdict.SECOND: f"{FIRST.other} better", Verdict.TIE: "tie"}[verdict]


def _labels(verdicts: Iterable[Verdict]) -> list[Verdict | None]:
    return [None if verdict.points is None else verdict for verdict in verdicts]


def _length(outcome: Outcome, captioner: Captioner) -> int | None:
    caption = outcome.caption_of(captioner)
    return len(caption.text) if caption else None


def _ruling(judgement: Judgement | None, shown_first: Captioner) -> Verdict:
    if judgement is None or judgement.captions_alike:
        return Verdict.MISSING
    for ruling in judgement.rulings:
        if ruling.shown_first is shown_first:
            return named(ruling.choice)
    return Verdict.MISSING
