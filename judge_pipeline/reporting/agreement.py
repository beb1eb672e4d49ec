"""How far the judge can be trusted: its agreement with people, and how the images that people decided were selected."""

from judge_pipeline.domain.statistics import (
    Verdict,
    cohen_kappa,
    confusion,
    gwet_ac1,
    raw_agreement,
)
from judge_pipeline.reporting.metric import Kind, Metric, Section, Table, estimate_metric, share_metric
from judge_pipeline.reporting.opinions import Opinions, verdict_title
from judge_pipeline.reporting.win_rates import COMPARED, LABELLED

OPINIONS = (Verdict.FIRST, Verdict.SECOND, Verdict.TIE)


def agreement_section(opinions: Opinions) -> Section:
    """Agreement on the images that both have compared."""
    judge, people = opinions.judge_labels, opinions.people_labels
    return Section(
        name="trust",
        title="How far the judge can be trusted",
        lead="Do people and the judge agree on the images that both have compared?",
        metrics=(
            share_metric(
                raw_agreement(judge, people),
                "agreement",
                "Agreement",
                "The share of images on which the judge says what people say, ties included. Some of it is chance.",
                units=COMPARED,
            ),
            share_metric(
                raw_agreement(_without_ties(judge), _without_ties(people)),
                "agreement_without_ties",
                "Agreement without ties",
                "The same on the images where both prefer a caption. A coin toss would reach 50%.",
                units=COMPARED,
            ),
            estimate_metric(
                cohen_kappa(judge, people),
                "kappa",
                "Cohen's kappa",
                "Agreement beyond chance: 0 is a coin toss, 1 is perfect; 0.4 is called moderate and 0.6 substantial. It drops when "
                "one captioner nearly always wins, however well both agree.",
                kind=Kind.COEFFICIENT,
                units=COMPARED,
            ),
            estimate_metric(
                gwet_ac1(judge, people, categories=OPINIONS),
                "ac1",
                "Gwet's AC1",
                "The same, but stable when one captioner nearly always wins. If kappa is far below it, that is why.",
                kind=Kind.COEFFICIENT,
                units=COMPARED,
            ),
            *_by_blindness(opinions),
            *_by_order_consistency(opinions),
        ),
        tables=(_confusion(opinions),),
        notes=(*_sample_note(opinions), *_matched_by_time_note(opinions)),
    )


def _sample_note(opinions: Opinions) -> tuple[str, ...]:
    """How the images that people decided were selected: whether the metrics hold for all images."""
    choices = [
        outcome.final_choice
        for outcome, label in zip(opinions.outcomes, opinions.people_labels, strict=True)
        if label is not None and outcome.final_choice is not None
    ]
    if not choices:
        return (
            (
                "No person has decided an image yet, so it is unknown how far the judge can be trusted. `judge-pipeline review` "
                "collects blind choices in random order: 100 of them measure the agreement to about ±8 points, 400 to ±4."
            ),
        )
    if opinions.scripted_note:
        return opinions.scripted_note
    blind = sum(choice.blind for choice in choices)
    if blind == len(choices):
        return (
            (
                f"All {blind} choices were made blind on the page of `judge-pipeline review`, which picks images at random by "
                "default: the numbers hold for all images."
            ),
        )
    return (
        (
            f"{len(choices) - blind} of {len(choices)} choices were not made on the blind page. It is unknown how those images were "
            "picked, and the people who chose could see what the judge had said, which tends to raise the agreement. "
            "Use the blind number if there is one; the others hold only for images like those."
        ),
    )


def _matched_by_time_note(opinions: Opinions) -> tuple[str, ...]:
    """How many choices were made before the store knew which captions they were about."""
    choices = [outcome.final_choice for outcome in opinions.outcomes if outcome.final_choice]
    count, answers = sum(choice.by_times for choice in choices), sum(choice.label is not None for choice in choices)
    if not count:
        return ()
    return (
        (
            f"{count} of {answers} choices were made before this store knew the captions, for example because a store was lost. "
            "They are assumed to be about these captions because the times in Encord say so or are missing; such a time comes "
            "from the clock of the person who chose."
        ),
    )


def _by_blindness(opinions: Opinions) -> tuple[Metric, ...]:
    is_blind = [bool(outcome.final_choice and outcome.final_choice.blind) for outcome in opinions.outcomes]
    blind, seeing = opinions.where(is_blind), opinions.where(not each for each in is_blind)
    return (
        share_metric(
            raw_agreement(blind.judge_labels, blind.people_labels),
            "agreement_blind",
            "Agreement, blind choices",
            "People who saw neither the captioners' names nor the judge's opinion before they chose.",
            units=f"{LABELLED}, made blind",
        ),
        share_metric(
            raw_agreement(seeing.judge_labels, seeing.people_labels),
            "agreement_seeing",
            "Agreement, choices in the label editor",
            "People who could see the judge's scores and choice. If it is far above the blind number, the judge influences them.",
            units=f"{LABELLED}, made in the label editor",
        ),
    )


def _by_order_consistency(opinions: Opinions) -> tuple[Metric, ...]:
    consistent, flipped = (
        opinions.where(
            outcome.judgement is not None and outcome.judgement.orders_agree is orders_agree
            for outcome in opinions.outcomes
        )
        for orders_agree in (True, False)
    )
    return (
        share_metric(
            raw_agreement(consistent.judge_labels, consistent.people_labels),
            "agreement_where_orders_agree",
            "Agreement where both orders agree",
            "How good the judge is when it is sure of itself.",
            units=f"{LABELLED} where both orders agree",
        ),
        share_metric(
            raw_agreement(flipped.judge_labels, flipped.people_labels),
            "agreement_where_orders_differ",
            "Agreement where the orders differ",
            "How good it is when its choice flipped with the order, so that the scores decided or the image stayed undecided.",
            units=f"{LABELLED} where the orders differ",
        ),
    )


def _confusion(opinions: Opinions) -> Table:
    found = confusion(opinions.judge_labels, opinions.people_labels, categories=OPINIONS)
    titles = [verdict_title(verdict) for verdict in OPINIONS]
    rows: list[tuple[str | int, ...]] = [
        (f"Judge: {title}", *counts, sum(counts)) for title, counts in zip(titles, found.counts, strict=True)
    ]
    return Table(
        "confusion",
        "Images by what the judge (rows) and people (columns) say; they agree on the diagonal",
        ("", *(f"People: {title}" for title in titles), "all"),
        (*rows, ("all", *found.second_totals, found.n)),
    )


def _without_ties(labels: list[Verdict | None]) -> list[Verdict | None]:
    return [None if label is Verdict.TIE else label for label in labels]
