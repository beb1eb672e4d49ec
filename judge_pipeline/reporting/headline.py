"""The report in one sentence, and the cautions that go with it."""

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.image import warnings_sentence
from judge_pipeline.domain.model_makers import ADVICE, makers_of, same_maker
from judge_pipeline.domain.outcome import State
from judge_pipeline.domain.statistics import raw_agreement
from judge_pipeline.reporting.metric import format_share
from judge_pipeline.reporting.report import JUDGE, Report

MEASURED = "measured-"
"""Models with this prefix describe what they measure in the pixels; they are not vision-language models."""


def headline(report: Report) -> str:
    """Which captioner the judge prefers and how certain that is, or that there is no clear winner.

    A captioner is preferred if the whole 95% interval of its win rate is above one half.
    """
    leader = max(Captioner, key=lambda captioner: report.wins[captioner])
    rate = report.win_rate(leader)
    if rate.interval is None:
        return "No winner yet: no image is decided."
    share = format_share(rate, of="decided image" if rate.total == 1 else "decided images")
    if rate.interval.low > 0.5:
        return f"The judge prefers {leader}: it wins {share}."
    if rate.count * 2 == rate.total:
        return f"No clear winner yet: each captioner wins {share}."
    return f"No clear winner yet: the judge prefers {leader} on {share}."


def agreement_sentence(report: Report) -> str:
    """How far the judge can be trusted, judging by people's choices. Computed without scipy: Wilson's interval needs none."""
    agreement = raw_agreement(report.opinions.judge_labels, report.opinions.people_labels)
    if agreement.value is None:
        return "It is unknown how far the judge can be trusted: no person has decided an image that it compared."
    other = "the demo's script (standing in for people)" if scripted_choices(report) else "people"
    return (
        f"The judge agrees with {other} on {format_share(agreement, of='image' if agreement.total == 1 else 'images')}."
    )


def scripted_choices(report: Report) -> int:
    """The number of final choices made by the demo's script."""
    return sum(outcome.final_choice.is_scripted for outcome in report.outcomes if outcome.final_choice)


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
    choices = (outcome.final_choice for outcome in report.outcomes if outcome.final_choice)
    return sum(choice.label is not None and not choice.is_scripted for choice in choices)


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
