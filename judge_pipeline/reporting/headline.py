"""The report in one sentence, and what must be said beside it."""

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.statistics import Share, raw_agreement
from judge_pipeline.reporting.report import Report

MEASURED = "measured-"
"""How the names of models begin that describe what is measured in the pixels; they are no vision-language models."""


def headline(report: Report) -> str:
    """Which captioner the judge prefers and how sure that is, or that it cannot be told.

    Preferred is a captioner whose win rate lies above one half with its whole 95% interval.
    """
    leader = max(Captioner, key=lambda captioner: report.wins[captioner])
    rate = report.win_rate(leader)
    interval = rate.interval
    if interval is None:
        return "It cannot be told yet which captioner the judge prefers: no image is decided."
    if interval.low > 0.5:
        return f"The judge prefers {leader}: it wins {in_words(rate)}."
    if rate.count * 2 == rate.total:
        return f"It cannot be told which captioner the judge prefers: each wins {in_words(rate)}."
    return (
        f"It cannot be told which captioner the judge prefers: {leader} wins {in_words(rate)}, "
        "and the interval includes 50%."
    )


def trust_in_words(report: Report) -> str:
    """How far that can be trusted, as far as people's choices tell; it takes Wilson's interval and no library."""
    found = raw_agreement(report.opinions.judge_labels, report.opinions.people_labels)
    if found.value is None or found.interval is None:
        return "How far the judge can be trusted is unknown: no person has decided an image that it compared."
    images = "image" if found.total == 1 else "images"
    who = "a script's choices, which are nobody's," if scripted(report) else "people"
    return (
        f"The judge agrees with {who} on {found.count} of {found.total} {images}, {found.value:.0%} "
        f"(95% interval: {found.interval.low:.0%} to {found.interval.high:.0%})."
    )


def scripted(report: Report) -> int:
    """How many final choices were made by a demonstration's script."""
    choices = [outcome.final_choice for outcome in report.outcomes if outcome.final_choice]
    return sum(choice.is_scripted for choice in choices)


def in_words(share: Share) -> str:
    """Such as "18 of 24 decided images, 75% (95% interval: 55% to 88%)"."""
    images = "image" if share.total == 1 else "images"
    counted = f"{share.count} of {share.total} decided {images}"
    if share.value is None or share.interval is None:
        return counted
    return f"{counted}, {share.value:.0%} (95% interval: {share.interval.low:.0%} to {share.interval.high:.0%})"


def cautions(report: Report) -> list[str]:
    """What a reader must know before believing the numbers."""
    found = []
    models = report.models
    if measured := sorted({name for names in models.values() for name in names if name.startswith(MEASURED)}):
        found.append(
            f"{', '.join(measured)}: measured descriptions, not vision-language models. "
            "They show that the pipeline works; they rank no real model."
        )
    if count := scripted(report):
        found.append(
            f"{count} final choices were made by the demo's script: the longer caption, or by lot the shorter one or a tie. No "
            "person has made them. What is said of people here shows what a report looks like, and nothing of the judge."
        )
    if count := sum(outcome.earlier_choice is not None for outcome in report.outcomes):
        found.append(
            f"{count} final choices were given for an earlier caption than the one that is there now. They are listed under what "
            "needs a look, and count nowhere."
        )
    found += [
        f"The {part} numbers mix {len(names)} models: {', '.join(names)}."
        for part, names in models.items()
        if len(names) > 1
    ]
    return found
