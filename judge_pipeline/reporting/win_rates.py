"""Which captioner is better: in people's eyes, in the judge's, and in the judge's corrected by people's."""

from judge_pipeline.domain.statistics import Share, WinRates, ppi_win_rate, win_rates
from judge_pipeline.reporting.metric import Metric, Section, Table, of_estimate, told
from judge_pipeline.reporting.opinions import FIRST, Opinions

LABELLED = "images with a person's choice"


def better(opinions: Opinions) -> Section:
    """The three win rates side by side, on one axis."""
    people, judge = win_rates(opinions.people), win_rates(opinions.judge)
    return Section(
        name="better",
        title="Which captioner is better",
        lead=f"How often {FIRST} beats {FIRST.other}. A tie counts half. Above 50% {FIRST} is better, below it {FIRST.other}; "
        "where the interval includes 50%, it cannot be told.",
        figures=(
            of_estimate(
                people.first_with_ties_half,
                "people",
                "People say",
                f"{FIRST}'s win rate among the images that a person has decided.",
                units=LABELLED,
            ),
            of_estimate(
                judge.first_with_ties_half,
                "judge",
                "The judge says",
                f"{FIRST}'s win rate among the images that the judge has compared. "
                "The interval knows nothing of the judge's own mistakes.",
                units="judged images",
            ),
            corrected(opinions),
        ),
        tables=(_counts(people, judge),),
        notes=(*opinions.scripted, *_notes(opinions)),
    )


def corrected(opinions: Opinions) -> Metric:
    """What people would say of all images: the judge's answers, less the error that it makes where people have looked."""
    seen = opinions.of(
        outcome.judgement is not None or label is not None
        for outcome, label in zip(opinions.outcomes, opinions.people_labels, strict=True)
    )
    found = ppi_win_rate(seen.people, seen.judge)
    return of_estimate(
        found.corrected,
        "judge_corrected_by_people",
        "The judge, corrected by people",
        f"What people would say of all {found.labelled + found.unlabelled:,} images, if those that they decided were drawn "
        "by lot: people's choices, made surer by the judge's on the rest (PPI++).",
        units=LABELLED,
    )


def _counts(people: WinRates, judge: WinRates) -> Table:
    def row(name: str, rates: WinRates) -> tuple[str | int, ...]:
        states = (rates.first, rates.second, rates.ties, rates.not_available, rates.failed, rates.missing)
        return (name, *states, told(Share(rates.first, rates.first + rates.second)))

    return Table(
        "counts",
        "Every image is in one column of each row; what is no opinion is in no win rate",
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


def _notes(opinions: Opinions) -> tuple[str, ...]:
    found = ppi_win_rate(opinions.people, opinions.judge)
    if found.gain is None or found.gain <= 1.05 or not found.labelled:
        return ()
    worth = f"are worth as much as {found.labelled * found.gain:.0f} without it"
    return (f"With the judge's help {found.labelled} choices of people {worth}; its weight is {found.trust:.0%}.",)
