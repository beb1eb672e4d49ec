"""The numbers of a report, from what is known of every image."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.outcome import Outcome, State, outcomes
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.statistics import Share
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.tag_failure import TagFailure
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.reporting.agreement import trust
from judge_pipeline.reporting.attention import troubles
from judge_pipeline.reporting.auto_accept import accepting
from judge_pipeline.reporting.bias import swayed
from judge_pipeline.reporting.costs import taken
from judge_pipeline.reporting.criterion_numbers import CriterionNumbers, criterion_numbers
from judge_pipeline.reporting.criterion_scores import Grades, graded
from judge_pipeline.reporting.metric import UNDEFINED, Metric, Section
from judge_pipeline.reporting.opinions import Opinions, person_verdict
from judge_pipeline.reporting.panel import panel
from judge_pipeline.reporting.versions import versions
from judge_pipeline.reporting.win_rates import better

JUDGE = "Judge"

MAIN_FIGURES = ("people", "judge_corrected_by_people", "agreement", "agreement_blind", "kappa", "ac1")
"""Those that stand among the metadata of the asset, beside the judge's own win rates."""


@dataclass(frozen=True)
class Report:
    """All numbers follow from the outcomes of the images, so they cannot contradict each other.

    `grades` are the ontology's names of each criterion's options, from worst to best, as far as they are known.
    """

    outcomes: tuple[Outcome, ...]
    grades: Grades = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        images: Mapping[Tag, Image],
        captions_8b: Mapping[Tag, Caption],
        captions_16b: Mapping[Tag, Caption],
        judgements: Mapping[Tag, Judgement],
        final_choices: Mapping[Tag, FinalChoice] | None = None,
        failures: Sequence[TagFailure] = (),
        linked_text_items: Mapping[Tag, LinkedTextItems] | None = None,
    ) -> "Report":
        """The report on every image that any of these know."""
        return cls(
            outcomes(
                images=images,
                captions_8b=captions_8b,
                captions_16b=captions_16b,
                judgements=judgements,
                final_choices=final_choices or {},
                failures=failures,
                linked_text_items=linked_text_items or {},
            )
        )

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """All there are, in the order of the outcomes."""
        return tuple(outcome.judgement for outcome in self.outcomes if outcome.judgement is not None)

    @property
    def states(self) -> dict[State, int]:
        """How many images are in each state; they sum to the number of images."""
        found = Counter(outcome.state for outcome in self.outcomes)
        return {state: found[state] for state in State}

    @property
    def wins(self) -> dict[Captioner, int]:
        """How many images each captioner won; they sum to the decided ones."""
        found = Counter(outcome.winner for outcome in self.outcomes)
        return {captioner: found[captioner] for captioner in Captioner}

    def win_rate(self, captioner: Captioner) -> Share:
        """Wins among the decided images."""
        return Share(self.wins[captioner], sum(self.wins.values()))

    @property
    def order_flips(self) -> Share:
        """How often the judge chose otherwise when the captions were shown the other way round.

        Of the images asked in both orders, without those whose captions are alike: choosing between the same is a coin.
        """
        asked = [each for each in self.judgements if each.orders_agree is not None and not each.captions_alike]
        return Share(sum(not each.orders_agree for each in asked), len(asked))

    @property
    def criteria(self) -> tuple[CriterionNumbers, ...]:
        """How each captioner fares in each criterion of the rubric."""
        return criterion_numbers(self.judgements, self.grades)

    @cached_property
    def opinions(self) -> Opinions:
        """What the judge and people say, image by image."""
        return Opinions(self.outcomes)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Everything that the report tells of the images together, with its words."""
        opinions = self.opinions
        counts = {captioner.value: len(self._captions(captioner)) for captioner in Captioner}
        found = (
            better(opinions),
            trust(opinions),
            accepting(opinions),
            swayed(opinions),
            graded(opinions, self.grades),
            panel(opinions),
            troubles(self.outcomes),
            versions(opinions),
            taken(self.spent, {**counts, JUDGE: len(self.judgements)}),
        )
        return tuple(section for section in found if section is not None)

    def figure(self, name: str) -> Metric:
        """The figure of this name.

        Raises:
            KeyError: no section has it.
        """
        return {figure.name: figure for section in self.sections for figure in section.figures}[name]

    @property
    def models(self) -> dict[str, tuple[str, ...]]:
        """The models that answered, as their servers name them, by captioner and for the judge; more than one is a mixture."""
        names = {captioner.value: _names(self._captions(captioner)) for captioner in Captioner}
        return {**names, JUDGE: _names(self.judgements)}

    @property
    def spent(self) -> dict[str, Spent]:
        """What the kept captions and judgements took, by captioner and for the judge; None is unknown."""
        spent = {captioner.value: _total(self._captions(captioner)) for captioner in Captioner}
        return {**spent, JUDGE: _total(self.judgements)}

    @property
    def spent_in_all(self) -> Spent:
        """The sum; one unknown part makes it unknown."""
        return sum(self.spent.values(), Spent())

    def _captions(self, captioner: Captioner) -> list[Caption]:
        captions = (outcome.caption_of(captioner) for outcome in self.outcomes)
        return [caption for caption in captions if caption is not None]

    def to_json(self) -> dict[str, Any]:
        """All numbers and the state of every image, ready for `json.dumps`; None is undefined or unknown."""
        return {
            "images": len(self.outcomes),
            "states": {state.value: count for state, count in self.states.items()},
            "wins": {captioner.value: count for captioner, count in self.wins.items()},
            "win_rates": {captioner.value: _share(self.win_rate(captioner)) for captioner in Captioner},
            "order_flips": _share(self.order_flips),
            "criteria": [_criterion(criterion) for criterion in self.criteria],
            "models": {part: list(names) for part, names in self.models.items()},
            "spent": {part: asdict(spent) for part, spent in self.spent.items()},
            "spent_in_all": asdict(self.spent_in_all),
            "sections": {section.name: _section(section) for section in self.sections},
            "outcomes": [_outcome(outcome) for outcome in self.outcomes],
        }

    def to_metadata(self) -> dict[str, str | int | float]:
        """The main numbers, flat; what cannot be computed is "undefined", what was not told is "unknown"."""
        spent = self.spent_in_all
        numbers: dict[str, str | int | float] = {
            "images": len(self.outcomes),
            "wins_8b": self.wins[Captioner.LLM_8B],
            "wins_16b": self.wins[Captioner.LLM_16B],
            **{state.name.lower(): count for state, count in self.states.items()},
            "earlier_choices": sum(outcome.earlier_choice is not None for outcome in self.outcomes),
        }
        shares = {
            "win_rate_8b": self.win_rate(Captioner.LLM_8B),
            "win_rate_16b": self.win_rate(Captioner.LLM_16B),
            "order_flips": self.order_flips,
        }
        for name, share in shares.items():
            interval = share.interval
            numbers[name] = "undefined" if share.value is None else round(share.value, 4)
            numbers[f"{name}_low"] = "undefined" if interval is None else round(interval.low, 4)
            numbers[f"{name}_high"] = "undefined" if interval is None else round(interval.high, 4)
        for name in MAIN_FIGURES:
            figure = self.figure(name)
            ends = (None, None) if figure.interval is None else (figure.interval.low, figure.interval.high)
            numbers[f"{name}_images"] = figure.n
            for key, value in zip((name, f"{name}_low", f"{name}_high"), (figure.value, *ends), strict=True):
                numbers[key] = UNDEFINED if value is None else round(value, 4)
        amounts = {name: "unknown" if amount is None else amount for name, amount in asdict(spent).items()}
        return {**numbers, **amounts}


def _names(answers: Iterable[Caption | Judgement]) -> tuple[str, ...]:
    return tuple(sorted({answer.model for answer in answers}))


def _total(answers: Iterable[Caption | Judgement]) -> Spent:
    return sum((_spent(each) for each in answers), Spent())


def _spent(each: Caption | Judgement) -> Spent:
    usage = Usage(each.prompt_tokens, each.completion_tokens, each.cached_tokens, each.image_tokens)
    return Spent.of(usage, cost_usd=each.cost_usd, seconds=each.seconds)


def _share(share: Share) -> dict[str, Any]:
    interval = share.interval
    return {
        "count": share.count,
        "total": share.total,
        "value": share.value,
        "interval_95": None if interval is None else [interval.low, interval.high],
    }


def _criterion(criterion: CriterionNumbers) -> dict[str, Any]:
    return {
        "title": criterion.title,
        "labels": list(criterion.labels),
        "counts": {captioner.value: list(counts) for captioner, counts in criterion.counts.items()},
        "mean_position": {captioner.value: criterion.mean_position(captioner) for captioner in Captioner},
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "figures": {
            figure.name: {
                "title": figure.title,
                "value": figure.value,
                "interval_95": None if figure.interval is None else [figure.interval.low, figure.interval.high],
                "n": figure.n,
                "kind": figure.kind.value,
                "undefined": figure.undefined,
            }
            for figure in section.figures
        },
        "tables": {table.name: [list(table.columns), *map(list, table.rows)] for table in section.tables},
        "notes": list(section.notes),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    choice = outcome.final_choice
    return {
        "tag": outcome.tag,
        "title": outcome.title,
        "state": outcome.state.value,
        "winner": None if outcome.winner is None else outcome.winner.value,
        "person": person_verdict(choice).value,
        "person_chose": None if choice is None or choice.choice is None else choice.choice.value,
        "blind": None if choice is None else choice.blind,
        "chosen_for_earlier_captions": None if outcome.earlier_choice is None else outcome.earlier_choice.label,
        "failures": [{"asset": each.asset, "kind": each.kind, "message": each.message} for each in outcome.failures],
    }
