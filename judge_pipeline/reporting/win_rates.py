"""Which captioner is better: according to people, to the judge, and to the judge corrected by people."""

from judge_pipeline.domain.statistics import PredictionPowered, Verdict, WinRates, ppi_win_rate, win_rates
from judge_pipeline.reporting.metric import Metric, Section, Table, estimate_metric, format_share
from judge_pipeline.reporting.opinions import FIRST, Opinions
from judge_pipeline.reporting.people_sample import about_population, population_words, small_sample_note

LABELLED = "images with a person's choice"
"""The units of a number about people start with these words."""

COMPARED = f"{LABELLED} that the judge compared"


def win_rates_section(opinions: Opinions) -> Section:
    """The three win rates on one axis."""
    sampled = opinions.sampled
    people = win_rates(sampled.people, probabilities=sampled.probabilities, clusters=sampled.clusters)
    judge = win_rates(opinions.present_judge, clusters=opinions.clusters)
    according_to_people = estimate_metric(
        people.first_with_ties_half,
        "people",
        "According to people",
        f"{FIRST}'s win rate on {population_words(opinions)}, from the choices that speak for them.",
        units=LABELLED,
    )
    return Section(
        name="better",
        title="Which captioner is better",
        lead=f"How often {FIRST} beats {FIRST.other}. A tie counts half. Above 50% {FIRST} is better, below 50% {FIRST.other} is; "
        "if the interval includes 50%, there is no clear winner.",
        metrics=(
            about_population(according_to_people, opinions),
            estimate_metric(
                judge.first_with_ties_half,
                "judge",
                "According to the judge",
                f"{FIRST}'s win rate on the images that the present judge has compared. "
                "The interval does not account for the judge's own mistakes.",
                units="judged images",
            ),
            corrected_win_rate(opinions),
        ),
        tables=(_counts(opinions, people, judge),),
        notes=(*opinions.scripted_note, *small_sample_note(opinions.sampled, opinions), *_gain_note(opinions)),
    )


def corrected_win_rate(opinions: Opinions) -> Metric:
    """What people would say of the population: the judge's verdicts, less the error it makes on the images in the sample."""
    metric = estimate_metric(
        _corrected(opinions).corrected,
        "judge_corrected_by_people",
        "The judge, corrected by people",
        f"What people would say of {population_words(opinions)}: their choices, made more precise by the present judge's on the "
        "rest (PPI++).",
        units=LABELLED,
    )
    return about_population(metric, opinions)


def _corrected(opinions: Opinions) -> PredictionPowered:
    population = opinions.population
    return ppi_win_rate(
        population.sampled_people,
        _predictions(population),
        probabilities=population.probabilities,
        clusters=population.clusters,
    )


def _predictions(opinions: Opinions) -> list[float]:
    """What the present judge says of each image: 1 for the first contestant, 0 for the second, 1/2 for a tie.

    Where it says nothing, because it failed or an earlier version judged, that is its own mean, with or without a choice by
    people. A finished image keeps its judgement, so that the present judge is asked more often where people have not chosen; 1/2
    would then shift the estimate, the mean does not.
    """
    points = [verdict.points for verdict in opinions.present_judge]
    known = [point for point in points if point is not None]
    mean = sum(known) / len(known) if known else 0.5
    return [mean if point is None else point for point in points]


def _counts(opinions: Opinions, people: WinRates, judge: WinRates) -> Table:
    def row(name: str, rates: WinRates, rate: str) -> tuple[str | int, ...]:
        states = (rates.first, rates.second, rates.ties, rates.not_available, rates.failed, rates.missing)
        return (name, *states, rate)

    rows = [row("People", win_rates(opinions.sampled_people), format_share(people.first_of_decided))]
    if any(other is not mine for other, mine in zip(opinions.people, opinions.sampled_people, strict=True)):
        others = win_rates(
            Verdict.MISSING if outcome.probability is not None else verdict
            for outcome, verdict in zip(opinions.outcomes, opinions.people, strict=True)
        )
        rows.append(row("People, not drawn", others, "only these images"))
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
        (*rows, row("Judge", judge, format_share(judge.first_of_decided))),
    )


def _gain_note(opinions: Opinions) -> tuple[str, ...]:
    found = _corrected(opinions)
    if found.gain is None or found.gain <= 1.05 or not found.labelled:
        return ()
    worth = f"are worth as much as {found.labelled * found.gain:.0f} without it"
    return (
        f"With the judge's help, {found.labelled} choices by people {worth}; the judge's weight is {found.trust:.0%}.",
    )
