"""What the judge and people say about each image, as columns for the statistics."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice, Review
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.review_sample import Basis, is_blind
from judge_pipeline.domain.statistics import Verdict

FIRST = Captioner.LLM_16B
"""The first contestant of every statistic: a win rate above one half favours it."""

ENDLESS = 1e-9
"""The inclusion probability of images that stand for endlessly many."""


@dataclass(frozen=True)
class Opinions:
    """One row per image; all columns have the same order and length.

    `judged_with` is what the judge is asked with now; None if that is not known. `version` is the present judge's version if
    it is known from more images than these.
    """

    outcomes: Sequence[Outcome]
    judged_with: str | None = None
    version: str | None = None

    @cached_property
    def judge(self) -> list[Verdict]:
        """The judge's verdicts; an undecided image is a tie."""
        return [judge_verdict(outcome) for outcome in self.outcomes]

    @cached_property
    def present_judge(self) -> list[Verdict]:
        """The same of the present judge only; missing where another version of the judge was asked."""
        return [
            Verdict.MISSING if outcome.judgement and outcome.judgement.version != self.current_version else verdict
            for outcome, verdict in zip(self.outcomes, self.judge, strict=True)
        ]

    @cached_property
    def people(self) -> list[Verdict]:
        """People's verdicts; missing if no person has decided, or the review was rejected."""
        return [person_verdict(outcome.final_choice) for outcome in self.outcomes]

    @cached_property
    def judge_labels(self) -> list[Verdict | None]:
        """The judge's opinions, None where it has none: "answer not available" does not compare the captions."""
        return _labels(self.judge)

    @cached_property
    def present_judge_labels(self) -> list[Verdict | None]:
        """The same of the present judge only."""
        return _labels(self.present_judge)

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
        if any(choice.is_by_person for choice in choices):
            return (
                f"{count} final choices were made by a demo's script: they count nowhere, because people have chosen too.",
            )
        return (
            (
                f"{count} of {len(choices)} final choices were made by a demo's script, not by a person: the numbers about people "
                "are only examples and say nothing about the judge."
            ),
        )

    def where(self, mask: Iterable[bool]) -> "Opinions":
        """The rows that the mask selects."""
        selected = [outcome for outcome, is_selected in zip(self.outcomes, mask, strict=True) if is_selected]
        return replace(self, outcomes=selected, version=self.current_version)

    @cached_property
    def probabilities(self) -> list[float | None]:
        """The inclusion probabilities of people's choices in the sample; None outside of it."""
        return [outcome.probability for outcome in self.outcomes]

    @cached_property
    def clusters(self) -> list[str | None] | None:
        """The scene of each image, None for an image on its own; None altogether if no image has one."""
        found = [outcome.cluster for outcome in self.outcomes]
        return found if any(each is not None for each in found) else None

    @cached_property
    def population(self) -> "Opinions":
        """The images that the sample of people's choices speaks for."""
        return self.where(outcome.in_population for outcome in self.outcomes)

    @cached_property
    def sampled_people(self) -> list[Verdict]:
        """People's verdicts; missing outside of the sample."""
        return [
            Verdict.MISSING if probability is None else verdict
            for verdict, probability in zip(self.people, self.probabilities, strict=True)
        ]

    @cached_property
    def sampled(self) -> "Opinions":
        """The images whose choice may speak for the population: its inclusion probability is known."""
        return self.where(probability is not None for probability in self.probabilities)

    @cached_property
    def sampled_blind(self) -> "Opinions":
        """The same, as far as the judge cannot have influenced the choice, or the user vouches for it.

        Where every image is decided but not every one blind, the blind ones are neither all images nor drawn from them. They then
        count as drawn from endlessly many, so that no interval is taken for exact.
        """
        blind = self.sampled.where(
            outcome.basis is Basis.ASSUMED or is_blind(outcome.final_choice) for outcome in self.sampled.outcomes
        )
        if len(blind.outcomes) == len(self.sampled.outcomes):
            return blind
        rows = [
            replace(outcome, probability=ENDLESS) if outcome.basis is Basis.CENSUS else outcome
            for outcome in blind.outcomes
        ]
        return replace(blind, outcomes=rows)

    @cached_property
    def by_reviewer(self) -> dict[str, list[Verdict | None]]:
        """What each reviewer says of the images that several were asked about, a column for each, the busiest first.

        The rows are those of `shown_to_several`.
        """
        given = [
            {opinion.reviewer: _opinion_verdict(opinion.choice) for opinion in outcome.final_choice.opinions}
            for outcome in self.shown_to_several.outcomes
            if outcome.final_choice
        ]
        counted = Counter(reviewer for opinions in given for reviewer in opinions)
        names = sorted(counted, key=lambda name: (-counted[name], name))
        return {name: [opinions.get(name) for opinions in given] for name in names}

    @cached_property
    def shown_to_several(self) -> "Opinions":
        """The images that several reviewers were asked about."""
        return self.where(bool(outcome.final_choice and outcome.final_choice.opinions) for outcome in self.outcomes)

    @cached_property
    def current_version(self) -> str | None:
        """The version of the present judge: the most frequent one among those asked as now or, if there are none, among all."""
        if self.version is not None:
            return self.version
        judgements = [outcome.judgement for outcome in self.outcomes if outcome.judgement]
        present = [judgement for judgement in judgements if judgement.judged_with == self.judged_with]
        counted = Counter(judgement.version for judgement in present or judgements)
        return counted.most_common(1)[0][0] if counted else None

    @cached_property
    def of_current_judge(self) -> "Opinions":
        """The images judged by the present judge."""
        return self.where(
            outcome.judgement is not None and outcome.judgement.version == self.current_version
            for outcome in self.outcomes
        )


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
    return _opinion_verdict(choice.choice)


def _opinion_verdict(choice: Captioner | None) -> Verdict:
    return Verdict.TIE if choice is None else win_for(choice)


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
