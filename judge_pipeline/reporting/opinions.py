"""What the judge and people say about each image, as columns for the statistics."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice, Review
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.statistics import Verdict

FIRST = Captioner.LLM_16B
"""The first contestant of every statistic: a win rate above one half favours it."""


@dataclass(frozen=True)
class Opinions:
    """One row per image; all columns have the same order and length."""

    outcomes: Sequence[Outcome]

    @cached_property
    def judge(self) -> list[Verdict]:
        """The judge's verdicts; an undecided image is a tie."""
        return [judge_verdict(outcome) for outcome in self.outcomes]

    @cached_property
    def people(self) -> list[Verdict]:
        """People's verdicts; missing if no person has decided, or the review was rejected."""
        return [person_verdict(outcome.final_choice) for outcome in self.outcomes]

    @cached_property
    def judge_labels(self) -> list[Verdict | None]:
        """The judge's opinions, None where it has none: "answer not available" does not compare the captions."""
        return _labels(self.judge)

    @cached_property
    def people_labels(self) -> list[Verdict | None]:
        """People's opinions, None where they have none."""
        return _labels(self.people)

    @cached_property
    def gaps(self) -> list[float | None]:
        """How far the judge's scores put the first contestant above the second, from -1 to 1."""
        return [
            None if (judgement := outcome.judgement) is None else judgement.score_gap_for(FIRST)
            for outcome in self.outcomes
        ]

    @cached_property
    def first_lengths(self) -> list[int | None]:
        """Characters of the first contestant's caption."""
        return [_length(outcome, FIRST) for outcome in self.outcomes]

    @cached_property
    def second_lengths(self) -> list[int | None]:
        """Characters of the second contestant's caption."""
        return [_length(outcome, FIRST.other) for outcome in self.outcomes]

    def rulings_showing_first(self, shown_first: Captioner) -> list[Verdict]:
        """The rulings that showed this captioner first; missing if that order was not asked or both captions are alike."""
        return [_ruling(outcome.judgement, shown_first) for outcome in self.outcomes]

    @property
    def scripted_note(self) -> tuple[str, ...]:
        """The note on every number about people if a demo's script made some of the choices; empty otherwise."""
        choices = [outcome.final_choice for outcome in self.outcomes if outcome.final_choice]
        count = sum(choice.is_scripted for choice in choices)
        if not count:
            return ()
        return (
            (
                f"{count} of {len(choices)} final choices were made by a demo's script, not by a person: the numbers about people "
                "are only examples and say nothing about the judge."
            ),
        )

    def where(self, mask: Iterable[bool]) -> "Opinions":
        """The rows that the mask selects."""
        return Opinions([outcome for outcome, selected in zip(self.outcomes, mask, strict=True) if selected])


def judge_verdict(outcome: Outcome) -> Verdict:
    """The judge's verdict on one image."""
    if outcome.winner is not None:
        return win_for(outcome.winner)
    return {
        State.UNDECIDED: Verdict.TIE,
        State.NOT_AVAILABLE: Verdict.NOT_AVAILABLE,
        State.FAILED: Verdict.FAILED,
    }.get(outcome.state, Verdict.MISSING)


def person_verdict(choice: FinalChoice | None) -> Verdict:
    """A person's verdict on one image."""
    if choice is None or choice.label is None or choice.review is Review.REJECTED:
        return Verdict.MISSING
    return Verdict.TIE if choice.choice is None else win_for(choice.choice)


def win_for(captioner: Captioner) -> Verdict:
    """The verdict that this captioner is better."""
    return Verdict.FIRST if captioner is FIRST else Verdict.SECOND


def verdict_title(verdict: Verdict) -> str:
    """For table headings."""
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
            return win_for(ruling.choice)
    return Verdict.MISSING
