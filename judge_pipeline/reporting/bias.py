"""What sways the judge apart from the captions: their order and length; and whether it follows its own scores."""

from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.statistics import (
    Consistency,
    Share,
    choice_consistency,
    self_consistency,
    two_orders,
)
from judge_pipeline.reporting.length_bias import length_metrics
from judge_pipeline.reporting.metric import Kind, Metric, Section, Table, share_metric
from judge_pipeline.reporting.opinions import FIRST, Opinions
from judge_pipeline.reporting.people_sample import sampled_agreement
from judge_pipeline.reporting.win_rates import LABELLED

TWO_ORDERS = "images judged in both orders"
FLIPPED = "images whose choice flipped"


def bias_section(opinions: Opinions) -> Section:
    """Position, length and self-consistency."""
    return Section(
        name="swayed",
        title="What sways the judge",
        lead="A good judge considers the captions and the image and nothing else. Here is what else influences it.",
        metrics=(*_position(opinions), *length_metrics(opinions), *_self_consistency(opinions)),
        tables=_orders_table(opinions),
        notes=opinions.scripted_note,
    )


def _position(opinions: Opinions) -> tuple[Metric, ...]:
    found = two_orders(opinions.rulings_showing_first(FIRST), opinions.rulings_showing_first(FIRST.other))
    bias = found.position_bias
    if not found.consistency.total:
        return (_position_in_one_order(opinions),)
    return (
        share_metric(
            found.consistency,
            "order_consistency",
            "Same choice in both orders",
            "How often the judge keeps its choice when the captions swap places. Good judges reach 80–87%.",
            units=TWO_ORDERS,
        ),
        share_metric(
            bias.first_share,
            "first_place_preferred",
            "First place preferred, where the choice flipped",
            "Of the images whose choice flipped with the order: how often the caption shown first won both times. 50% means no bias; "
            "more favours the first place, less the second.",
            units=FLIPPED,
        ),
        Metric(
            "position_bias",
            "Position bias: p-value",
            "How often chance alone would prefer one place this strongly (McNemar's mid-p). Below 0.05 there is a bias; the judge is "
            "asked in both orders so that a bias cannot decide.",
            bias.p_mid,
            n=bias.only_first + bias.only_second,
            kind=Kind.P_VALUE,
            units=FLIPPED,
            undefined=bias.undefined,
        ),
    )


def _position_in_one_order(opinions: Opinions) -> Metric:
    rulings = [
        judgement.rulings[0]
        for outcome in opinions.outcomes
        if (judgement := outcome.judgement) is not None and len(judgement.rulings) == 1 and not judgement.captions_alike
    ]
    return share_metric(
        Share(sum(ruling.choice is ruling.shown_first for ruling in rulings), len(rulings)),
        "first_place_preferred",
        "First place chosen",
        "The order is random, so 50% means no bias. Only `JUDGE__ORDERS=both` keeps a bias from deciding.",
        units="images judged in one order",
    )


def _orders_table(opinions: Opinions) -> tuple[Table, ...]:
    found = two_orders(opinions.rulings_showing_first(FIRST), opinions.rulings_showing_first(FIRST.other))
    if not found.consistency.total:
        return ()
    surer = sum(
        outcome.judgement is not None and outcome.judgement.decided_by_probability for outcome in opinions.outcomes
    )
    rows = (
        ("the same choice in both orders", found.consistency.count),
        ("the caption shown first, both times", found.first_shown),
        ("the caption shown second, both times", found.second_shown),
        *((("decided by the surer choice, since the scores were level too", surer),) if surer else ()),
        ("images judged in both orders", found.consistency.total),
    )
    return (Table("orders", "What the judge chose when the captions swapped places", ("", "images"), rows),)


def _self_consistency(opinions: Opinions) -> tuple[Metric, ...]:
    """Only where the scores did not make the choice: there the choice could contradict them."""
    own = opinions.where(_is_independent_of_scores(outcome) for outcome in opinions.outcomes)
    zeros = [0.0] * len(own.outcomes)
    consistency = choice_consistency(own.judge, own.gaps, zeros)
    against = own.where(each is Consistency.AGAINST for each in consistency).sampled_blind
    follows = own.where(each is Consistency.FOLLOWS for each in consistency).sampled_blind
    return (
        share_metric(
            self_consistency(own.judge, own.gaps, zeros).follows,
            "follows_own_scores",
            "The choice follows the judge's own scores",
            "How often the judge chooses the caption that it scored higher. A judge that contradicts itself has not looked carefully.",
            units="judged images with different scores",
        ),
        share_metric(
            sampled_agreement(follows),
            "agreement_where_it_follows",
            "Agreement with people where it does",
            "On the images where the judge's scores support its choice.",
            units=f"{LABELLED} where the scores support the judge's",
        ),
        share_metric(
            sampled_agreement(against),
            "agreement_where_it_contradicts",
            "Agreement with people where it contradicts itself",
            "If it is much lower, send such images to people.",
            units=f"{LABELLED} where the scores contradict the judge's",
        ),
    )


def _is_independent_of_scores(outcome: Outcome) -> bool:
    """Where the orders differ, the scores made the choice."""
    return outcome.judgement is not None and outcome.judgement.orders_agree is not False
