"""The report in one sentence, and the cautions that go with it."""

from typing import NamedTuple

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.image import warnings_sentence
from judge_pipeline.domain.model_makers import ADVICE, makers_of, same_maker
from judge_pipeline.domain.outcome import State
from judge_pipeline.domain.statistics import Interval, at_every_look, raw_agreement, share_at_every_look, win_rates
from judge_pipeline.reporting.export_gate import export_block_reason, judge_people_kappa
from judge_pipeline.reporting.metric import format_share, percentages
from judge_pipeline.reporting.opinions import FIRST
from judge_pipeline.reporting.people_sample import NOT_DRAWN, population_words, sampled_agreement
from judge_pipeline.reporting.report import JUDGE, Report
from judge_pipeline.reporting.win_rates import corrected_win_rate

MEASURED = "measured-"
"""Models with this prefix describe what they measure in the pixels; they are not vision-language models."""


class Preference(NamedTuple):
    """Who leads, whether that holds at every look, and the figure with its interval at every look."""

    leader: Captioner
    is_sure: bool
    value: float
    figure: str


def headline(report: Report) -> str:
    """Which captioner people and the judge prefer and how certain that is, or that there is no clear winner.

    The judge corrected by people's choices leads if there are enough of them; without, it is the judge alone. A captioner is
    preferred if the interval of its win rate that holds at every look is above one half: reports are looked at again and again.
    Only the corrected figure needs a numerical library, so that a run without choices loads none.
    """
    judge, people = _judge_preference(report), _people_preference(report)
    if people is None:
        return _by_judge(judge) if judge else "No winner yet: no image is decided."
    differ = judge is not None and judge.leader is not people.leader and 0.5 not in (judge.value, people.value)
    if not people.is_sure:
        if differ and judge is not None and judge.is_sure:
            return (
                f"No clear winner yet: the judge prefers {judge.leader}, people's choices point to {people.leader}, which "
                f"{people.figure}."
            )
        return f"No clear winner yet: {people.leader} {people.figure}."
    if differ and judge is not None:
        verb = "prefers" if judge.is_sure else "leans to"
        return f"The judge {verb} {judge.leader}, people prefer {people.leader}: it {people.figure}."
    return f"People prefer {people.leader}: it {people.figure}."


def summary(report: Report) -> list[str]:
    """The headline, how far to trust it, and the cautions."""
    return [headline(report), agreement_sentence(report), *cautions(report)]


def _by_judge(judge: Preference) -> str:
    if judge.is_sure:
        return f"The judge prefers {judge.leader}: it wins {judge.figure}."
    if judge.value == 0.5:
        return f"No clear winner yet: each captioner wins {judge.figure}."
    return f"No clear winner yet: the judge prefers {judge.leader} on {judge.figure}."


def _judge_preference(report: Report) -> Preference | None:
    """Among the images that the present judge has decided; None without any."""
    opinions = report.opinions
    rates = win_rates(opinions.present_judge, clusters=opinions.clusters)
    first = rates.first_of_decided
    leads = first.value is not None and first.value >= 0.5
    share = first if leads else rates.second_of_decided
    if share.value is None:
        return None
    every_look = (
        share_at_every_look(share.count, share.total) if share.weighted is None else at_every_look(share.weighted)
    )
    decided = "decided image" if share.total == 1 else "decided images"
    return Preference(
        FIRST if leads else FIRST.other,
        every_look is not None and every_look.low > 0.5,
        share.value,
        f"{share.count:,} of {share.total:,} {decided}, {share.value:.0%} ({_every_look(every_look)})",
    )


def _people_preference(report: Report) -> Preference | None:
    """The judge corrected by people; None if there are too few choices for any bound, or only a script's."""
    opinions = report.opinions
    if not any(each.final_choice and each.final_choice.is_by_person for each in opinions.sampled.outcomes):
        return None
    metric = corrected_win_rate(opinions)
    value, held = metric.value, metric.every_look
    if value is None or held is None or held.width == 1:
        return None
    if value < 0.5:
        value, held = 1 - value, Interval(1 - held.high, 1 - held.low)
    images, choices = population_words(opinions), f"{metric.n:,} choice{'s' if metric.n > 1 else ''}"
    source = f"by {choices} of people" if metric.is_exact else f"by {choices} of people and the judge's on the rest"
    return Preference(
        FIRST if (metric.value or 0) >= 0.5 else FIRST.other,
        held.low > 0.5,
        value,
        f"wins {value:.0%} of {images}, ties half, {source} ({'exact' if metric.is_exact else _every_look(held)})",
    )


