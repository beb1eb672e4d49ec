"""How far the judge can be trusted: its agreement with people, on the images that their choices speak for."""

from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.review_sample import is_blind
from judge_pipeline.domain.statistics import (
    Verdict,
    cohen_kappa,
    confusion,
    gwet_ac1,
    raw_agreement,
)
from judge_pipeline.reporting.metric import Kind, Metric, Section, Table, estimate_metric, share_metric
from judge_pipeline.reporting.opinions import Opinions, verdict_title
from judge_pipeline.reporting.people_sample import about_population, choices_table, sample_notes, sampled_agreement
from judge_pipeline.reporting.win_rates import COMPARED, LABELLED

OPINIONS = (Verdict.FIRST, Verdict.SECOND, Verdict.TIE)


def agreement_section(opinions: Opinions) -> Section:
    """Agreement on the images that the present judge compared and people decided blind."""
    sample = opinions.of_current_judge.sampled_blind
    metrics = (*_agreement(sample), *_by_order_consistency(sample))
    return Section(
        name="trust",
        title="How far the judge can be trusted",
        lead="Does the present judge say what people say who do not know its opinion? These numbers are estimates for all images that "
        "people's choices speak for.",
        metrics=(*(about_population(metric, opinions) for metric in metrics), *_apart(opinions)),
        tables=(_confusion(sample), choices_table(opinions)),
        notes=(*sample_notes(opinions), *_matched_by_time_note(opinions)),
    )


def _agreement(sample: Opinions) -> tuple[Metric, ...]:
    judge, people = sample.judge_labels, sample.people_labels
    probabilities, clusters = sample.probabilities, sample.clusters
    return (
        share_metric(
            sampled_agreement(sample),
            "agreement",
            "Agreement",
            "The share of images on which the judge says what people say, ties included. Some of it is chance.",
            units=COMPARED,
        ),
        share_metric(
            raw_agreement(_without_ties(judge), _without_ties(people), probabilities=probabilities, clusters=clusters),
            "agreement_without_ties",
            "Agreement without ties",
            "The same on the images where both prefer a caption. A coin toss would reach 50%.",
            units=COMPARED,
        ),
        estimate_metric(
            cohen_kappa(judge, people, probabilities=probabilities, clusters=clusters),
            "kappa",
            "Cohen's kappa",
            "Agreement beyond chance: 0 is a coin toss, 1 is perfect; 0.4 is called moderate and 0.6 substantial. It drops when "
            "one captioner nearly always wins, however well both agree.",
            kind=Kind.COEFFICIENT,
            units=COMPARED,
        ),
        estimate_metric(
            gwet_ac1(judge, people, categories=OPINIONS, probabilities=probabilities, clusters=clusters),
            "ac1",
            "Gwet's AC1",
            "The same, but stable when one captioner nearly always wins. If kappa is far below it, that is why.",
            kind=Kind.COEFFICIENT,
            units=COMPARED,
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


def _apart(opinions: Opinions) -> tuple[Metric, ...]:
    """Agreement on choices that speak for no other image, if there are any."""
    compared = opinions.of_current_judge
    rest = compared.where(
        probability is None and _is_by_person(outcome.final_choice)
        for outcome, probability in zip(compared.outcomes, compared.probabilities, strict=True)
    )
    blind = rest.where(is_blind(outcome.final_choice) for outcome in rest.outcomes)
    seeing = compared.where(
        _is_by_person(outcome.final_choice) and not is_blind(outcome.final_choice) for outcome in compared.outcomes
    )
    found = (
        _agreement_apart(
            blind,
            "agreement_not_drawn",
            "Agreement, blind choices that were not drawn",
            "On images that someone picked, such as the disagreements, or that an earlier version showed.",
            units="images decided blind without being drawn",
        ),
        _agreement_apart(
            seeing,
            "agreement_seeing",
            "Agreement, choices in the label editor",
            "People who could see the judge's scores and choice. If it is far above the blind number, the judge influences them, or "
            "the images are easier.",
            units="images decided in the label editor",
        ),
    )
    return tuple(metric for metric in found if metric.n)


def _agreement_apart(opinions: Opinions, name: str, title: str, means: str, *, units: str) -> Metric:
    found = raw_agreement(opinions.judge_labels, opinions.people_labels)
    return Metric(
        name,
        title,
        means,
        found.value,
        n=found.total,
        units=units,
        undefined=found.undefined or "the interval: it holds for these images only",
    )


def _by_order_consistency(sample: Opinions) -> tuple[Metric, ...]:
    consistent, flipped = (
        sample.where(
            outcome.judgement is not None and outcome.judgement.orders_agree is orders_agree
            for outcome in sample.outcomes
        )
        for orders_agree in (True, False)
    )
    return (
        share_metric(
            sampled_agreement(consistent),
            "agreement_where_orders_agree",
            "Agreement where both orders agree",
            "How good the judge is when it is sure of itself.",
            units=f"{LABELLED} where both orders agree",
        ),
        share_metric(
            sampled_agreement(flipped),
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
        "Choices in the sample by what the judge (rows) and people (columns) say; they agree on the diagonal",
        ("", *(f"People: {title}" for title in titles), "all"),
        (*rows, ("all", *found.second_totals, found.n)),
    )


def _is_by_person(choice: FinalChoice | None) -> bool:
    return choice is not None and choice.is_by_person


def _without_ties(labels: list[Verdict | None]) -> list[Verdict | None]:
    return [None if label is Verdict.TIE else label for label in labels]
