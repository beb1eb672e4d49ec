"""What sways the judge beside the captions themselves: their order, their length; and whether it follows its own scores."""

from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.statistics import (
    Consistency,
    Share,
    choice_consistency,
    longer_preferred,
    raw_agreement,
    self_consistency,
    two_orders,
)
from judge_pipeline.reporting.metric import Kind, Metric, Section, Table, of_share
from judge_pipeline.reporting.opinions import FIRST, Opinions
from judge_pipeline.reporting.win_rates import LABELLED

TWO_ORDERS = "images judged in both orders"


def swayed(opinions: Opinions) -> Section:
    """Position, length and consistency."""
    return Section(
        name="swayed",
        title="What sways the judge",
        lead="A good judge looks at captions and image alone. Here is what else moves it.",
        figures=(*_position(opinions), *_length(opinions), *_own_scores(opinions)),
        tables=_orders_table(opinions),
        notes=opinions.scripted,
    )


def _position(opinions: Opinions) -> tuple[Metric, ...]:
    found = two_orders(opinions.ruled_with(FIRST), opinions.ruled_with(FIRST.other))
    bias = found.position_bias
    if not found.consistency.total:
        return (_position_of_one_order(opinions),)
    return (
        of_share(
            found.consistency,
            "order_consistency",
            "Same choice in both orders",
            "How often it stays with its choice when the captions change places. Good judges reach 80% to 87%.",
            units=TWO_ORDERS,
        ),
        of_share(
            bias.first_share,
            "first_place_preferred",
            "First place, where it wavers",
            "Of the images whose choice turned with the order: how often the caption shown first won both times. 50% is no bias, "
            "more favours the first place, less the second.",
            units="wavering images",
        ),
        Metric(
            "position_bias",
            "Position bias by chance?",
            "How often chance alone would prefer one place as strongly as that (McNemar's mid-p). Below 0.05 there is a bias; both "
            "orders are asked so that it cannot decide.",
            bias.p_mid,
            n=bias.only_first + bias.only_second,
            kind=Kind.P_VALUE,
            units="wavering images",
            undefined=bias.undefined,
        ),
    )


def _position_of_one_order(opinions: Opinions) -> Metric:
    rulings = [
        judgement.rulings[0]
        for outcome in opinions.outcomes
        if (judgement := outcome.judgement) is not None and len(judgement.rulings) == 1 and not judgement.captions_alike
    ]
    return of_share(
        Share(sum(ruling.choice is ruling.shown_first for ruling in rulings), len(rulings)),
        "first_place_preferred",
        "First place chosen",
        "The order is drawn by lot, so 50% is no bias. Only `JUDGE__ORDERS=both` keeps a bias from deciding.",
        units="images judged in one order",
    )


def _orders_table(opinions: Opinions) -> tuple[Table, ...]:
    found = two_orders(opinions.ruled_with(FIRST), opinions.ruled_with(FIRST.other))
    if not found.consistency.total:
        return ()
    rows = (
        ("the same choice in both orders", found.consistency.count),
        ("the caption shown first, both times", found.first_shown),
        ("the caption shown second, both times", found.second_shown),
        ("images judged in both orders", found.consistency.total),
    )
    return (Table("orders", "What became of the choice when the captions changed places", ("", "images"), rows),)


def _length(opinions: Opinions) -> tuple[Metric, ...]:
    is_labelled = [label is not None for label in opinions.people_labels]
    labelled = opinions.of(is_labelled)
    lengths = (labelled.first_lengths, labelled.second_lengths)
    return (
        of_share(
            longer_preferred(opinions.judge, opinions.first_lengths, opinions.second_lengths),
            "judge_prefers_longer",
            "The judge prefers the longer caption",
            "Longer captions may be better, so this says little without people's figure beside it.",
            units="decided images with captions of different length",
        ),
        of_share(
            longer_preferred(labelled.people, *lengths),
            "people_prefer_longer",
            "People prefer the longer caption",
            "On the images that people decided.",
            units="images that people decided",
        ),
        of_share(
            longer_preferred(labelled.judge, *lengths),
            "judge_prefers_longer_there",
            "The judge does so on the same images",
            "Well above people's figure, the judge takes length for quality.",
            units="images that people decided",
        ),
    )


def _own_scores(opinions: Opinions) -> tuple[Metric, ...]:
    """Where the orders differ the scores have made the choice, which then follows from them by itself."""
    own = opinions.of(_is_its_own(outcome) for outcome in opinions.outcomes)
    zeros = [0.0] * len(own.outcomes)
    each = choice_consistency(own.judge, own.gaps, zeros)
    against = own.of(how is Consistency.AGAINST for how in each)
    follows = own.of(how is Consistency.FOLLOWS for how in each)
    return (
        of_share(
            self_consistency(own.judge, own.gaps, zeros).follows,
            "follows_own_scores",
            "The choice follows the judge's own scores",
            "How often the caption with the higher scores is the one it chooses. A judge that contradicts itself has not looked "
            "twice.",
            units="judged images with different scores",
        ),
        of_share(
            raw_agreement(follows.judge_labels, follows.people_labels),
            "agreement_where_it_follows",
            "Agreement with people where it follows",
            "People and judge on the images whose choice its scores support.",
            units=LABELLED,
        ),
        of_share(
            raw_agreement(against.judge_labels, against.people_labels),
            "agreement_where_it_contradicts",
            "Agreement with people where it contradicts itself",
            "Much lower, such images belong before people.",
            units=LABELLED,
        ),
    )


def _is_its_own(outcome: Outcome) -> bool:
    return outcome.judgement is not None and outcome.judgement.orders_agree is not False
