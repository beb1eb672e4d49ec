"""Which captioner is better: according to people, to the judge, and to the judge corrected by people."""

from judge_pipeline.domain.statistics import Share, WinRates, ppi_win_rate, win_rates
from judge_pipeline.reporting.metric import Metric, Section, Table, estimate_metric, format_share
from judge_pipeline.reporting.opinions import FIRST, Opinions

LABELLED = "images with a person's choice"
"""The units of a number about people start with these words."""

COMPARED = f"{LABELLED} that the judge compared"


def win_rates_section(opinions: Opinions) -> Section:
    """The three win rates on one axis."""
    people, judge = win_rates(opinions.people), win_rates(opinions.judge)
    return Section(
        name="better",
        title="Which captioner is better",
        lead=f"How often {FIRST} beats {FIRST.other}. A tie counts half. Above 50% {FIRST} is better, below 50% {FIRST.other} is; "
        "if the interval includes 50%, there is no clear winner.",
        metrics=(
            estimate_metric(
                people.first_with_ties_half,
                "people",
                "According to people",
                f"{FIRST}'s win rate on the images that a person has decided.",
                units=LABELLED,
            ),
            estimate_metric(
                judge.first_with_ties_half,
                "judge",
                "According to the judge",
                f"{FIRST}'s win rate on the images that the judge has compared. "
                "The interval does not account for the judge's own mistakes.",
                units="judged images",
            ),
            corrected_win_rate(opinions),
        ),
        tables=(_counts(people, judge),),
        notes=(*opinions.scripted_note, *_gain_note(opinions)),
    )


def corrected_win_rate(opinions: Opinions) -> Metric:
    """What people would say of all images: the judge's verdicts, less the error it makes on the images people decided."""
    seen = opinions.where(
        outcome.judgement is not None or label is not None
        for outcome, label in zip(opinions.outcomes, opinions.people_labels, strict=True)
    )
    found = ppi_win_rate(seen.people, seen.judge)
    return estimate_metric(
        found.corrected,
        "judge_corrected_by_people",
        "The judge, corrected by people",
        f"What people would say of all {found.labelled + found.unlabelled:,} images, if the ones they decided are a random "
        "sample: people's choices, made more precise by the judge's on the rest (PPI++).",
        units=LABELLED,
    )


def _counts(people: WinRates, judge: WinRates) -> Table:
    def row(name: str, rates: WinRates) -> tuple[str | int, ...]:
        states = (rates.first, rates.second, rates.ties, rates.not_available, rates.failed, rates.missing)
        return (name, *states, format_share(Share(rates.first, rates.first + rates.second)))

    return Table(
        "counts",
        "Each image is counted once per row; only wins and ties enter a win rate",
        (
            "",
            f"{FIRST} better",
            f"{FIRST.other} better",
            "tie or undecided",
            "answer not available",
            "failed",
            "not asked",
            f"{FIRST} without ties",
        ),
        (row("People", people), row("Judge", judge)),
    )


def _gain_note(opinions: Opinions) -> tuple[str, ...]:
    found = ppi_win_rate(opinions.people, opinions.judge)
    if found.gain is None or found.gain <= 1.05 or not found.labelled:
        return ()
    worth = f"are worth as much as {found.labelled * found.gain:.0f} without it"
    return (
        f"With the judge's help, {found.labelled} choices by people {worth}; the judge's weight is {found.trust:.0%}.",
    )