def _every_look(interval: Interval | None) -> str:
    return f"95% CI at every look {percentages(interval)}" if interval else "no interval"


def agreement_sentence(report: Report) -> str:
    """How far the judge can be trusted, judging by blind choices that were drawn. Without any it loads no numerical library.

    If a script made all choices, they are an example, drawn or not.
    """
    opinions = report.opinions
    compared = raw_agreement(opinions.judge_labels, opinions.people_labels)
    if not compared.total:
        return "It is unknown how far the judge can be trusted: no person has decided an image that it compared."
    if _choices_of_people(report):
        other, agreement = "people", sampled_agreement(opinions.of_current_judge.sampled_blind)
    else:
        other, agreement = "the demo's script (standing in for people)", compared
    if agreement.value is None:
        return f"It is unknown how far the judge can be trusted: {NOT_DRAWN}."
    return (
        f"The judge agrees with {other} on {format_share(agreement, of='image' if agreement.total == 1 else 'images')}."
    )


def scripted_choices(report: Report) -> int:
    """The number of final choices made by the demo's script."""
    return sum(choice.is_scripted for choice in _choices(report))


def next_steps(report: Report) -> list[str]:
    """What to do now, with commands in backticks: failures first, then the choices of people."""
    if not report.outcomes:
        return ["No image is known yet. `judge-pipeline run` captions and judges the images that wait in Encord."]
    found = []
    if failed := report.states[State.FAILED]:
        images = "1 image has" if failed == 1 else f"{failed:,} images have"
        found.append(f"{images} no judgement because a step failed. `judge-pipeline retry-failed` tries again.")
    if report.judgements and not _choices_of_people(report):
        found.append(
            "No person has decided an image yet, so it is unknown how far the judge can be trusted. `judge-pipeline review` shows "
            "you the images one by one, without the captioners' names and the judge's opinion. "
            f"{_agreement_precision(len(report.judgements))} `judge-pipeline report --open` then shows this page with your choices."
        )
    return found


def _agreement_precision(images: int) -> str:
    """What choices on these images would be worth, for an agreement of 80%."""
    margins = {count: round(196 * (0.8 * 0.2 / count) ** 0.5) for count in (min(images, 100), 400)}
    (few, few_points), (many, many_points) = margins.items()
    more = f", {many} to ±{many_points}" if images > few else ""
    return f"{few} choices measure its agreement with people to about ±{few_points} points{more}."


def _choices_of_people(report: Report) -> int:
    return sum(choice.is_by_person for choice in _choices(report))


def _choices(report: Report) -> list[FinalChoice]:
    return [outcome.final_choice for outcome in report.outcomes if outcome.final_choice]


def cautions(report: Report) -> list[str]:
    """What a reader must know before believing the numbers."""
    found = []
    models = report.models
    if measured := sorted({name for names in models.values() for name in names if name.startswith(MEASURED)}):
        found.append(
            f"{', '.join(measured)}: measured descriptions, not vision-language models. "
            "They show that the pipeline works; they do not rank real models."
        )
    if count := scripted_choices(report):
        found.append(
            f"{count} final choices were made by the demo's script: the longer caption or, at random, the shorter one or a tie. "
            "No person made them. What this report says about people shows what a report looks like and nothing about the judge."
        )
    found += [f"{sentence}; {ADVICE}." for sentence in _same_maker(report)]
    if count := sum(outcome.earlier_choice is not None for outcome in report.outcomes):
        found.append(
            f"{count} final choices were made for an earlier caption than the current one. They are listed under “What needs "
            "attention” and count nowhere."
        )
    if sentence := warnings_sentence(outcome.image for outcome in report.outcomes if outcome.image):
        found.append(f"{sentence}.")
    found += [
        f"The {part} numbers mix {len(names)} models: {', '.join(names)}."
        for part, names in models.items()
        if len(names) > 1
    ]
    if report.min_kappa is not None:
        blocked = export_block_reason(judge_people_kappa(report.opinions), min_kappa=report.min_kappa)
        found += [f"{blocked[0].upper()}{blocked[1:]}."] if blocked else []
    return found


def _same_maker(report: Report) -> list[str]:
    """By the names that the servers reported; where these say nothing, as an alias may, by those in the settings."""
    names = {
        part: [name for joint in found for name in joint.split(", ")] for part, found in report.models.items() if found
    }
    for part, reported in names.items():
        if not any(map(makers_of, reported)):
            reported += report.configured.get(part, ())
    judges = names.pop(JUDGE, [])
    return same_maker(names, judges)
