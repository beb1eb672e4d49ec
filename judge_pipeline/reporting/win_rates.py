"""Which captioner is better: according to people, to the judge, and to the judge corrected by people."""

from dataclasses import replace

from judge_pipeline.domain.statistics import (
    Estimate,
    PredictionPowered,
    Verdict,
    WinRates,
    at_every_look,
    detectable_difference,
    ppi_win_rate,
    win_rates,
)
from judge_pipeline.reporting.graded_judge import predictions
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
    judge, corrected = win_rates(opinions.present_judge, clusters=opinions.clusters), _corrected(opinions)
    according_to_people = estimate_metric(
        people.first_with_ties_half,
        "people",
        "According to people",
        f"{FIRST}'s win rate on {population_words(opinions)}, from the choices that speak for them.",
        units=LABELLED,
    )
    according_to_judge = estimate_metric(
        judge.first_with_ties_half,
        "judge",
        "According to the judge",
        f"{FIRST}'s win rate on the images that the present judge has compared. "
        "The interval does not account for the judge's own mistakes.",
        units="judged images",
    )
    return Section(
        name="better",
        title="Which captioner is better",
        lead=f"How often {FIRST} beats {FIRST.other}. A tie counts half. Above 50% {FIRST} is better, below 50% {FIRST.other} is; "
        "if the interval includes 50%, there is no clear winner. The first interval is for one look at a number of images fixed "
        "beforehand, the second however often you look.",
        metrics=(
            _at_every_look(about_population(according_to_people, opinions), people.first_with_ties_half),
            _at_every_look(according_to_judge, judge.first_with_ties_half),
            _corrected_metric(opinions, corrected),
        ),
        tables=(_counts(opinions, people, judge),),
        notes=(
            *opinions.scripted_note,
            *small_sample_note(opinions.sampled, opinions),
            *_gain_note(corrected),
            *_power_note(corrected),
        ),
    )


def corrected_win_rate(opinions: Opinions) -> Metric:
    """What people would say of the population: their choices, made more precise by the judge's."""
    return _corrected_metric(opinions, _corrected(opinions))


def _corrected_metric(opinions: Opinions, found: PredictionPowered) -> Metric:
    metric = estimate_metric(
        found.corrected,
        "judge_corrected_by_people",
        "The judge, corrected by people",
        f"What people would say of {population_words(opinions)}: their choices, made more precise by what the present judge's "
        "choices, scores and orders predict for the rest (PPI++).",
        units=LABELLED,
    )
    return _at_every_look(about_population(metric, opinions), found.corrected)


def _at_every_look(metric: Metric, estimate: Estimate) -> Metric:
    return replace(metric, every_look=at_every_look(estimate))


def _corrected(opinions: Opinions) -> PredictionPowered:
    """What people would say of the population: the judge's predictions, less the error they make on the images in the sample."""
    population = opinions.population
    return ppi_win_rate(
        population.sampled_people,
        predictions(population),
        probabilities=population.probabilities,
        clusters=population.clusters,
    )


def _power_note(found: PredictionPowered) -> tuple[str, ...]:
    """What these choices would have found, if they found no winner: no preference found is not the same as no preference."""
    if found.corrected.interval is None or 0.5 not in found.corrected.interval:
        return ()
    lead = detectable_difference(found.corrected).difference
    if lead is None or lead >= 0.5:
        return ("So few choices would not show even a captioner that always wins.",)
    return (f"So many choices would show a true win rate of {0.5 + lead:.0%} or more in four studies of five.",)


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


def _gain_note(found: PredictionPowered) -> tuple[str, ...]:
    if found.gain is None or found.gain <= 1.05:
        return ()
    worth = f"are worth as much as {found.labelled * found.gain:.0f}, drawn at random, without it"
    return (
        f"With the judge's help, {found.labelled} choices by people {worth}; the judge's weight is {found.trust:.0%}.",
    )
