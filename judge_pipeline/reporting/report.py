"""The numbers of a report, computed from the outcome of every image."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.statistics import Share
from judge_pipeline.reporting.agreement import agreement_section
from judge_pipeline.reporting.attention import attention_section
from judge_pipeline.reporting.auto_accept import auto_accept_section
from judge_pipeline.reporting.bias import bias_section
from judge_pipeline.reporting.corrections import corrections_section
from judge_pipeline.reporting.costs import UNKNOWN, costs_section
from judge_pipeline.reporting.criterion_scores import (
    CriterionScores,
    Grades,
    criterion_scores,
    criterion_scores_section,
)
from judge_pipeline.reporting.judge_versions import judge_versions_section
from judge_pipeline.reporting.metric import UNDEFINED, Metric, Section
from judge_pipeline.reporting.opinions import Opinions, person_verdict
from judge_pipeline.reporting.panel import panel_section
from judge_pipeline.reporting.probes import Probes, probes_section
from judge_pipeline.reporting.reviewers import reviewers_section
from judge_pipeline.reporting.telling_images import TellingImage, telling_images
from judge_pipeline.reporting.win_rates import win_rates_section

JUDGE = "Judge"

MAIN_METRICS = ("people", "judge_corrected_by_people", "agreement", "kappa", "ac1")
"""In the asset's metadata, next to the judge's own win rates."""


@dataclass(frozen=True)
class Report:
    """All numbers are derived from the outcomes, so they cannot contradict each other.

    `grades` are the ontology's names of each criterion's options, from worst to best, as far as known; `judged_with` is what
    the judge is asked with now. `probes` are what `judge-pipeline probe` has tried, `configured` the models in the settings by
    captioner and for the judge. `min_kappa` is the agreement with people that exports require; None if they require none.
    `saved_usd` is what model batches have cost less than live calls.
    """

    outcomes: tuple[Outcome, ...]
    grades: Grades = field(default_factory=dict)
    judged_with: str | None = None
    probes: Probes = field(default_factory=Probes)
    configured: Mapping[str, Sequence[str]] = field(default_factory=dict)
    min_kappa: float | None = None
    saved_usd: float = 0.0

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """All judgements, in the order of the outcomes."""
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
        """How often the judge's choice flipped when the captions swapped places.

        Of the images asked in both orders, without those whose captions are alike: a choice between equals is a coin toss.
        """
        asked = [each for each in self.judgements if each.orders_agree is not None and not each.captions_alike]
        return Share(sum(not each.orders_agree for each in asked), len(asked))

    @property
    def corrected(self) -> int:
        """How many images have a label of the judge that a person has edited or replaced, about the present captions."""
        return sum(bool(outcome.corrections) for outcome in self.outcomes)

    @property
    def criteria(self) -> tuple[CriterionScores, ...]:
        """How each captioner scores in each criterion of the rubric."""
        return criterion_scores(self.judgements, self.grades)

    @cached_property
    def opinions(self) -> Opinions:
        """What the judge and people say about each image."""
        return Opinions(self.outcomes, self.judged_with)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """All sections in the order of the page; the probes, the panel and the corrections only if there are any."""
        opinions = self.opinions
        counts = {captioner.value: len(self._captions(captioner)) for captioner in Captioner}
        found = (
            win_rates_section(opinions),
            agreement_section(opinions),
            reviewers_section(opinions.shown_to_several.present_judge_labels, opinions.by_reviewer),
            auto_accept_section(opinions),
            bias_section(opinions.of_current_judge),
            probes_section(self.probes),
            criterion_scores_section(opinions, self.grades),
            corrections_section(self.outcomes),
            panel_section(opinions),
            attention_section(self.outcomes),
            judge_versions_section(opinions),
            costs_section(self.spent, {**counts, JUDGE: len(self.judgements)}, saved_usd=self.saved_usd),
        )
        return tuple(section for section in found if section is not None)

    def metric(self, name: str) -> Metric:
        """The metric of this name.

        Raises:
            KeyError: no section has one.
        """
        return {metric.name: metric for section in self.sections for metric in section.metrics}[name]

    @property
    def models(self) -> dict[str, tuple[str, ...]]:
        """The models that answered, as named by their servers, by captioner and for the judge; more than one is a mixture."""
        names = {captioner.value: _names(self._captions(captioner)) for captioner in Captioner}
        return {**names, JUDGE: _names(self.judgements)}

    @cached_property
    def telling(self) -> tuple[TellingImage, ...]:
        """The six images that the page shows first."""
        return telling_images(self.outcomes)

    @cached_property
    def spent(self) -> dict[str, Spent]:
        """What the stored captions and judgements cost, by captioner and for the judge; None is unknown."""
        spent = {captioner.value: _total(self._captions(captioner)) for captioner in Captioner}
        return {**spent, JUDGE: _total(self.judgements)}

    @property
    def spent_in_all(self) -> Spent:
        """The sum; one unknown part makes it unknown."""
        return sum(self.spent.values(), Spent())

    def _captions(self, captioner: Captioner) -> list[Caption]:
        captions = (outcome.caption_of(captioner) for outcome in self.outcomes)
        return [caption for caption in captions if caption is not None]

    def json_text(self) -> Iterator[str]:
        """All numbers and the state of every image, a line each; None is undefined or unknown.

        In pieces: of 250,000 images the whole takes as much memory as the outcomes.
        """
        yield json.dumps(self.numbers, indent=2, ensure_ascii=False).removesuffix("\n}") + ',\n  "outcomes": ['
        for place, state in enumerate(self.states_of_images):
            yield (",\n    " if place else "\n    ") + json.dumps(state, ensure_ascii=False)
        yield "\n  ]\n}\n"

    @property
    def states_of_images(self) -> Iterator[dict[str, Any]]:
        """The state of every image, for JSON."""
        return map(_outcome, self.outcomes)

    @property
    def numbers(self) -> dict[str, Any]:
        """All numbers, for JSON."""
        return {
            "images": len(self.outcomes),
            "states": {state.value: count for state, count in self.states.items()},
            "wins": {captioner.value: count for captioner, count in self.wins.items()},
            "win_rates": {captioner.value: _share(self.win_rate(captioner)) for captioner in Captioner},
            "order_flips": _share(self.order_flips),
            "corrected": self.corrected,
            "criteria": [_criterion(criterion) for criterion in self.criteria],
            "models": {part: list(names) for part, names in self.models.items()},
            "spent": {part: asdict(spent) for part, spent in self.spent.items()},
            "spent_in_all": asdict(self.spent_in_all),
            "saved_usd": self.saved_usd,
            "sections": {section.name: _section(section) for section in self.sections},
        }

    def to_metadata(self) -> dict[str, str | int | float]:
        """The main numbers, flat; what cannot be computed is "undefined", what the servers did not report "unknown"."""
        spent = self.spent_in_all
        numbers: dict[str, str | int | float] = {
            "images": len(self.outcomes),
            "wins_8b": self.wins[Captioner.LLM_8B],
            "wins_16b": self.wins[Captioner.LLM_16B],
            **{state.name.lower(): count for state, count in self.states.items()},
            "earlier_choices": sum(outcome.earlier_choice is not None for outcome in self.outcomes),
            "corrected": self.corrected,
        }
        shares = {
            "win_rate_8b": self.win_rate(Captioner.LLM_8B),
            "win_rate_16b": self.win_rate(Captioner.LLM_16B),
            "order_flips": self.order_flips,
        }
        for name, share in shares.items():
            interval = share.interval
            numbers[name] = UNDEFINED if share.value is None else round(share.value, 4)
            numbers[f"{name}_low"] = UNDEFINED if interval is None else round(interval.low, 4)
            numbers[f"{name}_high"] = UNDEFINED if interval is None else round(interval.high, 4)
        for name in MAIN_METRICS:
            metric = self.metric(name)
            ends = (None, None) if metric.interval is None else (metric.interval.low, metric.interval.high)
            numbers[f"{name}_images"] = metric.n
            for key, value in zip((name, f"{name}_low", f"{name}_high"), (metric.value, *ends), strict=True):
                numbers[key] = UNDEFINED if value is None else round(value, 4)
        amounts = {name: UNKNOWN if amount is None else amount for name, amount in asdict(spent).items()}
        return {**numbers, **amounts}


def _names(answers: Iterable[Caption | Judgement]) -> tuple[str, ...]:
    return tuple(sorted({answer.model for answer in answers}))


def _total(answers: Iterable[Caption | Judgement]) -> Spent:
    return sum((each.spent for each in answers), Spent())


def _share(share: Share) -> dict[str, Any]:
    interval = share.interval
    return {
        "count": share.count,
        "total": share.total,
        "value": share.value,
        "interval_95": None if interval is None else [interval.low, interval.high],
    }


def _criterion(criterion: CriterionScores) -> dict[str, Any]:
    return {
        "title": criterion.title,
        "labels": list(criterion.labels),
        "counts": {captioner.value: list(counts) for captioner, counts in criterion.counts.items()},
        "mean_position": {captioner.value: criterion.mean_position(captioner) for captioner in Captioner},
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "figures": {
            metric.name: {
                "title": metric.title,
                "value": metric.value,
                "interval_95": None if metric.interval is None else [metric.interval.low, metric.interval.high],
                **_every_look(metric),
                "n": metric.n,
                "kind": metric.kind.value,
                "undefined": metric.undefined,
            }
            for metric in section.metrics
        },
        "tables": {table.name: [list(table.columns), *map(list, table.rows)] for table in section.tables},
        "notes": list(section.notes),
    }


def _every_look(metric: Metric) -> dict[str, list[float]]:
    held = metric.every_look
    return {} if held is None else {"interval_95_every_look": [held.low, held.high]}


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
        "scripted": None if choice is None else choice.is_scripted,
        "drawn": None if choice is None or choice.drawn is None else choice.drawn.value,
        "sitting": None if choice is None else choice.sitting,
        "judgement_version": None if choice is None else choice.judgement_version,
        "in_population": outcome.in_population,
        "probability": outcome.probability,
        "basis": None if outcome.basis is None else outcome.basis.value,
        "chosen_for_earlier_captions": None if outcome.earlier_choice is None else outcome.earlier_choice.label,
        "corrected": {each.answer.title: each.summary for each in outcome.corrections},
        "corrected_for_earlier_captions": [each.answer.title for each in outcome.earlier_corrections],
        "failures": [{"asset": each.asset, "kind": each.kind, "message": each.message} for each in outcome.failures],
    }
