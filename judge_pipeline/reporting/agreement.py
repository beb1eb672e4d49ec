"""How far the judge can be trusted: its agreement with people, and how the images were chosen that they looked at."""

from judge_pipeline.domain.statistics import (
    Verdict,
    cohen_kappa,
    confusion,
    gwet_ac1,
    raw_agreement,
)
from judge_pipeline.reporting.metric import Kind, Metric, Section, Table, of_estimate, of_share
from judge_pipeline.reporting.opinions import Opinions, in_words
from judge_pipeline.reporting.win_rates import LABELLED

OPINIONS = (Verdict.FIRST, Verdict.SECOND, Verdict.TIE)


def trust(opinions: Opinions) -> Section:
    """Agreement on the images that both have an opinion of."""
    judge, people = opinions.judge_labels, opinions.people_labels
    return Section(
        name="trust",
        title="How far the judge can be trusted",
        lead="Where a person and the judge have both compared two captions: do they say the same? Two people agree on such "
        "pairs in about 80% of cases, so more is not to be had.",
        figures=(
            of_share(
                raw_agreement(judge, people),
                "agreement",
                "Agreement",
                "The share of images on which the judge says what people say, ties included. Chance alone gives some of it.",
                units=LABELLED,
            ),
            of_share(
                raw_agreement(_decided(judge), _decided(people)),
                "agreement_without_ties",
                "Agreement where neither sees a tie",
                "The same among the images for which both prefer a caption: half of it would be a coin.",
                units=LABELLED,
            ),
            of_estimate(
                cohen_kappa(judge, people),
                "kappa",
                "Cohen's kappa",
                "Agreement beyond chance: 0 is a coin, 1 is always; 0.4 is called moderate and 0.6 substantial. It falls when one "
                "captioner nearly always wins, however well both agree.",
                kind=Kind.COEFFICIENT,
                units=LABELLED,
            ),
            of_estimate(
                gwet_ac1(judge, people, categories=OPINIONS),
                "ac1",
                "Gwet's AC1",
                "The same, and steady where one captioner nearly always wins. Kappa far below it means just that.",
                kind=Kind.COEFFICIENT,
                units=LABELLED,
            ),
            *_blind_and_seeing(opinions),
            *_by_order(opinions),
        ),
        tables=(_confusion(opinions),),
        notes=(*selection(opinions), *_by_times(opinions)),
    )


def selection(opinions: Opinions) -> tuple[str, ...]:
    """How the images were chosen that people decided: whether the figures may speak for the others."""
    choices = [
        outcome.final_choice
        for outcome, label in zip(opinions.outcomes, opinions.people_labels, strict=True)
        if label is not None and outcome.final_choice is not None
    ]
    if not choices:
        return (
            (
                "No person has decided anything yet, so nothing is known of how far the judge can be trusted. "
                "`judge-pipeline review` asks for blind choices, in an order drawn by lot: 100 of them tell the agreement to "
                "about ±8 points, 400 to ±4."
            ),
        )
    if opinions.scripted:
        return opinions.scripted
    blind = sum(choice.blind for choice in choices)
    if blind == len(choices):
        return (
            (
                f"All {blind} choices were made blind on the page of `judge-pipeline review`, which draws its images by lot "
                "unless it is told otherwise: the figures may speak for all images."
            ),
        )
    return (
        (
            f"{len(choices) - blind} of {len(choices)} choices were not made on the blind page. Nobody knows why those images "
            "were looked at, and who chose could see what the judge had said: that tends to raise the agreement. "
            "Take the blind figure where there is one, and the others as what they are: of images like those."
        ),
    )


def _by_times(opinions: Opinions) -> tuple[str, ...]:
    """Of how many choices nobody watched for which captions they were given."""
    choices = [outcome.final_choice for outcome in opinions.outcomes if outcome.final_choice]
    count, answers = sum(choice.by_times for choice in choices), sum(choice.label is not None for choice in choices)
    if not count:
        return ()
    return (
        (
            f"{count} of {answers} choices were there before this store knew the captions, as when a store is lost. They are "
            "taken to be about these captions because the times in Encord say so, or say nothing; such a time comes from the "
            "clock of who chose."
        ),
    )


def _blind_and_seeing(opinions: Opinions) -> tuple[Metric, ...]:
    is_blind = [bool(outcome.final_choice and outcome.final_choice.blind) for outcome in opinions.outcomes]
    blind, seeing = opinions.of(is_blind), opinions.of(not each for each in is_blind)
    return (
        of_share(
            raw_agreement(blind.judge_labels, blind.people_labels),
            "agreement_blind",
            "Agreement, chosen blind",
            "People who saw neither the captioners' names nor the judge's opinion before they chose.",
            units=LABELLED,
        ),
        of_share(
            raw_agreement(seeing.judge_labels, seeing.people_labels),
            "agreement_seeing",
            "Agreement, chosen in the label editor",
            "People who could see the judge's scores and choice. Much above the blind figure, it is the judge who leads them.",
            units=LABELLED,
        ),
    )


def _by_order(opinions: Opinions) -> tuple[Metric, ...]:
    agreeing, turning = (
        opinions.of(
            outcome.judgement is not None and outcome.judgement.orders_agree is is_alike
            for outcome in opinions.outcomes
        )
        for is_alike in (True, False)
    )
    return (
        of_share(
            raw_agreement(agreeing.judge_labels, agreeing.people_labels),
            "agreement_where_orders_agree",
            "Agreement where both orders say the same",
            "How good the judge is when it is sure of itself.",
            units=LABELLED,
        ),
        of_share(
            raw_agreement(turning.judge_labels, turning.people_labels),
            "agreement_where_orders_differ",
            "Agreement where the orders differ",
            "How good it is when its choice turned with the order, and the scores decided or nothing did.",
            units=LABELLED,
        ),
    )


def _confusion(opinions: Opinions) -> Table:
    found = confusion(opinions.judge_labels, opinions.people_labels, categories=OPINIONS)
    names = [in_words(verdict) for verdict in OPINIONS]
    said = zip(names, found.counts, strict=True)
    rows: list[tuple[str | int, ...]] = [(f"Judge: {name}", *counts, sum(counts)) for name, counts in said]
    return Table(
        "confusion",
        "Images by what the judge (rows) and people (columns) say; agreement is on the diagonal",
        ("", *(f"People: {name}" for name in names), "all"),
        (*rows, ("all", *found.second_totals, found.n)),
    )


def _decided(labels: list[Verdict | None]) -> list[Verdict | None]:
    return [None if label is Verdict.TIE else label for label in labels]
